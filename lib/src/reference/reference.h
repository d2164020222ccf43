/* SPDX-License-Identifier: MIT
 *
 * The oracle: the forward of every layer in double precision and plain loops, written
 * from the formulas and not from the fast code. Nothing here is fast; the gradient check
 * and the tests compare the library with it.
 *
 * Parameters lie in memory as in the fast path (layer->params[i].offset).
 */
#ifndef DPB_REFERENCE_REFERENCE_H
#define DPB_REFERENCE_REFERENCE_H

#include <stddef.h>
#include <stdint.h>

#include "layer/layer_ops.h"

typedef struct dpb__reference_pass {
  int n;
  int first;
  int train;
  const double *params;
  const double *state; /* of the model, in inference; training does not look at it */
  const double *x;
  double *y;
  const dpb_rng *rng;
  /* Which side of its kinks each element took, folded into one number: two passes with
   * the same branches value are on one smooth piece of the function. Layers without kinks
   * leave it alone. */
  uint64_t *branches;
  /* Smallest distance of any element to a kink, relative to its layer's scale; a float32
   * pass may be on the other side when this is within rounding. */
  double *kink_distance;
} dpb__reference_pass;

typedef void (*dpb__reference_forward)(const dpb__layer *layer,
                                       const dpb__reference_pass *pass);

/* The reference of a layer, NULL when it has none (a test forbids that). */
dpb__reference_forward dpb__reference_find(const char *name);

/* Mean of the losses of n samples under the head of that name, weighted where the head
 * weighs classes; NaN for an unknown head. */
double dpb__reference_loss(const char *head, const dpb__head_config *config, int n,
                           int classes, const double *z, const dpb__truth *truth);

#endif
