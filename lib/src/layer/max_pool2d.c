/* SPDX-License-Identifier: MIT
 *
 * Maximum pooling (section 7.3): the largest number of each window, channel by channel.
 * Its gradient goes to the pixel that it came from, the first of equals; which one that
 * was is kept, a byte for each output. With a ReLU in front, the kept byte says as well
 * that the maximum was 0: the gradient of both then is 0.
 */
#include "base/size.h"
#include "conv/pool2d.h"
#include "layer/layer_ops.h"
#include "layer/pool_window.h"

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  return dpb__pool_parse(words, "maxpool", &config->pool2d);
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  dpb__pool_format(&config->pool2d, text, capacity);
}

static dpb_status check(const dpb__layer_config *config) {
  return dpb__pool_check(&config->pool2d);
}

static dpb_status plan(dpb__layer *layer) {
  const dpb_status status = dpb__pool_shape(layer, &layer->config.pool2d);
  if (status != DPB_OK) return status;
  layer->forgets_input = dpb__pool_is_noted(&layer->plan.pool);
  if (layer->forgets_input) /* no larger than the input, which is counted */
    layer->cache = (size_t)layer->out.h * (size_t)layer->out.w * (size_t)layer->out.c;
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  uint8_t *which =
      pass->train && dpb__pool_is_noted(&layer->plan.pool) ? pass->cache : NULL;
  const float *b = layer->adds_bias ? pass->params + layer->bias_at : NULL;
  dpb__max_pool(&layer->plan.pool, b, layer->relu_in_front, pass->n, pass->x, pass->y,
                which);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  dpb__max_pool_gradient(
      &layer->plan.pool, layer->relu_in_front, pass->n, pass->x, pass->dy,
      dpb__pool_is_noted(&layer->plan.pool) ? pass->cache : NULL, pass->dx);
}

const dpb__layer_ops dpb__layer_maxpool = {
    .name = "maxpool",
    .takes_relu_in_front = true,
    .chunks = true,
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
