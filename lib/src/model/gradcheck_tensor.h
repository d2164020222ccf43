/* SPDX-License-Identifier: MIT
 *
 * The gradient check of one parameter tensor.
 */
#ifndef DPB_MODEL_GRADCHECK_TENSOR_H
#define DPB_MODEL_GRADCHECK_TENSOR_H

#include <deepblas/gradcheck.h>

#include "model/reference_run.h"

/* What the check of every tensor works with. */
typedef struct dpb__checker {
  dpb_gradcheck_config config;   /* defaults filled in, but for h: 0 there lets it grow */
  dpb__reference_run *reference; /* started: its inputs are drawn */

  /* room for the tensor at hand: config.coordinates of each */
  size_t *places;  /* the coordinates */
  double *numbers; /* their numerical derivatives; NaN: a kink was in the way */
  double *steps;   /* the h of each */
  /* and the count of the largest tensor of each */
  double *original; /* its values, while a direction moves them */
  float *signs;     /* of the direction */
} dpb__checker;

/* Compares gradients, backprop's of this tensor, with differences of the reference. Fills
 * row but for its name and shape. */
void dpb__gradcheck_tensor(const dpb__checker *check, const dpb__layer *layer,
                           const dpb__param *param, const float *gradients, dpb_rng *rng,
                           dpb_gradcheck_row *row);

#endif
