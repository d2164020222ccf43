/* SPDX-License-Identifier: MIT
 *
 * Which of the two ways it is, and what they have in common: the gradient of the bias.
 */
#include "math/conv_pooled.h"

#include <string.h>

#include "base/size.h"
#include "math/conv_tiles.h"
#include "math/image.h"

bool dpb__conv_plan_pooled(dpb__conv *conv, const dpb__patches *pooling, bool alone,
                           size_t workspace) {
  dpb__conv planned = *conv;
  size_t bytes = 0;
  planned.pooled = (dpb__conv_pooled){.pooling = *pooling};
  const bool is_planned = conv->weights.groups == 1 && dpb__image_get()->pooled_sums &&
                          (dpb__pooled_plan_patches(conv, &planned.pooled) ||
                           (alone && dpb__pooled_plan_planes(conv, &planned.pooled)));
  if (!is_planned || !dpb__size_mul(planned.pooled.scratch, sizeof(float), &bytes) ||
      (workspace > 0 && bytes > workspace) || dpb__conv_share_scratch(&planned) != DPB_OK)
    return false;
  *conv = planned;
  return true;
}

void dpb__conv_tell_pooled(const dpb__conv *conv, dpb_product_plan *plan) {
  const dpb__conv_pooled *pooled = &conv->pooled;
  const int rows = pooled->rows * pooled->pooling.window.stride_h;
  *plan = (dpb_product_plan){
      .lowering = pooled->how == DPB__POOLED_PLANES ? "pooled, planes" : "pooled",
      .images = 1,
      .rows = dpb__least(rows, conv->weights.patches.out_h),
      .workspace = pooled->scratch * sizeof(float)};
}

void dpb__conv_pooled_weights(const dpb__conv *conv, int n, const float *x,
                              const float *dy, const uint8_t *which, bool add, float *dw,
                              float *db, float *scratch) {
  const size_t filters = (size_t)conv->weights.filters;
  const size_t windows = (size_t)n * dpb__windows(&conv->pooled);
  if (!add) memset(dw, 0, conv->weight_count * sizeof *dw);
  if (conv->pooled.how == DPB__POOLED_PLANES)
    dpb__pooled_add_planes(conv, n, x, dy, which, dw, scratch);
  else
    dpb__pooled_add_patches(conv, n, x, dy, which, dw, scratch);
  if (!db) return;
  if (!add) memset(db, 0, filters * sizeof *db);
  dpb__image_get()->pooled_sums(windows, filters, dy, which, db);
}
