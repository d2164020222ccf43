/* SPDX-License-Identifier: MIT
 *
 * The gradient check of one tensor: backprop in float32 against central differences of
 * the reference in double,
 *
 *     numerical = (loss(p + h d) - loss(p - h d)) / 2h
 *
 * along single coordinates d, and along random directions d = (+-1, +-1, ...) /
 * sqrt(count), in which every element of a large tensor takes part.
 *
 * Two things spoil a difference, and both are watched. Between -h and +h lies a kink: the
 * reference's branches differ there; a smaller h is tried, then the coordinate is
 * skipped. The loss's own rounding, about 1e-16 / h, is not small beside the gradient: a
 * larger h is taken for the whole tensor, and a difference of fourth order with it.
 */
#include "model/gradcheck_tensor.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Below this share of the largest, an element's error counts as the tensor's. */
#define FLOOR 0.01

/* The same for directions, whose derivative is a sum that may cancel. */
#define DIRECTION_FLOOR 0.1

/* The h to begin with, and what it may grow to, unless the caller has set it. */
#define DEFAULT_H 1e-5
#define LARGEST_H 0.05

/* The share of the limit that rounding of the numerical side may take, where h is chosen
 * for it, and where kinks have made h smaller. */
#define NOISE_SHARE         0.1
#define LARGEST_NOISE_SHARE 0.5

/* The tensor at hand. */
typedef struct tensor {
  size_t count;
  int layer;
  double *values;         /* in the reference */
  const float *gradients; /* backprop's */
  double loss;            /* where nothing is moved */
  uint64_t branches;
} tensor;

/* Where its values are moved along: one coordinate, or all by the checker's signs. */
typedef struct line {
  double *value; /* the coordinate; NULL: a direction */
  double here;   /* its own value */
  double unit;   /* how far by = 1 moves each */
} line;

/* What rounding leaves uncertain in a difference: a few units of the loss's last place.
 */
static double noise(const tensor *at, double h) {
  return 4.0 * DBL_EPSILON * fmax(1.0, fabs(at->loss)) / h;
}

/* The h to begin with. */
static double first_h(const dpb__checker *check) {
  return check->config.h > 0.0 ? check->config.h : DEFAULT_H;
}

/* The loss with the tensor moved by by along the line. *smooth becomes false when a kink
 * was stepped over. The caller puts the tensor back. */
static double loss_at(const dpb__checker *check, const tensor *at, const line *along,
                      double by, bool *smooth) {
  uint64_t branches = 0;
  if (along->value) {
    *along->value = along->here + by * along->unit;
  } else {
    for (size_t i = 0; i < at->count; i++)
      at->values[i] = check->original[i] + by * along->unit * (double)check->signs[i];
  }
  const double loss = dpb__reference_run_loss(check->reference, at->layer, &branches);
  *smooth = *smooth && branches == at->branches;
  return loss;
}

/* (f(h) - f(-h)) / 2h; where h had to grow, the difference of fourth order, (8 (f(h) -
 * f(-h)) - (f(2h) - f(-2h))) / 12h, whose own error does not grow with it. */
static double difference(const dpb__checker *check, const tensor *at, const line *along,
                         double h, bool *smooth) {
  double near = loss_at(check, at, along, h, smooth);
  near -= loss_at(check, at, along, -h, smooth);
  if (h < 1.5 * first_h(check) || !*smooth) return near / (2.0 * h);
  double far = loss_at(check, at, along, 2.0 * h, smooth);
  far -= loss_at(check, at, along, -2.0 * h, smooth);
  return (8.0 * near - far) / (12.0 * h);
}

/* The derivative along the line, at h or, when kinks are in the way, at a smaller one:
 * *used. NaN when there are kinks even there. */
static double derivative(const dpb__checker *check, const tensor *at, const line *along,
                         double h, double *used) {
  const double least = 0.005 * first_h(check); /* two steps below it */
  for (; h > least; h *= 0.1) {
    bool smooth = true;
    *used = h;
    const double result = difference(check, at, along, h, &smooth);
    if (smooth) return result / along->unit;
  }
  return (double)NAN;
}

static double along_coordinate(const dpb__checker *check, const tensor *at, size_t place,
                               double h, double *used) {
  const double here = at->values[place];
  const line along = {&at->values[place], here, fmax(1.0, fabs(here))};
  const double result = derivative(check, at, &along, h, used);
  at->values[place] = here;
  return result;
}

/* Along all signs at once; the unit of length is the signs' own. */
static double along_direction(const dpb__checker *check, const tensor *at, double h,
                              double *used) {
  const size_t bytes = at->count * sizeof *at->values;
  const line along = {NULL, 0.0, 1.0 / sqrt((double)at->count)};
  memcpy(check->original, at->values, bytes);
  const double result = derivative(check, at, &along, h, used);
  memcpy(at->values, check->original, bytes);
  return result * along.unit;
}

static void compare(dpb_gradcheck_row *row, double backprop, double numerical,
                    double least_scale) {
  const double scale = fmax(fmax(fabs(backprop), fabs(numerical)), least_scale);
  const double error = scale > 0.0 ? fabs(backprop - numerical) / scale : 0.0;
  row->checked++;
  if (isnan(row->error) || error <= row->error) return;
  row->error = error; /* NaN, too, and then it stays */
}

/* One coordinate out of each of equally long pieces, drawn anew for each. */
static int choose_places(const dpb__checker *check, const tensor *at, dpb_rng *rng) {
  const size_t count = at->count;
  size_t chosen = (size_t)check->config.coordinates;
  if (chosen > count) chosen = count;
  for (size_t i = 0; i < chosen; i++) {
    const size_t begin = count / chosen * i + count % chosen * i / chosen;
    const size_t end = count / chosen * (i + 1) + count % chosen * (i + 1) / chosen;
    check->places[i] = begin + dpb_rng_below(rng, (uint32_t)(end - begin));
  }
  return (int)chosen;
}

/* Derivatives of all chosen coordinates at one h; returns the largest. */
static double measure(const dpb__checker *check, const tensor *at, int chosen, double h) {
  double largest = 0.0;
  for (int i = 0; i < chosen; i++) {
    check->numbers[i] =
        along_coordinate(check, at, check->places[i], h, &check->steps[i]);
    if (fabs(check->numbers[i]) > largest) largest = fabs(check->numbers[i]);
  }
  return largest;
}

/* The h at which noise does not matter for derivatives of that size. */
static double quiet_h(const dpb__checker *check, const tensor *at, double size) {
  if (check->config.h > 0.0) return check->config.h;
  const double wanted = noise(at, 1.0) / (NOISE_SHARE * check->config.limit * size);
  return fmin(fmax(wanted, DEFAULT_H), LARGEST_H);
}

/* A derivative of that size, taken at a smaller h than the tensor's, says nothing. */
static bool is_drowned(const dpb__checker *check, const tensor *at, double used, double h,
                       double size) {
  return used < h && noise(at, used) > LARGEST_NOISE_SHARE * check->config.limit * size;
}

/* Coordinates first; returns the h that suited them. */
static double check_coordinates(const dpb__checker *check, const tensor *at, dpb_rng *rng,
                                dpb_gradcheck_row *row) {
  const int chosen = choose_places(check, at, rng);
  double h = first_h(check);
  row->largest = measure(check, at, chosen, h);
  if (row->largest > 0.0) h = quiet_h(check, at, FLOOR * row->largest);
  if (h > first_h(check)) row->largest = measure(check, at, chosen, h);
  for (int i = 0; i < chosen; i++) {
    const double number = check->numbers[i];
    const double least_scale = FLOOR * row->largest;
    if (isnan(number) ||
        is_drowned(check, at, check->steps[i], h, fmax(least_scale, fabs(number))))
      row->skipped++;
    else
      compare(row, (double)at->gradients[check->places[i]], number, least_scale);
  }
  return h;
}

static void check_directions(const dpb__checker *check, const tensor *at, dpb_rng *rng,
                             double h, dpb_gradcheck_row *row) {
  const size_t count = at->count;
  for (int direction = 0; direction < check->config.directions; direction++) {
    double backprop = 0.0, squares = 0.0, used = h;
    for (size_t i = 0; i < count; i++) {
      const double gradient = (double)at->gradients[i];
      check->signs[i] = dpb_rng_u32(rng) & 1u ? 1.0f : -1.0f;
      backprop += gradient * (double)check->signs[i];
      squares += gradient * gradient;
    }
    const double unit = 1.0 / sqrt((double)count);
    const double least_scale = DIRECTION_FLOOR * sqrt(squares) * unit;
    const double numerical = along_direction(check, at, h, &used);
    const double size = fmax(least_scale, fabs(numerical));
    if (isnan(numerical) || is_drowned(check, at, used, h, size))
      row->skipped++;
    else
      compare(row, backprop * unit, numerical, least_scale);
  }
}

/* A gradient that says nothing must not pass. */
static bool is_zero_or_not_finite(const tensor *at, dpb_gradcheck_row *row) {
  bool zero = true;
  for (size_t i = 0; i < at->count; i++) {
    zero = zero && at->gradients[i] == 0.0f;
    if (isfinite(at->gradients[i])) continue;
    row->error = (double)at->gradients[i];
    return true;
  }
  return zero;
}

void dpb__gradcheck_tensor(const dpb__checker *check, const dpb__layer *layer,
                           const dpb__param *param, const float *gradients, dpb_rng *rng,
                           dpb_gradcheck_row *row) {
  tensor at = {.count = param->count,
               .layer = layer->index,
               .values = dpb__reference_run_params(check->reference) + param->offset,
               .gradients = gradients};
  at.loss = dpb__reference_run_loss(check->reference, at.layer, &at.branches);
  const double h = check_coordinates(check, &at, rng, row);
  check_directions(check, &at, rng, h, row);
  const bool useless = is_zero_or_not_finite(&at, row);
  row->passed = !useless && row->largest > 0.0 && row->checked > 0 &&
                row->error <= check->config.limit;
}
