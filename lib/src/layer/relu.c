/* SPDX-License-Identifier: MIT
 *
 * ReLU (sections 3.2.7, 5.5.1): y = max(x, 0), element by element. Backward looks at the
 * input: dx = dy where x > 0, else 0, so that ReLU'(0) = 0. y > 0 says the same as x > 0,
 * so x may have become y, as it has where the layer in front applied the ReLU (in_place).
 */
#include "layer/layer_ops.h"
#include "simd/vec.h"

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  dpb__vec_get()->relu((size_t)pass->n * layer->in_count, pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  dpb__vec_get()->relu_gradient((size_t)pass->n * layer->in_count, pass->x, pass->dy,
                                pass->dx);
}

const dpb__layer_ops dpb__layer_relu = {
    .name = "relu",
    .rectifies = true,
    .chunks = true,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
