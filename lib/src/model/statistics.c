/* SPDX-License-Identifier: MIT
 *
 * Statistics of every layer's output. Layer by layer for the whole mini-batch, because
 * each layer's output is then in one piece; within a layer by the shards of a training
 * step, so that it does what it does there.
 */
#include <deepblas/statistics.h>

#include <limits.h>
#include <math.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "base/size.h"
#include "blas/blas_enter.h"
#include "blas/blas_memory.h"
#include "model/shard.h"
#include "model/tally.h"

#define MOST_BINS 1000000

struct dpb_statistics {
  int layer_count;
  dpb_layer_statistics *layers;
  size_t *counts; /* of all histograms */
};

/* Memory of the pass: segments of the arena, each for the layer that needs most. */
typedef struct room {
  dpb__arena arena;
  float *turns[2]; /* input and output of a layer */
  void *cache;
  void *scratch;
  double *parts;
  float *whole;
} room;

typedef struct look {
  const dpb_model *model;
  const dpb_batch *batch;
  const dpb_statistics_config *config;
  const dpb_statistics *statistics;
  room memory;
  dpb_rng streams;
} look;

static size_t most_of(size_t a, size_t b) {
  return a > b ? a : b;
}

static size_t reserve(dpb__arena_plan *plan, size_t count, size_t each, size_t size) {
  size_t numbers = 0, bytes = 0;
  if (!dpb__size_mul(count, each, &numbers) || !dpb__size_mul(numbers, size, &bytes))
    plan->failed = true;
  return dpb__arena_reserve(plan, bytes);
}

static dpb_status allocate_memory(const dpb_model *model, int n, room *memory) {
  size_t floats = model->layers[0].in_count, cache = 0, scratch = 0, part = 0, whole = 0;
  for (int i = 0; i < model->layer_count; i++) {
    const dpb__layer *layer = &model->layers[i];
    floats = most_of(floats, layer->out_count);
    cache = most_of(cache, layer->cache);
    scratch = most_of(scratch, layer->scratch);
    part = most_of(part, layer->part);
    whole = most_of(whole, layer->whole);
  }
  dpb__arena_plan plan = {0};
  const size_t turn0 = reserve(&plan, (size_t)n, floats, sizeof(float));
  const size_t turn1 = reserve(&plan, (size_t)n, floats, sizeof(float));
  const size_t caches = reserve(&plan, (size_t)n, cache, 1);
  const size_t scratches = dpb__arena_reserve(&plan, scratch);
  const size_t parts = reserve(&plan, (size_t)dpb__shards(n), part, sizeof(double));
  const size_t wholes = dpb__arena_reserve_floats(&plan, whole);
  dpb_status status =
      dpb__arena_allocate(&plan, "activations for statistics", &memory->arena);
  if (status != DPB_OK) return status;
  memory->turns[0] = dpb__arena_at(&memory->arena, turn0);
  memory->turns[1] = dpb__arena_at(&memory->arena, turn1);
  memory->cache = dpb__arena_at(&memory->arena, caches);
  memory->scratch = dpb__arena_at(&memory->arena, scratches);
  memory->parts = dpb__arena_at(&memory->arena, parts);
  memory->whole = dpb__arena_at(&memory->arena, wholes);
  return DPB_OK;
}

static dpb__pass pass_of(const look *at, const dpb__layer *layer, int first, int n,
                         const float *x, float *y) {
  return (dpb__pass){.n = n,
                     .first = first,
                     .train = at->config->train != 0,
                     .params = at->model->params,
                     .state = at->model->state,
                     .x = x + (size_t)first * layer->in_count,
                     .y = y + (size_t)first * layer->out_count,
                     .cache = (char *)at->memory.cache + (size_t)first * layer->cache,
                     .scratch = at->memory.scratch,
                     .parts = at->memory.parts,
                     .whole = at->memory.whole,
                     .shards = dpb__shards(at->batch->n)};
}

/* One layer over all samples, without what other layers do in its place. */
static void run_layer(const look *at, const dpb__layer *fused, const float *x, float *y) {
  dpb__layer layer = *fused;
  layer.relu_behind = layer.relu_in_front = layer.in_place = false;
  layer.finish_behind = layer.adds_bias = false;
  const int samples = at->batch->n, shards = dpb__shards(samples);
  const dpb_rng rng = dpb_rng_split(&at->streams, (uint64_t)layer.index);
  const bool collects = at->config->train && layer.ops->statistics;
  for (int shard = 0; collects && shard < shards; shard++) {
    const int first = dpb__shard_begin(samples, shard);
    const int n = dpb__shard_begin(samples, shard + 1) - first;
    dpb__pass pass = pass_of(at, &layer, first, n, x, y);
    pass.parts += (size_t)shard * layer.part;
    layer.ops->statistics->collect(&layer, &pass);
  }
  if (collects) {
    const dpb__pass pass = pass_of(at, &layer, 0, samples, x, y);
    layer.ops->statistics->combine(&layer, &pass);
  }
  for (int shard = 0; shard < shards; shard++) {
    const int first = dpb__shard_begin(samples, shard);
    const int n = dpb__shard_begin(samples, shard + 1) - first;
    dpb__pass pass = pass_of(at, &layer, first, n, x, y);
    pass.rng = &rng;
    layer.ops->forward(&layer, &pass);
  }
}

static void run_all(look *at) {
  const dpb_batch *batch = at->batch;
  const size_t sample = at->model->layers[0].in_count;
  float *x = at->memory.turns[0], *y = at->memory.turns[1];
  for (size_t i = 0; i < (size_t)batch->n; i++)
    dpb__fetch_sample(batch, batch->rows ? batch->rows[i] : i, sample, x + i * sample);
  for (int i = 0; i < at->model->layer_count; i++) {
    const dpb__layer *layer = &at->model->layers[i];
    dpb_layer_statistics *info = &at->statistics->layers[i];
    run_layer(at, layer, x, y);
    dpb__tally((size_t)batch->n, layer->out_count, y, layer->ops->ends, info);
    if (at->config->bins > 0)
      dpb__tally_histogram(y, at->config->low, at->config->high, at->config->bins,
                           at->statistics->counts + (size_t)i * (size_t)at->config->bins,
                           info);
    float *turn = x;
    x = y;
    y = turn;
  }
}

static dpb_status check_config(const dpb_model *model,
                               const dpb_statistics_config *config) {
  const bool found = config->low == 0.0f && config->high == 0.0f;
  if (config->bins < 0 || config->bins > MOST_BINS)
    return dpb__fail(DPB_ERR_ARG, "dpb_model_statistics: bins is %d, must be 0 to %d",
                     config->bins, MOST_BINS);
  if (!found && !(config->low < config->high && isfinite(config->high - config->low)))
    return dpb__fail(DPB_ERR_ARG,
                     "dpb_model_statistics: low is %g and high is %g, must be finite and "
                     "low below high",
                     (double)config->low, (double)config->high);
  if (config->train && !model->grads)
    return dpb__fail(DPB_ERR_STATE,
                     "dpb_model_statistics: training mode, and the model was built for "
                     "inference");
  return DPB_OK;
}

static dpb_status create(const dpb_model *model, int bins, dpb_statistics **out) {
  void *made = NULL, *layers = NULL, *counts = NULL;
  const size_t count = (size_t)model->layer_count;
  dpb_status status = dpb__allocate(1, sizeof(dpb_statistics), "statistics", &made);
  if (status != DPB_OK) return status;
  dpb_statistics *statistics = made;
  statistics->layer_count = model->layer_count;
  status = dpb__allocate(count, sizeof(dpb_layer_statistics), "statistics", &layers);
  statistics->layers = layers;
  if (status == DPB_OK && bins > 0) /* the product fits: both factors are bounded */
    status = dpb__allocate(count * (size_t)bins, sizeof(size_t), "histograms", &counts);
  statistics->counts = counts;
  if (status == DPB_OK)
    *out = statistics;
  else
    dpb_statistics_destroy(statistics);
  return status;
}

dpb_status dpb_model_statistics(const dpb_model *model, const dpb_batch *batch,
                                const dpb_statistics_config *config,
                                dpb_statistics **out) {
  if (!out) return dpb__fail(DPB_ERR_ARG, "dpb_model_statistics: statistics is NULL");
  *out = NULL;
  dpb_status status = dpb__model_ready(model, "dpb_model_statistics");
  if (status != DPB_OK) return status;
  if (!config) return dpb__fail(DPB_ERR_ARG, "dpb_model_statistics: config is NULL");
  status = check_config(model, config);
  if (status == DPB_OK) status = dpb__batch_check(model, INT_MAX, batch, false);
  if (status != DPB_OK) return status;

  dpb_statistics *statistics = NULL;
  look at = {.model = model,
             .batch = batch,
             .config = config,
             .streams = dpb__model_step_stream(model, model->step)};
  status = create(model, config->bins, &statistics);
  if (status == DPB_OK) status = allocate_memory(model, batch->n, &at.memory);
  if (status == DPB_OK) status = dpb__blas_reserve(1);
  if (status != DPB_OK) {
    dpb__arena_free(&at.memory.arena);
    dpb_statistics_destroy(statistics);
    return status;
  }
  at.statistics = statistics;
  const unsigned host_mode = dpb__float_enter();
  dpb__blas_enter();
  run_all(&at);
  dpb__blas_leave();
  dpb__float_leave(host_mode);
  dpb__blas_unreserve(1);
  dpb__arena_free(&at.memory.arena);
  *out = statistics;
  return DPB_OK;
}

void dpb_statistics_destroy(dpb_statistics *statistics) {
  if (!statistics) return;
  dpb__release(statistics->layers);
  dpb__release(statistics->counts);
  dpb__release(statistics);
}

dpb_status dpb_statistics_layer(const dpb_statistics *statistics, int layer,
                                dpb_layer_statistics *info) {
  if (!statistics || !info)
    return dpb__fail(DPB_ERR_ARG, "dpb_statistics_layer: %s is NULL",
                     statistics ? "info" : "statistics");
  if (layer < 0 || layer >= statistics->layer_count)
    return dpb__fail(DPB_ERR_ARG, "there is no layer %d: the model has layers 0..%d",
                     layer, statistics->layer_count - 1);
  *info = statistics->layers[layer];
  return DPB_OK;
}
