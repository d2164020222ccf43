/* SPDX-License-Identifier: MIT
 *
 * Softplus: y = log(1 + exp(x)), element by element. Backward looks at the input: dx = dy
 * * sigmoid(x).
 */
#include "layer/layer_ops.h"
#include "simd/vec.h"

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  dpb__vec_get()->softplus((size_t)pass->n * layer->in_count, pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  dpb__vec_get()->softplus_gradient((size_t)pass->n * layer->in_count, pass->x, pass->dy,
                                    pass->dx);
}

const dpb__layer_ops dpb__layer_softplus = {
    .name = "softplus",
    .rectifies = true,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
