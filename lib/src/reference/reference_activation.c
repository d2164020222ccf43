/* SPDX-License-Identifier: MIT
 *
 * Sigmoid, tanh, ReLU and its kin, element by element.
 */
#include <math.h>

#include "reference/reference_layers.h"

static size_t count_of(const dpb__layer *layer, const dpb__reference_pass *pass) {
  return (size_t)pass->n * layer->in_count;
}

void dpb__reference_sigmoid(const dpb__layer *layer, const dpb__reference_pass *pass) {
  for (size_t i = 0; i < count_of(layer, pass); i++)
    pass->y[i] = 1.0 / (1.0 + exp(-pass->x[i]));
}

void dpb__reference_tanh(const dpb__layer *layer, const dpb__reference_pass *pass) {
  for (size_t i = 0; i < count_of(layer, pass); i++) pass->y[i] = tanh(pass->x[i]);
}

/* One step of FNV-1a over the sides taken: any element that changes side changes it. */
static void fold_side(uint64_t *branches, int side) {
  *branches = (*branches ^ (uint64_t)(side + 1)) * UINT64_C(1099511628211);
}

/* The distance to the kink at 0 counts in units of the layer's largest input: that is the
 * size of the numbers that were added up, and rounded, to make the small one. */
static double distance_to_zero(size_t count, const double *x) {
  double least = HUGE_VAL, most = 0.0;
  for (size_t i = 0; i < count; i++) {
    const double size = fabs(x[i]);
    least = fmin(least, size);
    most = fmax(most, size);
  }
  return most > 0.0 ? least / most : 0.0;
}

/* What those that bend at 0 say about it. */
static void tell_sides(size_t count, const dpb__reference_pass *pass) {
  for (size_t i = 0; pass->branches && i < count; i++)
    fold_side(pass->branches, pass->x[i] > 0.0);
  if (!pass->kink_distance) return;
  const double distance = distance_to_zero(count, pass->x);
  if (distance < *pass->kink_distance) *pass->kink_distance = distance;
}

void dpb__reference_relu(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const size_t count = count_of(layer, pass);
  for (size_t i = 0; i < count; i++)
    pass->y[i] = pass->x[i] <= 0.0 ? 0.0 : pass->x[i]; /* a NaN passes */
  tell_sides(count, pass);
}

static double or_else(float value, double otherwise) {
  return value == 0.0f ? otherwise : (double)value;
}

void dpb__reference_leakyrelu(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const double slope = or_else(layer->config.leaky_relu.slope, (double)0.01f);
  const size_t count = count_of(layer, pass);
  for (size_t i = 0; i < count; i++)
    pass->y[i] = pass->x[i] * (pass->x[i] <= 0.0 ? slope : 1.0);
  tell_sides(count, pass);
}

void dpb__reference_elu(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const double alpha = or_else(layer->config.elu.alpha, 1.0);
  const size_t count = count_of(layer, pass);
  for (size_t i = 0; i < count; i++)
    pass->y[i] = pass->x[i] <= 0.0 ? alpha * expm1(pass->x[i]) : pass->x[i];
  tell_sides(count, pass);
}

void dpb__reference_gelu(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const double pi = 3.14159265358979323846;
  for (size_t i = 0; i < count_of(layer, pass); i++) {
    const double x = pass->x[i];
    const double u = sqrt(2.0 / pi) * (x + 0.044715 * x * x * x);
    pass->y[i] = layer->config.gelu.by_tanh ? 0.5 * x * (1.0 + tanh(u))
                                            : 0.5 * x * erfc(-x / sqrt(2.0));
  }
}

void dpb__reference_softplus(const dpb__layer *layer, const dpb__reference_pass *pass) {
  for (size_t i = 0; i < count_of(layer, pass); i++)
    pass->y[i] = fmax(pass->x[i], 0.0) + log1p(exp(-fabs(pass->x[i])));
}
