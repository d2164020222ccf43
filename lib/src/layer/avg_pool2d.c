/* SPDX-License-Identifier: MIT
 *
 * Average pooling (section 7.3): the mean of each window, channel by channel, over the
 * pixels that are there (the pad is not counted). Each of them gets an equal part of the
 * gradient.
 */
#include "base/error.h"
#include "base/size.h"
#include "conv/pool2d.h"
#include "layer/layer_ops.h"
#include "layer/pool_window.h"

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  return dpb__pool_parse(words, "avgpool", &config->pool2d);
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
  if (!dpb__size_mul((size_t)layer->out.w, (size_t)layer->out.c * sizeof(float),
                     &layer->scratch))
    return dpb__fail(DPB_ERR_SIZE, "output row %dx%d is too large", layer->out.w,
                     layer->out.c);
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  dpb__avg_pool(&layer->plan.pool, pass->n, pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  dpb__avg_pool_gradient(&layer->plan.pool, pass->n, pass->dy, pass->dx, pass->scratch);
}

const dpb__layer_ops dpb__layer_avgpool = {
    .name = "avgpool",
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
