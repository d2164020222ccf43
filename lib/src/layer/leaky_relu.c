/* SPDX-License-Identifier: MIT
 *
 * Leaky ReLU: y = x where x > 0, else slope * x, element by element. Backward looks at
 * the input: dx = dy where x > 0, else slope * dy.
 */
#include <stdio.h>

#include "base/error.h"
#include "base/number.h"
#include "layer/layer_ops.h"
#include "layer/words.h"
#include "simd/vec.h"

#define DEFAULT_SLOPE 0.01f

static float slope_of(const dpb__layer_config *config) {
  const float slope = config->leaky_relu.slope;
  return slope == 0.0f ? DEFAULT_SLOPE : slope;
}

static dpb_status refuse(float slope) {
  char text[32];
  dpb__print_float(slope, text);
  return dpb__fail(DPB_ERR_ARG, "slope is %s, must be above 0 and below 1", text);
}

/* A slope of 0 that is written down does not mean the default. */
static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  if (dpb__words_at_end(words)) return DPB_OK;
  dpb_status status =
      dpb__words_float(words, "leakyrelu: slope", &config->leaky_relu.slope);
  if (status == DPB_OK && config->leaky_relu.slope == 0.0f) status = refuse(0.0f);
  return status;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  char slope[32];
  dpb__print_float(slope_of(config), slope);
  snprintf(text, capacity, " %s", slope);
}

static dpb_status check(const dpb__layer_config *config) {
  const float slope = slope_of(config);
  return slope > 0.0f && slope < 1.0f ? DPB_OK : refuse(slope);
}

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  dpb__vec_get()->leaky_relu((size_t)pass->n * layer->in_count, slope_of(&layer->config),
                             pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  dpb__vec_get()->leaky_relu_gradient((size_t)pass->n * layer->in_count,
                                      slope_of(&layer->config), pass->x, pass->dy,
                                      pass->dx);
}

const dpb__layer_ops dpb__layer_leakyrelu = {
    .name = "leakyrelu",
    .rectifies = true,
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
