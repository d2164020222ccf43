/* SPDX-License-Identifier: MIT
 *
 * Global average pooling: the mean of each channel over the whole image.
 */
#include <string.h>

#include "layer/layer_ops.h"
#include "simd/vec.h"

static dpb_status plan(dpb__layer *layer) {
  layer->out = (dpb_hwc){1, 1, layer->in.c};
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t c = (size_t)layer->in.c;
  const size_t pixels = layer->in_count / c;
  for (size_t i = 0; i < (size_t)pass->n; i++) {
    float *y = pass->y + i * c;
    memset(y, 0, c * sizeof *y);
    dpb__vec_get()->sum_rows(pixels, c, pass->x + i * layer->in_count, y);
    for (size_t j = 0; j < c; j++) y[j] /= (float)pixels;
  }
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  const size_t c = (size_t)layer->in.c;
  const size_t pixels = layer->in_count / c;
  for (size_t i = 0; i < (size_t)pass->n; i++) {
    float *dx = pass->dx + i * layer->in_count;
    for (size_t j = 0; j < c; j++) dx[j] = pass->dy[i * c + j] / (float)pixels;
    dpb__vec_get()->fill_rows(pixels - 1, c, dx, dx + c);
  }
}

const dpb__layer_ops dpb__layer_gap = {
    .name = "gap",
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
