/* SPDX-License-Identifier: MIT
 *
 * Forward, loss and backward of one shard, by stretches of layers (shard.h).
 */
#include "model/shard.h"

#include <math.h>
#include <string.h>

#include "base/cache.h"
#include "base/error.h"
#include "blas/blas_enter.h"
#include "model/divergence.h"
#include "simd/vec.h"

int dpb__statistics_at(const dpb__job *run, int index) {
  const dpb_model *model = run->model;
  while (index < model->layer_count &&
         !(run->grads && model->layers[index].ops->statistics))
    index++;
  return index;
}

int dpb__statistics_below(const dpb__job *run, int index) {
  do index--;
  while (index >= 0 && !(run->grads && run->model->layers[index].ops->statistics));
  return index;
}

void dpb__fetch_sample(const dpb_batch *batch, size_t row, size_t count, float *out) {
  const float *scales = batch->scales, *offsets = batch->offsets;
  const float *from = batch->features ? batch->features + row * count : out;
  if (batch->pixels) {
    dpb__vec_get()->from_bytes(count, batch->pixels + row * count, batch->scale, out);
  } else if (!scales) {
    memcpy(out, from, count * sizeof *out);
  }
  if (!scales) return;
  for (size_t i = 0; i < count; i++) out[i] = from[i] * scales[i] + offsets[i];
}

/* The caller's own array will do as input. */
static bool is_own(const dpb_batch *batch) {
  return batch->features && !batch->rows && !batch->scales;
}

/* Gathers and scales the shard's input where the caller's own will not do. */
static void fetch_input(const dpb__job *run, int worker, int first, int n) {
  const dpb_batch *batch = run->batch;
  const size_t sample = run->model->layers[0].in_count;
  if (is_own(batch)) return;
  float *input =
      dpb__workspace_samples(run->ws, run->ws->activations[0], worker, first, sample);
  for (int i = 0; i < n; i++) {
    if (batch->rows && batch->pixels && i + 1 < n) /* which nothing else foresees */
      dpb__fetch_bytes(batch->pixels + batch->rows[first + i + 1] * sample, sample);
    const size_t row = batch->rows ? batch->rows[first + i] : (size_t)(first + i);
    dpb__fetch_sample(batch, row, sample, input + (size_t)i * sample);
  }
}

dpb__pass dpb__shard_pass(const dpb__job *run, int layer, int worker, int first, int n) {
  const dpb_model *model = run->model;
  const dpb__layer *at = &model->layers[layer];
  dpb__workspace *ws = run->ws;
  dpb__pass pass = {.n = n,
                    .first = first,
                    .train = run->grads != NULL,
                    .params = model->params,
                    .state = model->state};
  pass.borrowed = layer == 0 && is_own(run->batch);
  pass.x = pass.borrowed ? run->batch->features + (size_t)first * at->in_count
                         : dpb__workspace_samples(ws, ws->activations[layer], worker,
                                                  first, at->in_count);
  pass.y = dpb__workspace_samples(ws, ws->activations[layer + 1], worker, first,
                                  at->out_count);
  pass.scratch = dpb__workspace_worker(ws, ws->scratch, worker);
  if (!ws->train) return pass;
  pass.cache = dpb__workspace_cache(ws, layer, worker, first);
  pass.whole = dpb__arena_at(&ws->arena, ws->wholes[layer]);
  pass.parts = dpb__arena_at(&ws->arena, ws->parts);
  pass.shards = run->shards;
  return pass;
}

/* The samples of a shard that go through a layer together. */
typedef struct part {
  int at; /* number of the first within the shard */
  int n;
} part;

static part part_of(int chunk, int at, int n) {
  const int left = n - at;
  return (part){at, chunk > 0 && chunk < left ? chunk : left};
}

/* Where the samples of a part begin in an array of the shard. */
static size_t offset_of(const dpb__place *place, const part *p, size_t sample) {
  return place->chunk ? 0 : (size_t)p->at * sample;
}

/* The pass of a shard, moved to the samples of a part. */
static dpb__pass move_pass(const dpb__job *run, int i, dpb__pass pass, const part *p) {
  const dpb__layer *layer = &run->model->layers[i];
  const dpb__workspace *ws = run->ws;
  pass.n = p->n;
  pass.first += p->at;
  pass.add = p->at > 0;
  pass.x += offset_of(&ws->activations[i], p, layer->in_count);
  pass.y += offset_of(&ws->activations[i + 1], p, layer->out_count);
  if (pass.cache) pass.cache = (char *)pass.cache + (size_t)p->at * layer->cache;
  if (pass.dy) pass.dy += offset_of(&ws->deltas[i + 1], p, layer->out_count);
  if (pass.dx) pass.dx += offset_of(&ws->deltas[i], p, layer->in_count);
  return pass;
}

static void forward_layer(const dpb__job *run, int i, int worker, int first, int n,
                          const part *p) {
  const dpb__layer *layer = &run->model->layers[i];
  const dpb__pass whole = dpb__shard_pass(run, i, worker, first, n);
  dpb__pass pass = move_pass(run, i, whole, p);
  const dpb_rng rng = dpb_rng_split(&run->streams, (uint64_t)i);
  pass.rng = &rng;
  if (!layer->in_place) layer->ops->forward(layer, &pass);
}

/* Layers from .. to - 1. */
static void forward(const dpb__job *run, int worker, int first, int n) {
  for (int i = run->from, last; i < run->to; i = last + 1) {
    const int chunk = run->model->layers[i].chunk;
    last = chunk > 0 ? run->model->layers[i].chunk_end : i;
    part p;
    for (int at = 0; at < n; at += p.n) {
      p = part_of(chunk, at, n);
      for (int j = i; j <= last; j++) forward_layer(run, j, worker, first, n, &p);
    }
  }
}

static float *delta(const dpb__job *run, int at, int worker, int first, size_t sample) {
  return dpb__workspace_samples(run->ws, run->ws->deltas[at], worker, first, sample);
}

dpb__pass dpb__shard_backward_pass(const dpb__job *run, int i, int worker, int first,
                                   int n) {
  const dpb__layer *layer = &run->model->layers[i];
  dpb__pass pass = dpb__shard_pass(run, i, worker, first, n);
  if (i > 0) pass.dx = delta(run, i, worker, first, layer->in_count);
  pass.dy = delta(run, i + 1, worker, first, layer->out_count);
  return pass;
}

static void backward_layer(const dpb__job *run, int i, int shard, int worker, int first,
                           int n, const part *p) {
  const dpb__layer *layer = &run->model->layers[i];
  const dpb__pass whole = dpb__shard_backward_pass(run, i, worker, first, n);
  dpb__pass pass = move_pass(run, i, whole, p);
  const dpb_rng rng = dpb_rng_split(&run->streams, (uint64_t)i);
  pass.rng = &rng;
  pass.grads = dpb__shard_gradients(run, shard);
  if (!dpb__is_taken(run->model, i)) layer->ops->backward(layer, &pass);
}

/* Layer i and those that a chunk goes through with it, of which i is the last. */
static int chunk_begin(const dpb_model *model, int i) {
  int begin = i;
  while (begin > 0 && model->layers[i].chunk > 0 && model->layers[begin - 1].chunk > 0 &&
         model->layers[begin - 1].chunk_end == i)
    begin--;
  return begin;
}

/* Layers from .. down to to + 1; then layer number to, if there is one, collects. */
static void backward(const dpb__job *run, int shard, int worker, int first, int n,
                     int from, int to) {
  for (int i = from, begin; i > to; i = begin - 1) {
    begin = chunk_begin(run->model, i);
    part p;
    for (int at = 0; at < n; at += p.n) {
      p = part_of(run->model->layers[i].chunk, at, n);
      for (int j = i; j >= begin; j--)
        backward_layer(run, j, shard, worker, first, n, &p);
    }
  }
  if (to < 0) return;
  const dpb__layer *layer = &run->model->layers[to];
  dpb__pass pass = dpb__shard_backward_pass(run, to, worker, first, n);
  pass.parts += (size_t)shard * layer->part;
  layer->ops->statistics->collect_back(layer, &pass);
}

/* What is behind layer i is its output; not where a pooling behind has yet to finish it.
 */
static bool is_finished(const dpb_model *model, int i) {
  const dpb__layer *layer = &model->layers[i];
  return !layer->finish_behind && !(layer->in_place && layer[-1].finish_behind);
}

/* The first layer whose output is not finite, and the largest number that went into it;
 * called when the shard's loss is not. */
static int find_bad(const dpb__job *run, int worker, int first, int n, float *input) {
  const dpb__workspace *ws = run->ws;
  *input = NAN;
  if (!ws->train) return -1; /* activations took turns: most are gone */
  int known = 0;             /* the first layer whose output may not be finite */
  for (int i = 0; i < run->model->layer_count; i++) {
    const size_t sample = run->model->layers[i].out_count;
    if (!is_finished(run->model, i) || ws->activations[i + 1].chunk)
      continue; /* not there; the pooling behind shows it */
    const float *y =
        dpb__workspace_samples(ws, ws->activations[i + 1], worker, first, sample);
    if (dpb__vec_get()->all_finite(sample * (size_t)n, y)) {
      known = i + 1;
      continue;
    }
    *input = dpb__largest_magnitude(run->model->layers[known].in_count * (size_t)n,
                                    dpb__shard_pass(run, known, worker, first, n).x);
    return known;
  }
  return -1;
}

static int largest(int classes, const float *z) {
  int most = 0;
  for (int i = 1; i < classes; i++)
    if (z[i] > z[most]) most = i;
  return most;
}

static int count_correct(int n, int classes, const float *z, const dpb__truth *truth) {
  int correct = 0;
  for (int i = 0; i < n; i++) {
    int label;
    if (truth->labels) {
      label = dpb__truth_label(truth, i);
    } else {
      DPB__KNOWN(truth->targets != NULL); /* the batch is checked */
      label = largest(classes, dpb__truth_target(truth, i, classes));
    }
    correct += largest(classes, z + (size_t)i * (size_t)classes) == label;
  }
  return correct;
}

/* The shard's part of labels or targets. */
static dpb__truth truth_of(const dpb_batch *batch, int first, int classes) {
  dpb__truth truth = {batch->labels, batch->targets, batch->rows};
  if (truth.rows) {
    truth.rows += first;
  } else {
    if (truth.labels) truth.labels += first;
    if (truth.targets) truth.targets += (size_t)first * (size_t)classes;
  }
  return truth;
}

/* Loss, outputs, hits: whatever was asked for of the shard. */
static void finish(const dpb__job *run, int shard, int worker, int first, int n) {
  const dpb_model *model = run->model;
  dpb__workspace *ws = run->ws;
  const int last = model->layer_count;
  const int classes = (int)model->layers[last - 1].out_count;
  const float *z =
      dpb__workspace_samples(ws, ws->activations[last], worker, first, (size_t)classes);
  const dpb__answer *answer = run->answer;
  const dpb__truth truth = truth_of(run->batch, first, classes);

  if (answer->correct) ws->shard_correct[shard] = count_correct(n, classes, z, &truth);
  if (answer->classes)
    for (int i = 0; i < n; i++)
      answer->classes[first + i] = largest(classes, z + (size_t)i * (size_t)classes);
  if (answer->loss) {
    float *dz = run->grads ? dpb__workspace_samples(ws, ws->deltas[last], worker, first,
                                                    (size_t)classes)
                           : NULL;
    const float scale = (float)(1.0 / run->divisor);
    ws->shard_loss[shard] =
        model->head->loss(&model->head_config, n, classes, z, &truth, scale, dz);
    ws->shard_bad[shard] = -1;
    if (!isfinite(ws->shard_loss[shard]))
      ws->shard_bad[shard] = find_bad(run, worker, first, n, &ws->shard_input[shard]);
  }
  if (answer->outputs)
    model->head->outputs(n, classes, z,
                         answer->outputs + (size_t)first * (size_t)classes);
}

float *dpb__shard_gradients(const dpb__job *run, int shard) {
  if (run->shards == 1) return run->grads;
  float *all = dpb__arena_at(&run->ws->arena, run->ws->shard_gradients);
  return all + (size_t)shard * run->model->sharded_count;
}

/* The samples of a shard; returns the number of the first. */
static int samples_of(const dpb__job *run, int shard, int *n) {
  const int first = dpb__shard_begin(run->batch->n, shard);
  *n = dpb__shard_begin(run->batch->n, shard + 1) - first;
  return first;
}

void dpb__shard_forward(void *job, int shard, int worker) {
  const dpb__job *run = job;
  const int layers = run->model->layer_count;
  int n;
  const int first = samples_of(run, shard, &n);
  dpb__blas_enter();
  if (run->begins) fetch_input(run, worker, first, n);
  forward(run, worker, first, n);
  if (run->to < layers) {
    const dpb__layer *layer = &run->model->layers[run->to];
    dpb__pass pass = dpb__shard_pass(run, run->to, worker, first, n);
    pass.parts += (size_t)shard * layer->part;
    layer->ops->statistics->collect(layer, &pass);
  } else {
    finish(run, shard, worker, first, n);
    if (run->grads && isfinite(run->ws->shard_loss[shard]))
      backward(run, shard, worker, first, n, layers - 1,
               dpb__statistics_below(run, layers));
  }
  dpb__blas_leave();
}

void dpb__shard_backward(void *job, int shard, int worker) {
  const dpb__job *run = job;
  int n;
  const int first = samples_of(run, shard, &n);
  dpb__blas_enter();
  backward(run, shard, worker, first, n, run->from, run->to);
  dpb__blas_leave();
}
