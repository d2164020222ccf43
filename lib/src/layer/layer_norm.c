/* SPDX-License-Identifier: MIT
 *
 * Layer normalisation (Ba, Kiros and Hinton, 2016): the formulas of batch_norm.c with a
 * sample in the place of a column. Its m numbers share mean and variance, and each has a
 * gamma and a beta of its own, so that with g = gamma * dy
 *
 *     dx = (g - mean of g - xhat * mean of (g * xhat)) / sqrt(var + eps)
 *
 * A sample's mean and factor wait in the cache. A ReLU behind is applied to y while it is
 * in registers.
 */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "layer/layer_ops.h"
#include "layer/norm_params.h"
#include "layer/words.h"
#include "simd/norm.h"

#define DEFAULT_EPS 1e-5f

/* What backward wants to know of a sample. */
typedef struct moments {
  float mean;
  float factor; /* 1 / sqrt(var + eps) */
} moments;

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  dpb_status status = DPB_OK;
  while (status == DPB_OK && dpb__words_next(words)) {
    if (dpb__word_is(words, "eps"))
      status = dpb__words_float(words, "layernorm: eps", &config->layer_norm.eps);
    else
      status = dpb__words_unknown(words, "layernorm");
  }
  return status;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  char number[32];
  if (capacity > 0) text[0] = '\0';
  if (config->layer_norm.eps == 0.0f) return;
  dpb__print_float(config->layer_norm.eps, number);
  snprintf(text, capacity, " eps %s", number);
}

static dpb_status check(const dpb__layer_config *config) {
  return dpb__norm_check_eps(config->layer_norm.eps);
}

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  dpb__norm_params(layer, DPB__EACH_NUMBER);
  layer->cache = sizeof(moments);
  return DPB_OK;
}

static moments moments_of(const dpb__layer *layer, const float *x) {
  const float given = layer->config.layer_norm.eps;
  double mean, squares;
  dpb__norm_get()->moments(layer->in_count, 1, x, &mean, &squares);
  const double variance = squares / (double)layer->in_count;
  return (moments){(float)mean,
                   (float)dpb__norm_factor(variance, given > 0.0f ? given : DEFAULT_EPS)};
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t count = layer->in_count;
  const float *gamma = pass->params + layer->params[DPB__GAMMA].offset;
  const float *beta = pass->params + layer->params[DPB__BETA].offset;
  moments *cache = pass->train ? pass->cache : NULL;
  for (size_t i = 0; i < (size_t)pass->n; i++) {
    const float *x = pass->x + i * count;
    const moments its = moments_of(layer, x);
    if (cache) cache[i] = its;
    dpb__norm_get()->row_apply(count, x, its.mean, its.factor, gamma, beta,
                               layer->relu_behind, pass->y + i * count);
  }
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t count = layer->in_count;
  const double share = 1.0 / (double)count;
  const float *gamma = pass->params + layer->params[DPB__GAMMA].offset;
  float *dgamma = pass->grads + layer->params[DPB__GAMMA].offset;
  float *dbeta = pass->grads + layer->params[DPB__BETA].offset;
  const moments *cache = pass->cache;
  memset(dgamma, 0, count * sizeof *dgamma);
  memset(dbeta, 0, count * sizeof *dbeta);
  for (size_t i = 0; i < (size_t)pass->n; i++) {
    const float *x = pass->x + i * count, *dy = pass->dy + i * count;
    const float mean = cache[i].mean, factor = cache[i].factor;
    double sums[2];
    dpb__norm_get()->row_sums(count, x, mean, factor, gamma, dy, dgamma, dbeta, sums);
    if (!pass->dx) continue;
    const double slope = sums[1] * share * (double)factor * (double)factor;
    dpb__norm_get()->row_gradient(count, x, mean, gamma, dy, (float)(sums[0] * share),
                                  (float)slope, factor, pass->dx + i * count);
  }
}

const dpb__layer_ops dpb__layer_layernorm = {
    .name = "layernorm",
    .takes_relu_behind = true,
    .normalises = true,
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .init = dpb__norm_init,
    .forward = forward,
    .backward = backward,
};
