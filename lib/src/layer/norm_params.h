/* SPDX-License-Identifier: MIT
 *
 * What batch and layer normalisation have in common: gamma and beta, and the factor that
 * makes a deviation 1.
 */
#ifndef DPB_LAYER_NORM_PARAMS_H
#define DPB_LAYER_NORM_PARAMS_H

#include <math.h>

#include "layer/layer_ops.h"

enum { DPB__GAMMA = 0, DPB__BETA = 1 };

/* What has a number of its own. */
typedef enum dpb__norm_unit {
  DPB__EACH_CHANNEL,
  DPB__EACH_NUMBER,      /* (c, h, w) in the book's order */
  DPB__EACH_NUMBER_FLAT, /* the same, joined to (c * h * w) as the book's flattened image
                          */
} dpb__norm_unit;

/* A tensor of samples of shape in. */
dpb__param dpb__norm_param(const char *role, dpb_hwc in, dpb__norm_unit unit);

/* gamma and beta as parameters of the layer. */
void dpb__norm_params(dpb__layer *layer, dpb__norm_unit unit);

/* gamma is 1 and beta 0. */
void dpb__norm_init(const dpb__layer *layer, float *params, dpb_rng *rng);

/* 1 / sqrt(variance + eps). NaN where the variance is not finite, so that a step that has
 * run away is seen; 0 would make numbers of it that look good. */
static inline double dpb__norm_factor(double variance, float eps) {
  return isfinite(variance) ? 1.0 / sqrt(variance + (double)eps) : (double)NAN;
}

/* Checks eps, 0 being allowed. */
dpb_status dpb__norm_check_eps(float eps);

#endif
