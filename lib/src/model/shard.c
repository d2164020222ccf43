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
#include "model/stages.h"
#include "simd/vec.h"

int dpb__meeting_at(const dpb__job *run, int index) {
  while (index < run->model->layer_count &&
         !dpb__is_meeting(run->model, index, run->grads != NULL))
    index++;
  return index;
}

int dpb__meeting_below(const dpb__job *run, int index) {
  do index--;
  while (index >= 0 && !dpb__is_meeting(run->model, index, run->grads != NULL));
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
static void fetch_input(const dpb__job *run, dpb__span shard) {
  const dpb_batch *batch = run->batch;
  const size_t sample = run->model->layers[0].in_count;
  if (is_own(batch)) return;
  float *input = dpb__workspace_samples(run->ws, run->ws->activations[0], shard, sample);
  for (int i = 0; i < shard.n; i++) {
    const int at = shard.first + i;
    if (batch->rows && batch->pixels && i + 1 < shard.n) /* which nothing else foresees */
      dpb__fetch_bytes(batch->pixels + batch->rows[at + 1] * sample, sample);
    const size_t row = batch->rows ? batch->rows[at] : (size_t)at;
    dpb__fetch_sample(batch, row, sample, input + (size_t)i * sample);
  }
}

dpb__pass dpb__pass_forward(const dpb__job *run, int i, dpb__span span) {
  const dpb_model *model = run->model;
  const dpb__layer *layer = &model->layers[i];
  dpb__workspace *ws = run->ws;
  dpb__pass pass = {.n = span.n,
                    .first = span.first,
                    .train = run->grads != NULL,
                    .params = model->params,
                    .state = model->state,
                    .add = span.at > 0,
                    .epilogue = dpb__role_of(model, i)->epilogue};
  pass.borrowed = i == 0 && is_own(run->batch);
  pass.x = pass.borrowed
               ? run->batch->features + (size_t)span.first * layer->in_count
               : dpb__workspace_samples(ws, ws->activations[i], span, layer->in_count);
  pass.y = dpb__workspace_samples(ws, ws->activations[i + 1], span, layer->out_count);
  pass.scratch = dpb__workspace_worker(ws, ws->scratch, span.worker);
  if (!ws->train) return pass;
  pass.cache = dpb__workspace_cache(ws, i, span);
  pass.whole = dpb__arena_at(&ws->arena, ws->wholes[i]);
  pass.parts = dpb__arena_at(&ws->arena, ws->parts);
  pass.shards = run->shards;
  return pass;
}

dpb__pass dpb__pass_backward(const dpb__job *run, int i, dpb__span span) {
  const dpb__layer *layer = &run->model->layers[i];
  const dpb__workspace *ws = run->ws;
  dpb__pass pass = dpb__pass_forward(run, i, span);
  if (i > 0) pass.dx = dpb__workspace_samples(ws, ws->deltas[i], span, layer->in_count);
  pass.dy = dpb__workspace_samples(ws, ws->deltas[i + 1], span, layer->out_count);
  return pass;
}

/* The first samples of a shard that go through a stage together, and the next ones; none
 * are left when n is 0. */
static dpb__span begin_stage(const dpb__stage *stage, dpb__span shard) {
  if (stage->samples > 0 && stage->samples < shard.n) shard.n = stage->samples;
  return shard;
}

static dpb__span next_samples(const dpb__stage *stage, dpb__span shard, dpb__span span) {
  span.first += span.n;
  span.at += span.n;
  span.n = shard.n - span.at;
  return begin_stage(stage, span);
}

static void forward_layer(const dpb__job *run, int i, dpb__span span) {
  if (dpb__role_of(run->model, i)->in_place) return;
  const dpb__layer *layer = &run->model->layers[i];
  const dpb_rng rng = dpb_rng_split(&run->streams, (uint64_t)i);
  dpb__pass pass = dpb__pass_forward(run, i, span);
  pass.rng = &rng;
  layer->ops->forward(layer, &pass);
}

/* Layers from .. to - 1. */
static void forward(const dpb__job *run, dpb__span shard) {
  for (int i = run->from; i < run->to;) {
    const dpb__stage *stage = dpb__stage_of(run->model, i);
    for (dpb__span span = begin_stage(stage, shard); span.n > 0;
         span = next_samples(stage, shard, span))
      for (i = stage->first; i <= stage->last; i++) forward_layer(run, i, span);
  }
}

static void backward_layer(const dpb__job *run, int i, int shard, dpb__span span) {
  if (dpb__role_of(run->model, i)->idle) return;
  const dpb__layer *layer = &run->model->layers[i];
  const dpb_rng rng = dpb_rng_split(&run->streams, (uint64_t)i);
  dpb__pass pass = dpb__pass_backward(run, i, span);
  pass.rng = &rng;
  pass.grads = dpb__shard_gradients(run, shard);
  layer->ops->backward(layer, &pass);
}

/* Layers from .. down to to + 1; then layer number to collects, if it has statistics. */
static void backward(const dpb__job *run, int shard, dpb__span all, int from, int to) {
  for (int i = from; i > to;) {
    const dpb__stage *stage = dpb__stage_of(run->model, i);
    for (dpb__span span = begin_stage(stage, all); span.n > 0;
         span = next_samples(stage, all, span))
      for (i = stage->last; i >= stage->first; i--) backward_layer(run, i, shard, span);
  }
  if (to < 0) return;
  const dpb__layer *layer = &run->model->layers[to];
  if (!layer->ops->statistics) return;
  dpb__pass pass = dpb__pass_backward(run, to, all);
  pass.parts += (size_t)shard * layer->part;
  layer->ops->statistics->collect_back(layer, &pass);
}

/* The first layer whose output is not finite, and the largest number that went into it;
 * called when the shard's loss is not. */
static int find_bad(const dpb__job *run, dpb__span shard, float *input) {
  const dpb__workspace *ws = run->ws;
  *input = NAN;
  if (!ws->train) return -1; /* activations took turns: most are gone */
  int known = 0;             /* the first layer whose output may not be finite */
  for (int i = 0; i < run->model->layer_count; i++) {
    const size_t count = run->model->layers[i].out_count * (size_t)shard.n;
    if (!dpb__is_finished(run->model, i + 1) || ws->activations[i + 1].few)
      continue; /* not there; the pooling behind shows it */
    const dpb__pass pass = dpb__pass_forward(run, i, shard);
    if (dpb__vec_get()->all_finite(count, pass.y)) {
      known = i + 1;
      continue;
    }
    *input = dpb__largest_magnitude(run->model->layers[known].in_count * (size_t)shard.n,
                                    dpb__pass_forward(run, known, shard).x);
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
static void finish(const dpb__job *run, int shard, dpb__span span) {
  const dpb_model *model = run->model;
  dpb__workspace *ws = run->ws;
  const int last = model->layer_count;
  const int classes = (int)model->layers[last - 1].out_count;
  const float *z =
      dpb__workspace_samples(ws, ws->activations[last], span, (size_t)classes);
  const dpb__answer *answer = run->answer;
  const dpb__truth truth = truth_of(run->batch, span.first, classes);

  if (answer->correct)
    ws->shard_correct[shard] = count_correct(span.n, classes, z, &truth);
  if (answer->classes)
    for (int i = 0; i < span.n; i++)
      answer->classes[span.first + i] = largest(classes, z + (size_t)i * (size_t)classes);
  if (answer->loss) {
    float *dz = run->grads
                    ? dpb__workspace_samples(ws, ws->deltas[last], span, (size_t)classes)
                    : NULL;
    const float scale = (float)(1.0 / run->divisor);
    ws->shard_loss[shard] =
        model->head->loss(&model->head_config, span.n, classes, z, &truth, scale, dz);
    ws->shard_bad[shard] = -1;
    if (!isfinite(ws->shard_loss[shard]))
      ws->shard_bad[shard] = find_bad(run, span, &ws->shard_input[shard]);
  }
  if (answer->outputs)
    model->head->outputs(span.n, classes, z,
                         answer->outputs + (size_t)span.first * (size_t)classes);
}

float *dpb__shard_gradients(const dpb__job *run, int shard) {
  if (run->shards == 1) return run->grads;
  float *all = dpb__arena_at(&run->ws->arena, run->ws->shard_gradients);
  return all + (size_t)shard * run->model->sharded_count;
}

/* All samples of a shard. */
static dpb__span span_of(const dpb__job *run, int shard, int worker) {
  const int first = dpb__shard_begin(run->batch->n, shard);
  return (dpb__span){.worker = worker,
                     .first = first,
                     .n = dpb__shard_begin(run->batch->n, shard + 1) - first};
}

static void collect(const dpb__job *run, int shard, dpb__span span) {
  const dpb__layer *layer = &run->model->layers[run->to];
  if (!layer->ops->statistics) return;
  dpb__pass pass = dpb__pass_forward(run, run->to, span);
  pass.parts += (size_t)shard * layer->part;
  layer->ops->statistics->collect(layer, &pass);
}

void dpb__shard_forward(void *job, int shard, int worker) {
  const dpb__job *run = job;
  const int layers = run->model->layer_count;
  const dpb__span span = span_of(run, shard, worker);
  dpb__blas_enter();
  if (run->begins) fetch_input(run, span);
  forward(run, span);
  if (run->to < layers) {
    collect(run, shard, span);
  } else {
    finish(run, shard, span);
    if (run->grads && isfinite(run->ws->shard_loss[shard]))
      backward(run, shard, span, layers - 1, dpb__meeting_below(run, layers));
  }
  dpb__blas_leave();
}

void dpb__shard_backward(void *job, int shard, int worker) {
  const dpb__job *run = job;
  dpb__blas_enter();
  backward(run, shard, span_of(run, shard, worker), run->from, run->to);
  dpb__blas_leave();
}
