/* SPDX-License-Identifier: MIT
 *
 * Flatten: an image becomes a vector, in the book's order c, h, w, so that what follows
 * counts its inputs as the book does. Affine flattens by itself, at no cost: this layer
 * is for what wants a vector to be one.
 */
#include "layer/layer_ops.h"
#include "simd/image.h"

static dpb_status plan(dpb__layer *layer) {
  /* the model has seen to it that the product is an int */
  layer->out = (dpb_hwc){1, 1, layer->in.h * layer->in.w * layer->in.c};
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t c = (size_t)layer->in.c;
  const size_t pixels = layer->in_count / c;
  for (size_t i = 0; i < (size_t)pass->n; i++)
    dpb__image_get()->to_planes(pixels, c, pass->x + i * layer->in_count, c,
                                pass->y + i * layer->in_count, pixels);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  const size_t c = (size_t)layer->in.c;
  const size_t pixels = layer->in_count / c;
  for (size_t i = 0; i < (size_t)pass->n; i++)
    dpb__image_get()->to_planes(c, pixels, pass->dy + i * layer->in_count, pixels,
                                pass->dx + i * layer->in_count, c);
}

const dpb__layer_ops dpb__layer_flatten = {
    .name = "flatten",
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
