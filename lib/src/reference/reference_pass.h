/* SPDX-License-Identifier: MIT
 *
 * What the reference of a layer is given. Parameters lie in memory as in the fast path
 * (layer->params[i].offset).
 */
#ifndef DPB_REFERENCE_REFERENCE_PASS_H
#define DPB_REFERENCE_REFERENCE_PASS_H

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

#endif
