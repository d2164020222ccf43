/* SPDX-License-Identifier: MIT
 *
 * ELU: y = x where x > 0, else alpha * (exp(x) - 1), element by element. Backward needs
 * the output alone: dx = dy where y > 0, else dy * (y + alpha).
 */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/number.h"
#include "layer/layer_ops.h"
#include "layer/words.h"
#include "simd/vec.h"

#define DEFAULT_ALPHA 1.0f

static float alpha_of(const dpb__layer_config *config) {
  const float alpha = config->elu.alpha;
  return alpha == 0.0f ? DEFAULT_ALPHA : alpha;
}

static dpb_status refuse(float alpha) {
  char text[32];
  dpb__print_float(alpha, text);
  return dpb__fail(DPB_ERR_ARG, "alpha is %s, must be above 0", text);
}

/* An alpha of 0 that is written down does not mean the default. */
static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  if (dpb__words_at_end(words)) return DPB_OK;
  dpb_status status = dpb__words_float(words, "elu: alpha", &config->elu.alpha);
  if (status == DPB_OK && config->elu.alpha == 0.0f) status = refuse(0.0f);
  return status;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  char alpha[32];
  dpb__print_float(alpha_of(config), alpha);
  snprintf(text, capacity, " %s", alpha);
}

static dpb_status check(const dpb__layer_config *config) {
  const float alpha = alpha_of(config);
  return alpha > 0.0f && isfinite(alpha) ? DPB_OK : refuse(alpha);
}

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  return DPB_OK;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  dpb__vec_get()->elu((size_t)pass->n * layer->in_count, alpha_of(&layer->config),
                      pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  dpb__vec_get()->elu_gradient((size_t)pass->n * layer->in_count,
                               alpha_of(&layer->config), pass->y, pass->dy, pass->dx);
}

const dpb__layer_ops dpb__layer_elu = {
    .name = "elu",
    .rectifies = true,
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
