/* SPDX-License-Identifier: MIT
 *
 * GELU: y = x * P(x), element by element, with P the normal distribution function, or
 * its approximation by tanh (functions.h). Backward looks at the input.
 */
#include <stdio.h>

#include "layer/layer_ops.h"
#include "layer/words.h"
#include "simd/vec.h"

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  if (dpb__words_at_end(words)) return DPB_OK;
  dpb__words_next(words);
  if (!dpb__word_is(words, "tanh")) return dpb__words_unknown(words, "gelu");
  config->gelu.by_tanh = 1;
  return DPB_OK;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  snprintf(text, capacity, "%s", config->gelu.by_tanh ? " tanh" : "");
}

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  const dpb__vec *vec = dpb__vec_get();
  (layer->config.gelu.by_tanh ? vec->gelu_tanh : vec->gelu)(
      (size_t)pass->n * layer->in_count, pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  const dpb__vec *vec = dpb__vec_get();
  (layer->config.gelu.by_tanh ? vec->gelu_tanh_gradient : vec->gelu_gradient)(
      (size_t)pass->n * layer->in_count, pass->x, pass->dy, pass->dx);
}

const dpb__layer_ops dpb__layer_gelu = {
    .name = "gelu",
    .rectifies = true,
    .parse = parse,
    .format = format,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
