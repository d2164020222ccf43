/* SPDX-License-Identifier: MIT
 *
 * The workspace: planned for the largest mini-batch, allocated once.
 */
#include "model/workspace.h"

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "blas/blas_memory.h"
#include "model/chunks.h"

/* Both parts of the arena while they are planned. */
typedef struct planned {
  dpb__arena_plan shared;
  dpb__arena_plan worker;
} planned;

static dpb__place reserve(planned *parts, const dpb__workspace *ws, bool shared,
                          size_t sample) {
  dpb__arena_plan *plan = shared ? &parts->shared : &parts->worker;
  size_t count = 0;
  if (!dpb__size_mul(sample, (size_t)(shared ? ws->max_batch : ws->shard_samples),
                     &count))
    plan->failed = true;
  return (dpb__place){dpb__arena_reserve_floats(plan, count), shared, false};
}

/* For one chunk, in the worker's part. */
static dpb__place reserve_chunk(planned *parts, size_t floats) {
  return (dpb__place){dpb__arena_reserve_floats(&parts->worker, floats), false, true};
}

/* Floats of one sample at place i, which is in front of layer i. */
static size_t sample_at(const dpb_model *model, int i) {
  return i < model->layer_count ? model->layers[i].in_count
                                : model->layers[i - 1].out_count;
}

/* Layer i wants its input and its output's delta from all samples: for gradient(), or
 * because backward comes in two parts. */
static bool wants_all(const dpb_model *model, int i) {
  return i >= 0 && i < model->layer_count && !dpb__is_sharded(&model->layers[i]);
}

/* Layer i, or one behind it, has statistics: all shards stop behind place i, and come
 * back to it. */
static bool is_waited_for(const dpb__workspace *ws, int i) {
  return i <= ws->last_statistics;
}

static int find_last_statistics(const dpb_model *model) {
  int i = model->layer_count - 1;
  while (i >= 0 && !model->layers[i].ops->statistics) i--;
  return i;
}

/* Place i is place i - 1: the layer between them works in place. */
static bool is_same(const dpb_model *model, int i) {
  return i > 0 && i <= model->layer_count && model->layers[i - 1].in_place;
}

/* Floats of a chunk at place i; 0 where a whole shard meets. */
static size_t chunk_at(const dpb__workspace *ws, planned *parts, int i) {
  if (!dpb__is_inside(ws->model, i)) return 0;
  const dpb__layer *layer = &ws->model->layers[i];
  const int samples = layer->chunk < ws->shard_samples ? layer->chunk : ws->shard_samples;
  size_t count = 0;
  if (!dpb__size_mul(layer->in_count, (size_t)samples, &count))
    parts->worker.failed = true;
  return count;
}

/* Places take turns in two buffers, those of chunks in two more. */
static void take_turns(dpb__workspace *ws, planned *parts, dpb__place *places) {
  const dpb_model *model = ws->model;
  size_t most[2][2] = {{0, 0}, {0, 0}};
  for (int i = 0, turn[2] = {0, 0}; i <= model->layer_count; i++) {
    const bool inside = dpb__is_inside(model, i);
    const size_t size = inside ? chunk_at(ws, parts, i) : sample_at(model, i);
    if (!is_same(model, i)) turn[inside] = !turn[inside];
    size_t *here = &most[inside][turn[inside]];
    if (size > *here) *here = size;
  }
  const dpb__place turns[2][2] = {
      {reserve(parts, ws, false, most[0][0]), reserve(parts, ws, false, most[0][1])},
      {reserve_chunk(parts, most[1][0]), reserve_chunk(parts, most[1][1])}};
  for (int i = 0, turn[2] = {0, 0}; i <= model->layer_count; i++) {
    const bool inside = dpb__is_inside(model, i);
    if (!is_same(model, i)) turn[inside] = !turn[inside];
    places[i] = turns[inside][turn[inside]];
  }
}

/* Backward has no use for what is at place i, which lies within a chunk. */
static bool is_forgotten(const dpb_model *model, int i) {
  return dpb__is_inside(model, i) &&
         (model->layers[i].forgets_input ||
          (model->layers[i].in_place && is_forgotten(model, i + 1)));
}

/* Each activation has an array of its own; whole_tasks wants those in front of its layer
 * from all samples. */
static void place_activations(dpb__workspace *ws, planned *parts) {
  const dpb_model *model = ws->model;
  for (int i = 0; i <= model->layer_count; i++) {
    const bool shared = is_waited_for(ws, i) || wants_all(model, i) ||
                        (is_same(model, i + 1) && wants_all(model, i + 1));
    if (is_same(model, i))
      ws->activations[i] = ws->activations[i - 1];
    else if (is_forgotten(model, i))
      ws->activations[i] = reserve_chunk(parts, chunk_at(ws, parts, i));
    else
      ws->activations[i] = reserve(parts, ws, shared, sample_at(model, i));
  }
}

/* whole_tasks wants deltas behind its layer from all samples; the others take turns. */
static void place_deltas(dpb__workspace *ws, planned *parts) {
  const dpb_model *model = ws->model;
  take_turns(ws, parts, ws->deltas);
  for (int i = 1; i <= model->layer_count; i++) {
    if (wants_all(model, i - 1))
      ws->deltas[i] = reserve(parts, ws, true, sample_at(model, i));
    else if (is_same(model, i))
      ws->deltas[i] = ws->deltas[i - 1];
  }
}

static void place_caches(dpb__workspace *ws, planned *parts) {
  for (int i = 0; i < ws->model->layer_count; i++) {
    const bool shared = is_waited_for(ws, i + 1);
    dpb__arena_plan *plan = shared ? &parts->shared : &parts->worker;
    size_t bytes = 0;
    if (!dpb__size_mul(ws->model->layers[i].cache,
                       (size_t)(shared ? ws->max_batch : ws->shard_samples), &bytes))
      plan->failed = true;
    ws->caches[i] = (dpb__place){dpb__arena_reserve(plan, bytes), shared, false};
  }
}

/* Layers take turns in the parts: those of one are combined before the next begins. */
static void place_statistics(dpb__workspace *ws, planned *parts) {
  size_t most = 0, count = 0, bytes = 0;
  for (int i = 0; i < ws->model->layer_count; i++) {
    const dpb__layer *layer = &ws->model->layers[i];
    ws->wholes[i] = dpb__arena_reserve_floats(&parts->shared, layer->whole);
    if (layer->part > most) most = layer->part;
  }
  if (!dpb__size_mul(most, (size_t)ws->max_shards, &count) ||
      !dpb__size_mul(count, sizeof(double), &bytes))
    parts->shared.failed = true;
  ws->parts = dpb__arena_reserve(&parts->shared, bytes);
}

static void plan_training(dpb__workspace *ws, planned *parts) {
  const dpb_model *model = ws->model;
  place_activations(ws, parts);
  place_deltas(ws, parts);
  place_caches(ws, parts);
  place_statistics(ws, parts);
  size_t count = 0;
  if (!dpb__size_mul(model->sharded_count, (size_t)ws->max_shards, &count))
    parts->shared.failed = true;
  ws->shard_gradients = dpb__arena_reserve_floats(&parts->shared, count);
}

static void plan_scratch(dpb__workspace *ws, planned *parts) {
  size_t most = 0;
  for (int i = 0; i < ws->model->layer_count; i++)
    if (ws->model->layers[i].scratch > most) most = ws->model->layers[i].scratch;
  ws->scratch = dpb__arena_reserve(&parts->worker, most);
}

/* The workers' parts go behind what they share. */
static void join(dpb__workspace *ws, planned *parts) {
  size_t workers = 0;
  ws->worker_size = parts->worker.size;
  if (parts->worker.failed ||
      !dpb__size_mul(ws->worker_size, (size_t)ws->workers, &workers))
    parts->shared.failed = true;
  ws->worker_base = dpb__arena_reserve(&parts->shared, workers);
}

static void *allocate_list(dpb_status *status, size_t count, size_t size) {
  void *list = NULL;
  if (*status == DPB_OK) *status = dpb__allocate(count, size, "workspace", &list);
  return list;
}

static dpb_status allocate_lists(dpb__workspace *ws) {
  const size_t places = (size_t)ws->model->layer_count + 1;
  const size_t shards = (size_t)ws->max_shards;
  dpb_status status = DPB_OK;
  ws->activations = allocate_list(&status, places, sizeof *ws->activations);
  ws->deltas = allocate_list(&status, places, sizeof *ws->deltas);
  ws->caches = allocate_list(&status, places, sizeof *ws->caches);
  ws->wholes = allocate_list(&status, places, sizeof *ws->wholes);
  ws->shard_loss = allocate_list(&status, shards, sizeof *ws->shard_loss);
  ws->shard_correct = allocate_list(&status, shards, sizeof *ws->shard_correct);
  ws->shard_bad = allocate_list(&status, shards, sizeof *ws->shard_bad);
  ws->shard_input = allocate_list(&status, shards, sizeof *ws->shard_input);
  return status;
}

/* All but the arena, whose plan is left in parts. */
static dpb_status plan_all(dpb__workspace *ws, planned *parts) {
  ws->last_statistics = find_last_statistics(ws->model);
  ws->max_shards = dpb__shards(ws->max_batch);
  ws->shard_samples =
      ws->max_batch < DPB__SHARD_SAMPLES ? ws->max_batch : DPB__SHARD_SAMPLES;
  const dpb_status status = allocate_lists(ws);
  if (status != DPB_OK) return status;
  if (ws->train) {
    plan_training(ws, parts);
  } else {
    take_turns(ws, parts, ws->activations);
  }
  plan_scratch(ws, parts);
  join(ws, parts);
  return DPB_OK;
}

static void release_lists(const dpb__workspace *ws) {
  dpb__release(ws->activations);
  dpb__release(ws->deltas);
  dpb__release(ws->caches);
  dpb__release(ws->wholes);
  dpb__release(ws->shard_loss);
  dpb__release(ws->shard_correct);
  dpb__release(ws->shard_bad);
  dpb__release(ws->shard_input);
}

dpb_status dpb__workspace_measure(const dpb_model *model, int max_batch, int workers,
                                  bool train, size_t *bytes) {
  dpb__workspace ws = {
      .model = model, .train = train, .max_batch = max_batch, .workers = workers};
  planned parts = {{0}, {0}};
  const dpb_status status = plan_all(&ws, &parts);
  *bytes = parts.shared.failed ? SIZE_MAX : parts.shared.size;
  release_lists(&ws);
  return status;
}

dpb_status dpb__workspace_create(const dpb_model *model, int max_batch, int workers,
                                 bool train, dpb__workspace **out) {
  *out = NULL;
  void *memory;
  dpb_status status = dpb__allocate(1, sizeof(dpb__workspace), "workspace", &memory);
  if (status != DPB_OK) return status;
  dpb__workspace *ws = memory;
  *ws = (dpb__workspace){
      .model = model, .train = train, .max_batch = max_batch, .workers = workers};
  planned parts = {{0}, {0}};
  status = plan_all(ws, &parts);
  if (status == DPB_OK)
    status = dpb__arena_allocate(&parts.shared, "activations", &ws->arena);
  if (status == DPB_OK) status = dpb__blas_reserve(workers);
  if (status == DPB_OK) ws->reserved = workers;
  if (status != DPB_OK) {
    dpb__workspace_destroy(ws);
    return status;
  }
  *out = ws;
  return DPB_OK;
}

void dpb__workspace_destroy(dpb__workspace *ws) {
  if (!ws) return;
  dpb__blas_unreserve(ws->reserved);
  dpb__arena_free(&ws->arena);
  release_lists(ws);
  dpb__release(ws);
}

void *dpb__workspace_worker(const dpb__workspace *ws, size_t offset, int worker) {
  return dpb__arena_at(&ws->arena,
                       ws->worker_base + (size_t)worker * ws->worker_size + offset);
}

void *dpb__workspace_cache(const dpb__workspace *ws, int index, int worker, int first) {
  const dpb__place place = ws->caches[index];
  if (!place.shared) return dpb__workspace_worker(ws, place.offset, worker);
  return (char *)dpb__arena_at(&ws->arena, place.offset) +
         (size_t)first * ws->model->layers[index].cache;
}

float *dpb__workspace_samples(const dpb__workspace *ws, dpb__place place, int worker,
                              int first, size_t sample) {
  if (!place.shared) return dpb__workspace_worker(ws, place.offset, worker);
  return (float *)dpb__arena_at(&ws->arena, place.offset) + (size_t)first * sample;
}
