/* SPDX-License-Identifier: MIT
 *
 * Sigmoid, tanh and ReLU, element by element.
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
    if (size < least) least = size;
    if (size > most) most = size;
  }
  return most > 0.0 ? least / most : 0.0;
}

void dpb__reference_relu(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const size_t count = count_of(layer, pass);
  for (size_t i = 0; i < count; i++) {
    pass->y[i] = pass->x[i] <= 0.0 ? 0.0 : pass->x[i]; /* a NaN passes */
    if (pass->branches) fold_side(pass->branches, pass->x[i] > 0.0);
  }
  if (!pass->kink_distance) return;
  const double distance = distance_to_zero(count, pass->x);
  if (distance < *pass->kink_distance) *pass->kink_distance = distance;
}
