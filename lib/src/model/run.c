/* SPDX-License-Identifier: MIT
 *
 * Forward and backward. A mini-batch is cut into shards; a shard goes through all layers
 * in one worker while its numbers are in that core's cache:
 *
 *     1. every shard:   forward, loss, backward
 *     2. every task:    weight gradients that are one product over the whole mini-batch,
 *                       and the sums of those that were made per shard, in shard order
 *
 * Shards and tasks are the same for any number of workers.
 */
#include "model/run.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "math/gemm.h"
#include "math/vec.h"

/* Shard gradients are summed in pieces of so many floats. */
#define SUM_FLOATS 16384

/* One run over one mini-batch. */
typedef struct job {
  dpb__workspace *ws;
  const dpb_model *model;
  float *grads; /* where gradients go; NULL: forward only */
  const dpb_batch *batch;
  const dpb__answer *answer;
  dpb_rng streams; /* of this step; each layer splits its own off */
  int shards;
} job;

/* Input of the shard: the caller's own array where it will do, else gathered and scaled.
 */
static const float *shard_input(const job *run, int worker, int first, int n) {
  const dpb_batch *batch = run->batch;
  const size_t sample = run->model->layers[0].in_count;
  if (batch->features && !batch->rows) return batch->features + (size_t)first * sample;

  float *input =
      dpb__workspace_samples(run->ws, run->ws->activations[0], worker, first, sample);
  for (int i = 0; i < n; i++) {
    const size_t row = batch->rows ? batch->rows[first + i] : (size_t)(first + i);
    if (batch->features) {
      memcpy(input + (size_t)i * sample, batch->features + row * sample,
             sample * sizeof *input);
    } else {
      dpb__vec_get()->from_bytes(sample, batch->pixels + row * sample, batch->scale,
                                 input + (size_t)i * sample);
    }
  }
  return input;
}

static dpb__pass pass_of(const job *run, int layer, int worker, int first, int n,
                         const float *input) {
  const dpb_model *model = run->model;
  const dpb__layer *at = &model->layers[layer];
  dpb__workspace *ws = run->ws;
  dpb__pass pass = {
      .n = n, .first = first, .train = run->grads != NULL, .params = model->params};
  pass.x = layer == 0 ? input
                      : dpb__workspace_samples(ws, ws->activations[layer], worker, first,
                                               at->in_count);
  pass.y = dpb__workspace_samples(ws, ws->activations[layer + 1], worker, first,
                                  at->out_count);
  pass.scratch = dpb__workspace_worker(ws, ws->scratch, worker);
  if (ws->train) pass.cache = dpb__workspace_worker(ws, ws->caches[layer], worker);
  return pass;
}

static void forward(const job *run, int worker, int first, int n, const float *input) {
  for (int i = 0; i < run->model->layer_count; i++) {
    const dpb__layer *layer = &run->model->layers[i];
    dpb__pass pass = pass_of(run, i, worker, first, n, input);
    const dpb_rng rng = dpb_rng_split(&run->streams, (uint64_t)i);
    pass.rng = &rng;
    if (!layer->in_place) layer->ops->forward(layer, &pass);
  }
}

/* Layer i works in place, and the layer behind it has taken its gradient. */
static bool is_taken_behind(const dpb_model *model, int i) {
  return i + 1 < model->layer_count && model->layers[i + 1].relu_in_front;
}

static void backward(const job *run, int worker, int first, int n, const float *input,
                     float *grads) {
  dpb__workspace *ws = run->ws;
  for (int i = run->model->layer_count - 1; i >= 0; i--) {
    const dpb__layer *layer = &run->model->layers[i];
    dpb__pass pass = pass_of(run, i, worker, first, n, input);
    const dpb_rng rng = dpb_rng_split(&run->streams, (uint64_t)i);
    pass.rng = &rng;
    pass.grads = grads;
    pass.dy =
        dpb__workspace_samples(ws, ws->deltas[i + 1], worker, first, layer->out_count);
    if (i > 0)
      pass.dx = dpb__workspace_samples(ws, ws->deltas[i], worker, first, layer->in_count);
    if (!is_taken_behind(run->model, i)) layer->ops->backward(layer, &pass);
  }
}

/* The first layer whose output is not finite; called when the shard's loss is not. */
static int find_bad(const job *run, int worker, int first, int n) {
  const dpb__workspace *ws = run->ws;
  if (!ws->train) return -1; /* activations took turns: most are gone */
  for (int i = 0; i < run->model->layer_count; i++) {
    const size_t sample = run->model->layers[i].out_count;
    const float *y =
        dpb__workspace_samples(ws, ws->activations[i + 1], worker, first, sample);
    if (!dpb__vec_get()->all_finite(sample * (size_t)n, y)) return i;
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
    const int label = truth->labels
                          ? (int)dpb__truth_label(truth, i)
                          : largest(classes, dpb__truth_target(truth, i, classes));
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
static void finish(const job *run, int shard, int worker, int first, int n) {
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
    const float scale = 1.0f / (float)run->batch->n;
    ws->shard_loss[shard] = model->head->loss(n, classes, z, &truth, scale, dz);
    ws->shard_bad[shard] =
        isfinite(ws->shard_loss[shard]) ? -1 : find_bad(run, worker, first, n);
  }
  if (answer->outputs)
    model->head->outputs(n, classes, z,
                         answer->outputs + (size_t)first * (size_t)classes);
}

/* Gradients of layers without whole_tasks: the model's own array when there is one shard.
 */
static float *shard_gradients(const job *run, int shard) {
  if (run->shards == 1) return run->grads;
  float *all = dpb__arena_at(&run->ws->arena, run->ws->shard_gradients);
  return all + (size_t)shard * run->model->sharded_count;
}

static void run_shard(void *arg, int shard, int worker) {
  const job *run = arg;
  const int first = dpb__shard_begin(run->batch->n, shard);
  const int n = dpb__shard_begin(run->batch->n, shard + 1) - first;
  dpb__blas_enter();
  const float *input = shard_input(run, worker, first, n);
  forward(run, worker, first, n, input);
  finish(run, shard, worker, first, n);
  if (run->grads && isfinite(run->ws->shard_loss[shard]))
    backward(run, worker, first, n, input, shard_gradients(run, shard));
  dpb__blas_leave();
}

/* One task of the second round: a layer's, or the sum of a piece of the shard gradients.
 */
static void run_task(void *arg, int task, int worker) {
  const job *run = arg;
  const dpb_model *model = run->model;
  for (int i = 0; i < model->layer_count; i++) {
    const dpb__layer *layer = &model->layers[i];
    if (task >= layer->whole_tasks) {
      task -= layer->whole_tasks;
      continue;
    }
    dpb__workspace *ws = run->ws;
    const bool own = run->batch->features && !run->batch->rows;
    dpb__pass pass = pass_of(
        run, i, worker, 0, run->batch->n,
        own ? run->batch->features
            : dpb__workspace_samples(ws, ws->activations[0], worker, 0, layer->in_count));
    pass.grads = run->grads;
    pass.dy = dpb__workspace_samples(ws, ws->deltas[i + 1], worker, 0, layer->out_count);
    dpb__blas_enter();
    layer->ops->gradient(layer, &pass, task);
    dpb__blas_leave();
    return;
  }

  const size_t begin = (size_t)task * SUM_FLOATS;
  size_t count = model->sharded_count - begin;
  if (count > SUM_FLOATS) count = SUM_FLOATS;
  memcpy(run->grads + begin, shard_gradients(run, 0) + begin, count * sizeof(float));
  for (int shard = 1; shard < run->shards; shard++)
    dpb__vec_get()->add(count, shard_gradients(run, shard) + begin, run->grads + begin);
}

static int task_count(const job *run) {
  int tasks = 0;
  for (int i = 0; i < run->model->layer_count; i++)
    tasks += run->model->layers[i].whole_tasks;
  if (run->shards > 1)
    tasks += (int)((run->model->sharded_count + SUM_FLOATS - 1) / SUM_FLOATS);
  return tasks;
}

/* printf gives some NaNs a sign, which nobody needs. */
static const char *loss_text(double loss) {
  return isnan(loss) ? "nan" : "infinite";
}

/* Adds up what the shards found. */
static dpb_status collect(const job *run) {
  const dpb__workspace *ws = run->ws;
  const dpb__answer *answer = run->answer;
  double loss = 0.0;
  int correct = 0;
  for (int shard = 0; shard < run->shards; shard++) {
    if (answer->loss) loss += ws->shard_loss[shard];
    if (answer->correct) correct += ws->shard_correct[shard];
  }
  if (answer->correct) *answer->correct = correct;
  if (!answer->loss) return DPB_OK;

  *answer->loss = loss / run->batch->n;
  if (isfinite(*answer->loss)) return DPB_OK;
  for (int shard = 0; shard < run->shards; shard++) {
    const int bad = ws->shard_bad[shard];
    if (!isfinite(ws->shard_loss[shard]) && bad >= 0)
      return dpb__fail(
          DPB_ERR_DIVERGED, "the loss is %s: the output of layer %d %s is not finite",
          loss_text(*answer->loss), bad + 1, run->model->layers[bad].ops->name);
  }
  return dpb__fail(DPB_ERR_DIVERGED, "the loss is %s", loss_text(*answer->loss));
}

dpb_status dpb__run_inference(dpb__workspace *ws, dpb__pool *pool, const dpb_batch *batch,
                              const dpb__answer *answer) {
  dpb_status status = dpb__batch_check(ws->model, ws->max_batch, batch,
                                       answer->loss != NULL || answer->correct != NULL);
  if (status != DPB_OK) return status;
  job run = {.ws = ws, .model = ws->model, .batch = batch, .answer = answer};
  run.shards = dpb__shards(batch->n);
  dpb__blas_enter();
  dpb__pool_run(pool, run.shards, run_shard, &run);
  dpb__blas_leave();
  return collect(&run);
}

dpb_status dpb_model_gradient(dpb_model *model, const dpb_batch *batch, double *loss) {
  dpb_status status = dpb__model_ready(model, "dpb_model_gradient");
  if (status != DPB_OK) return status;
  if (!loss) return dpb__fail(DPB_ERR_ARG, "dpb_model_gradient: loss is NULL");
  if (!model->grads)
    return dpb__fail(DPB_ERR_STATE,
                     "dpb_model_gradient: the model was built for inference");
  status = dpb__batch_check(model, model->config.max_batch, batch, true);
  if (status != DPB_OK) return status;

  const dpb__answer answer = {.loss = loss};
  job run = {.ws = model->workspace,
             .model = model,
             .grads = model->grads,
             .batch = batch,
             .answer = &answer,
             .streams = dpb__model_step_stream(model, model->step)};
  run.shards = dpb__shards(batch->n);
  dpb__blas_enter();
  dpb__pool_run(model->pool, run.shards, run_shard, &run);
  status = collect(&run);
  if (status == DPB_OK) dpb__pool_run(model->pool, task_count(&run), run_task, &run);
  dpb__blas_leave();
  model->step++;
  return status;
}
