/* SPDX-License-Identifier: MIT
 *
 * Dropout (section 6.4.3): in training each element is dropped (0) with probability
 * ratio.
 *
 * What is left is divided by 1 - ratio ("inverted" dropout), so that predicting is the
 * identity. The book's variant leaves it as it is in training, and multiplies with 1 -
 * ratio in predicting; the expected values agree.
 *
 * The mask of a sample is drawn from the layer's stream of the step at the sample's own
 * place, so that it does not depend on how the mini-batch was cut.
 */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/number.h"
#include "layer/layer_ops.h"
#include "layer/words.h"

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  dpb_status status = dpb__words_float(words, "dropout: ratio", &config->dropout.ratio);
  while (status == DPB_OK && dpb__words_next(words)) {
    if (dpb__word_is(words, "book"))
      config->dropout.book = 1;
    else
      status = dpb__words_unknown(words, "dropout");
  }
  return status;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  char ratio[32];
  dpb__print_float(config->dropout.ratio, ratio);
  snprintf(text, capacity, " %s%s", ratio, config->dropout.book ? " book" : "");
}

static dpb_status check(const dpb__layer_config *config) {
  const float ratio = config->dropout.ratio;
  if (ratio >= 0.0f && ratio < 1.0f) return DPB_OK;
  char text[32];
  dpb__print_float(ratio, text);
  return dpb__fail(DPB_ERR_ARG, "ratio is %s, must be at least 0 and below 1", text);
}

static dpb_status plan(dpb__layer *layer) {
  layer->out = layer->in;
  layer->cache = layer->in_count; /* a byte each: 1 for what is left */
  return DPB_OK;
}

static void scale(size_t count, float factor, const float *x, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = x[i] * factor;
}

static void draw(const dpb__layer *layer, const dpb__pass *pass, uint8_t *mask) {
  dpb_rng rng = *pass->rng;
  dpb_rng_seek(&rng, (uint64_t)pass->first * layer->in_count);
  for (size_t i = 0; i < (size_t)pass->n * layer->in_count; i++)
    mask[i] = dpb_rng_uniform(&rng) >= layer->config.dropout.ratio;
}

static void apply(const dpb__layer *layer, size_t count, const uint8_t *mask,
                  const float *x, float *y) {
  const dpb_dropout_config *dropout = &layer->config.dropout;
  const float left = dropout->book ? 1.0f : 1.0f / (1.0f - dropout->ratio);
  for (size_t i = 0; i < count; i++) y[i] = mask[i] ? x[i] * left : 0.0f;
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  const dpb_dropout_config *dropout = &layer->config.dropout;
  const size_t count = (size_t)pass->n * layer->in_count;
  if (!pass->train) {
    scale(count, dropout->book ? 1.0f - dropout->ratio : 1.0f, pass->x, pass->y);
    return;
  }
  draw(layer, pass, pass->cache);
  apply(layer, count, pass->cache, pass->x, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  apply(layer, (size_t)pass->n * layer->in_count, pass->cache, pass->dy, pass->dx);
}

const dpb__layer_ops dpb__layer_dropout = {
    .name = "dropout",
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .forward = forward,
    .backward = backward,
};
