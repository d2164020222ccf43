/* SPDX-License-Identifier: MIT
 *
 * Tanh: y = tanh(x), element by element. Backward needs the output alone:
 * dx = dy * (1 - y * y).
 */
#include "layer/layer_ops.h"
#include "simd/vec.h"

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  dpb__vec_get()->tanh((size_t)pass->n * layer->in_count, pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  dpb__vec_get()->tanh_gradient((size_t)pass->n * layer->in_count, pass->y, pass->dy,
                                pass->dx);
}

const dpb__layer_ops dpb__layer_tanh = {
    .name = "tanh",
    .ends = {-1.0f, 1.0f},
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
