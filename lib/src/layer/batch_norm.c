/* SPDX-License-Identifier: MIT
 *
 * Batch normalisation (section 6.3; Ioffe and Szegedy, 2015), for each column of a matrix
 * of m rows:
 *
 *     xhat   = (x - mean) / sqrt(var + eps)
 *     y      = gamma * xhat + beta
 *     dbeta  = sum dy
 *     dgamma = sum dy * xhat
 *     dx     = gamma / sqrt(var + eps) * (dy - dbeta / m - xhat * dgamma / m)
 *
 * A column is a channel, with all pixels of all images as rows; or, per feature, a number
 * of the sample. mean, var and the sums run over the whole mini-batch: each shard makes
 * its part, and parts are joined in double, moments by Chan's formula. Predicting uses
 * running averages.
 *
 * The ReLU of an epilogue is applied to y while it is in registers.
 */
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/number.h"
#include "layer/layer_ops.h"
#include "layer/norm_params.h"
#include "layer/words.h"
#include "simd/norm.h"

#define DEFAULT_EPS      1e-6f
#define DEFAULT_MOMENTUM 0.9f

enum { RUNNING_MEAN = 0, RUNNING_VAR = 1 };

/* Rows of whole (dpb__norm_whole), each of one number per column and some more. */
enum { MEAN, VAR, FACTOR, SCALE, SHIFT, LEVEL, SLOPE, WHOLE_ROWS };

/* A shard's part has two numbers per column, then the count of its rows, and fills whole
 * cache lines. */
enum { LINE = 8 /* doubles */ };

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  dpb_batch_norm_config *norm = &config->batch_norm;
  dpb_status status = DPB_OK;
  while (status == DPB_OK && dpb__words_next(words)) {
    if (dpb__word_is(words, "feature"))
      norm->per_feature = 1;
    else if (dpb__word_is(words, "eps"))
      status = dpb__words_float(words, "batchnorm: eps", &norm->eps);
    else if (dpb__word_is(words, "momentum"))
      status = dpb__words_float(words, "batchnorm: momentum", &norm->momentum);
    else
      status = dpb__words_unknown(words, "batchnorm");
  }
  return status;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  const dpb_batch_norm_config *norm = &config->batch_norm;
  char eps[48] = "", momentum[48] = "", number[32];
  if (norm->eps != 0.0f) {
    dpb__print_float(norm->eps, number);
    snprintf(eps, sizeof eps, " eps %s", number);
  }
  if (norm->momentum != 0.0f) {
    dpb__print_float(norm->momentum, number);
    snprintf(momentum, sizeof momentum, " momentum %s", number);
  }
  snprintf(text, capacity, "%s%s%s", norm->per_feature ? " feature" : "", eps, momentum);
}

static dpb_status check(const dpb__layer_config *config) {
  const float momentum = config->batch_norm.momentum;
  if (!(momentum >= 0.0f && momentum < 1.0f)) {
    char text[32];
    dpb__print_float(momentum, text);
    return dpb__fail(DPB_ERR_ARG, "momentum is %s, must be above 0 and below 1", text);
  }
  return dpb__norm_check_eps(config->batch_norm.eps);
}

static float eps_of(const dpb__layer *layer) {
  const float eps = layer->config.batch_norm.eps;
  return eps > 0.0f ? eps : DEFAULT_EPS;
}

static size_t columns_of(const dpb__layer *layer) {
  const size_t columns = layer->params[DPB__GAMMA].count;
  DPB__KNOWN(columns > 0); /* no shape has an extent of 0 */
  return columns;
}

static size_t count_at(const dpb__layer *layer) {
  return 2 * columns_of(layer);
}

/* Numbers in a row of whole: whole cache lines. */
static size_t pitch_of(const dpb__layer *layer) {
  return (columns_of(layer) + 2 * DPB__NORM_MORE - 1) / DPB__NORM_MORE * DPB__NORM_MORE;
}

static size_t rows_of(const dpb__layer *layer, const dpb__pass *pass) {
  return (size_t)pass->n * (layer->in_count / columns_of(layer));
}

static dpb__norm_whole whole_of(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t pitch = pitch_of(layer);
  return (dpb__norm_whole){.mean = pass->whole + MEAN * pitch,
                           .var = pass->whole + VAR * pitch,
                           .factor = pass->whole + FACTOR * pitch,
                           .scale = pass->whole + SCALE * pitch,
                           .shift = pass->whole + SHIFT * pitch,
                           .level = pass->whole + LEVEL * pitch,
                           .slope = pass->whole + SLOPE * pitch};
}

static dpb_status plan(dpb__layer *layer) {
  const dpb__norm_unit unit =
      layer->config.batch_norm.per_feature ? DPB__EACH_NUMBER_FLAT : DPB__EACH_CHANNEL;
  layer->out = layer->in;
  dpb__norm_params(layer, unit);
  layer->states[RUNNING_MEAN] = dpb__norm_param("running_mean", layer->in, unit);
  layer->states[RUNNING_VAR] = dpb__norm_param("running_var", layer->in, unit);
  layer->states[RUNNING_VAR].no_sign = 1;
  layer->state_count = 2;
  layer->part = (count_at(layer) + LINE) / LINE * LINE;
  layer->whole = WHOLE_ROWS * pitch_of(layer);
  layer->scratch = 3 * pitch_of(layer) * sizeof(float);
  return DPB_OK;
}

/* -- the mini-batch's statistics */

static void collect(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t columns = columns_of(layer), rows = rows_of(layer, pass);
  pass->parts[count_at(layer)] = (double)rows;
  dpb__norm_get()->moments(rows, columns, pass->x, pass->parts, pass->parts + columns);
}

static void combine(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t columns = columns_of(layer);
  const dpb__norm_whole whole = whole_of(layer, pass);
  double *all = pass->parts, *count = &all[count_at(layer)];
  for (int shard = 1; shard < pass->shards; shard++) {
    const double *part = pass->parts + (size_t)shard * layer->part;
    const double more = part[count_at(layer)];
    dpb__norm_get()->join_moments(columns, *count, more, part, all);
    *count += more;
  }
  dpb__norm_get()->make_scales(
      columns, *count, all, pass->params + layer->params[DPB__GAMMA].offset,
      pass->params + layer->params[DPB__BETA].offset, eps_of(layer), &whole);
}

static void collect_back(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t columns = columns_of(layer), rows = rows_of(layer, pass);
  pass->parts[count_at(layer)] = (double)rows;
  dpb__norm_get()->sums(rows, columns, pass->x, whole_of(layer, pass).mean, pass->dy,
                        pass->parts, pass->parts + columns);
}

static void combine_back(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t columns = columns_of(layer);
  const dpb__norm_whole whole = whole_of(layer, pass);
  double *all = pass->parts, *count = &all[count_at(layer)];
  for (int shard = 1; shard < pass->shards; shard++) {
    const double *part = pass->parts + (size_t)shard * layer->part;
    dpb__norm_get()->add_sums(columns, part, all);
    *count += part[count_at(layer)];
  }
  dpb__norm_get()->make_slopes(columns, *count, all,
                               pass->grads + layer->params[DPB__GAMMA].offset,
                               pass->grads + layer->params[DPB__BETA].offset, &whole);
}

/* A variance beyond float32 stays a number, so that it can be saved. */
static void keep(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t columns = columns_of(layer);
  const float given = layer->config.batch_norm.momentum;
  const dpb__norm_whole whole = whole_of(layer, pass);
  const float momentum = given > 0.0f ? given : DEFAULT_MOMENTUM;
  float *mean = pass->state + layer->states[RUNNING_MEAN].offset;
  float *var = pass->state + layer->states[RUNNING_VAR].offset;
  for (size_t c = 0; c < columns; c++) {
    const float more = whole.var[c];
    mean[c] = momentum * mean[c] + (1.0f - momentum) * whole.mean[c];
    var[c] = momentum * var[c] + (1.0f - momentum) * (more < FLT_MAX ? more : FLT_MAX);
  }
}

static const dpb__statistics statistics = {.collect = collect,
                                           .combine = combine,
                                           .collect_back = collect_back,
                                           .combine_back = combine_back,
                                           .keep = keep};

/* -- passes */

static bool is_untouched(size_t columns, const float *mean, const float *var) {
  for (size_t c = 0; c < columns; c++)
    if (mean[c] != 0.0f || var[c] != 0.0f) return false;
  return true;
}

static void predict(const dpb__layer *layer, const dpb__pass *pass) {
  const size_t columns = columns_of(layer), bytes = columns * sizeof(float);
  const float *running = pass->state + layer->states[RUNNING_MEAN].offset;
  const float *var = pass->state + layer->states[RUNNING_VAR].offset;
  const float *gamma = pass->params + layer->params[DPB__GAMMA].offset;
  const bool untouched = is_untouched(columns, running, var);
  float *mean = pass->scratch, *scale = mean + pitch_of(layer);
  float *shift = scale + pitch_of(layer);
  for (size_t c = 0; c < columns; c++) {
    const double variance = untouched ? 1.0 : (double)var[c];
    scale[c] = (float)((double)gamma[c] * dpb__norm_factor(variance, eps_of(layer)));
  }
  memcpy(mean, running, bytes);
  memcpy(shift, pass->params + layer->params[DPB__BETA].offset, bytes);
  dpb__norm_go_on(columns, mean);
  dpb__norm_go_on(columns, scale);
  dpb__norm_go_on(columns, shift);
  dpb__norm_get()->apply(rows_of(layer, pass), columns, pass->x, mean, scale, shift,
                         pass->epilogue.relu, pass->y);
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->train) {
    predict(layer, pass);
    return;
  }
  const dpb__norm_whole whole = whole_of(layer, pass);
  dpb__norm_get()->apply(rows_of(layer, pass), columns_of(layer), pass->x, whole.mean,
                         whole.scale, whole.shift, pass->epilogue.relu, pass->y);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  if (!pass->dx) return;
  const dpb__norm_whole whole = whole_of(layer, pass);
  dpb__norm_get()->gradient(rows_of(layer, pass), columns_of(layer), pass->x, whole.mean,
                            pass->dy, whole.level, whole.slope, whole.scale, pass->dx);
}

const dpb__layer_ops dpb__layer_batchnorm = {
    .name = "batchnorm",
    .epilogues = DPB__DOES_RELU,
    .normalises = true,
    .statistics = &statistics,
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .init = dpb__norm_init,
    .forward = forward,
    .backward = backward,
};
