/* SPDX-License-Identifier: MIT
 *
 * What batch and layer normalisation have in common.
 */
#include "layer/norm_params.h"

#include <math.h>

#include "base/error.h"
#include "base/number.h"

dpb__param dpb__norm_param(const char *role, dpb_hwc in, dpb__norm_unit unit) {
  const int all = in.h * in.w * in.c;
  const int count = unit == DPB__EACH_CHANNEL ? in.c : all;
  dpb__param param = {.role = role,
                      .book = {0, 1, 2, 3},
                      .shape = {.rank = 1, .dim = {count}},
                      .book_shape = {.rank = 1, .dim = {count}},
                      .count = (size_t)count};
  if (unit == DPB__EACH_CHANNEL || in.h * in.w == 1) return param;
  static const int book[DPB_MAX_RANK] = {2, 0, 1, 3}; /* c, h, w */
  for (int axis = 0; axis < DPB_MAX_RANK; axis++) param.book[axis] = book[axis];
  param.shape = (dpb_shape){.rank = 3, .dim = {in.h, in.w, in.c}};
  if (unit == DPB__EACH_NUMBER)
    param.book_shape = (dpb_shape){.rank = 3, .dim = {in.c, in.h, in.w}};
  return param;
}

void dpb__norm_params(dpb__layer *layer, dpb__norm_unit unit) {
  layer->params[DPB__GAMMA] = dpb__norm_param("gamma", layer->in, unit);
  layer->params[DPB__BETA] = dpb__norm_param("beta", layer->in, unit);
  layer->param_count = 2;
}

void dpb__norm_init(const dpb__layer *layer, float *params, dpb_rng *rng) {
  const dpb__param *gamma = &layer->params[DPB__GAMMA];
  const dpb__param *beta = &layer->params[DPB__BETA];
  (void)rng;
  for (size_t i = 0; i < gamma->count; i++) {
    params[gamma->offset + i] = 1.0f;
    params[beta->offset + i] = 0.0f;
  }
}

dpb_status dpb__norm_check_eps(float eps) {
  if (eps >= 0.0f && isfinite(eps)) return DPB_OK;
  char text[32];
  dpb__print_float(eps, text);
  return dpb__fail(DPB_ERR_ARG, "eps is %s, must be above 0 and finite", text);
}
