/* SPDX-License-Identifier: MIT
 *
 * Forward and backward. A mini-batch is cut into shards; a shard goes through all layers
 * in one worker while its numbers are in that core's cache (shard.c). Where a layer needs
 * statistics of the whole mini-batch, all shards stop in front of it, forward and
 * backward, and their parts are put together:
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

#include "base/cache.h"
#include "base/error.h"
#include "base/float_mode.h"
#include "blas/blas_enter.h"
#include "model/divergence.h"
#include "model/head.h"
#include "model/pieces.h"
#include "model/shard.h"
#include "simd/vec.h"

/* Shard gradients are summed in pieces of so many floats. */
#define SUM_FLOATS 4096

/* The sum of a piece of the shard gradients. Each is read once: this worker takes it over
 * from the one that made it, who gets it back without asking for it when it is made
 * anew. */
static void sum_shards(const dpb__job *run, int piece) {
  const size_t begin = (size_t)piece * SUM_FLOATS;
  size_t count = run->model->sharded_count - begin;
  if (count > SUM_FLOATS) count = SUM_FLOATS;
  for (int shard = 0; shard < run->shards; shard++)
    dpb__take(dpb__shard_gradients(run, shard) + begin, count);
  memcpy(run->grads + begin, dpb__shard_gradients(run, 0) + begin, count * sizeof(float));
  for (int shard = 1; shard < run->shards; shard++)
    dpb__vec_get()->add(count, dpb__shard_gradients(run, shard) + begin,
                        run->grads + begin);
}

/* Pieces of the shard gradients to sum up. */
static int sum_count(const dpb__job *run) {
  if (run->shards == 1) return 0;
  return (int)((run->model->sharded_count + SUM_FLOATS - 1) / SUM_FLOATS);
}

/* A list of tasks made of those of layers; how many of them a layer has. */
typedef int (*layer_tasks)(const dpb__layer *layer);

static int whole_tasks(const dpb__layer *layer) {
  return layer->whole_tasks;
}

static int prepare_tasks(const dpb__layer *layer) {
  return layer->prepare_tasks;
}

/* The layer that a task of the list is of; *task becomes its number there. */
static const dpb__layer *layer_of(const dpb_model *model, layer_tasks tasks, int *task) {
  const dpb__layer *layer = model->layers;
  for (; *task >= tasks(layer); layer++) *task -= tasks(layer);
  return layer;
}

/* Where a task's part of the parameters lies among all. */
static double place_of(const dpb_model *model, layer_tasks tasks, int task) {
  const dpb__layer *layer = layer_of(model, tasks, &task);
  const double share = (double)task / tasks(layer);
  return ((double)layer->params[0].offset + share * (double)layer->params[0].count) /
         (double)model->flat_count;
}

/* One task of the second round: the sum of a piece of the shard gradients, or a layer's,
 * in the order of the flat vectors. */
static void run_task(void *arg, int task, int worker) {
  const dpb__job *run = arg;
  const int sums = sum_count(run);
  if (task < sums) {
    sum_shards(run, task);
    return;
  }
  task -= sums;
  const dpb__layer *layer = layer_of(run->model, whole_tasks, &task);
  const int i = layer->index;
  dpb__workspace *ws = run->ws;
  dpb__pass pass = dpb__shard_pass(run, i, worker, 0, run->batch->n);
  pass.grads = run->grads;
  pass.dy = dpb__workspace_samples(ws, ws->deltas[i + 1], worker, 0, layer->out_count);
  dpb__blas_enter();
  layer->ops->gradient(layer, &pass, task);
  dpb__blas_leave();
}

static double place_of_task(const void *arg, int task) {
  const dpb__job *run = arg;
  const int sums = sum_count(run);
  if (task >= sums) return place_of(run->model, whole_tasks, task - sums);
  return (double)task * SUM_FLOATS / (double)run->model->flat_count;
}

static int task_count(const dpb__job *run) {
  int tasks = sum_count(run);
  for (int i = 0; i < run->model->layer_count; i++)
    tasks += run->model->layers[i].whole_tasks;
  return tasks;
}

/* What layers make of their parameters before the shards, when it serves more than one.
 */
static void run_prepare(void *arg, int task, int worker) {
  const dpb__job *run = arg;
  const dpb__layer *layer = layer_of(run->model, prepare_tasks, &task);
  const dpb__pass pass = dpb__shard_pass(run, layer->index, worker, 0, run->batch->n);
  layer->ops->prepare(layer, &pass, task);
}

static double place_of_prepare(const void *arg, int task) {
  const dpb__job *run = arg;
  return place_of(run->model, prepare_tasks, task);
}

static void prepare(dpb__job *run, dpb__pool *pool) {
  int tasks = 0;
  for (int i = 0; i < run->model->layer_count && run->shards > 1; i++)
    tasks += run->model->layers[i].prepare_tasks;
  dpb__pool_run_placed(pool, tasks, place_of_prepare, run_prepare, run);
}

/* Names the first layer whose output is not finite in a shard. Batch statistics carry a
 * NaN to all shards, so that any one of them may be later. */
static dpb_status fail_diverged(const dpb__job *run) {
  const dpb__workspace *ws = run->ws;
  int first = -1;
  float input = 0.0f;
  for (int shard = 0; shard < run->shards; shard++) {
    const int bad = ws->shard_bad[shard];
    if (bad < 0 || (first >= 0 && bad >= first)) continue;
    first = bad;
    input = ws->shard_input[shard];
  }
  return dpb__fail_diverged(run->model, *run->answer->loss, first, input);
}

/* Adds up what the shards found. */
static dpb_status collect(const dpb__job *run) {
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

  if (answer->weight) *answer->weight = run->divisor;
  *answer->loss = loss / run->divisor;
  return isfinite(*answer->loss) ? DPB_OK : fail_diverged(run);
}

/* The whole mini-batch, as layer number index sees it. */
static dpb__pass whole_pass(const dpb__job *run, int index) {
  return dpb__shard_pass(run, index, 0, 0, run->batch->n);
}

/* Statistics are put together by the calling thread, in the library's floating-point mode
 * as all tasks. */
static void combine(void *arg, int task, int worker) {
  const dpb__job *run = arg;
  const dpb__pass pass = whole_pass(run, run->to);
  const dpb__layer *layer = &run->model->layers[run->to];
  (void)task;
  (void)worker;
  layer->ops->statistics->combine(layer, &pass);
}

static void combine_back(void *arg, int task, int worker) {
  const dpb__job *run = arg;
  const dpb__layer *layer = &run->model->layers[run->from];
  dpb__pass pass = whole_pass(run, run->from);
  pass.grads = run->grads;
  (void)task;
  (void)worker;
  layer->ops->statistics->combine_back(layer, &pass);
}

static void keep(void *arg, int task, int worker) {
  const dpb__job *run = arg;
  (void)task;
  (void)worker;
  for (int i = 0; i < run->model->layer_count; i++) {
    const dpb__layer *layer = &run->model->layers[i];
    const dpb__pass pass = whole_pass(run, i);
    if (layer->ops->statistics) layer->ops->statistics->keep(layer, &pass);
  }
}

/* Forward and loss, and backward as far as no statistics are in the way. */
static void run_forward(dpb__job *run, dpb__pool *pool) {
  const dpb_model *model = run->model;
  run->begins = true;
  run->from = 0;
  run->to = dpb__statistics_at(run, 0);
  dpb__pool_run(pool, run->shards, dpb__shard_forward, run);
  while (run->to < model->layer_count) {
    dpb__pool_run(NULL, 1, combine, run);
    run->begins = false;
    run->from = run->to;
    run->to = dpb__statistics_at(run, run->to + 1);
    dpb__pool_run(pool, run->shards, dpb__shard_forward, run);
  }
}

static void clear_idle(const dpb__job *run) {
  for (int i = 0; i < run->model->layer_count; i++)
    for (int j = 0; j < run->model->layers[i].param_count; j++) {
      const dpb__param *param = &run->model->layers[i].params[j];
      if (param->idle)
        memset(run->grads + param->offset, 0, param->count * sizeof(float));
    }
}

/* The rest of it. */
static void run_backward(dpb__job *run, dpb__pool *pool) {
  const dpb_model *model = run->model;
  run->from = dpb__statistics_below(run, model->layer_count);
  while (run->from >= 0) {
    dpb__pool_run(NULL, 1, combine_back, run);
    run->to = dpb__statistics_below(run, run->from);
    dpb__pool_run(pool, run->shards, dpb__shard_backward, run);
    run->from = run->to;
  }
}

dpb_status dpb__run_inference(dpb__workspace *ws, dpb__pool *pool, const dpb_batch *batch,
                              const dpb__answer *answer) {
  dpb_status status = dpb__batch_check(ws->model, ws->max_batch, batch,
                                       answer->loss != NULL || answer->correct != NULL);
  if (status != DPB_OK) return status;
  dpb__job run = {.ws = ws, .model = ws->model, .batch = batch, .answer = answer};
  run.shards = dpb__shards(batch->n);
  const unsigned host_mode = dpb__float_enter();
  if (answer->loss) run.divisor = dpb__head_divisor(ws->model, batch);
  dpb__blas_enter();
  run_forward(&run, pool);
  dpb__blas_leave();
  status = collect(&run);
  dpb__float_leave(host_mode);
  return status;
}

static dpb_status run_gradient(dpb_model *model, const dpb_batch *batch, double *loss) {
  const dpb__answer answer = {.loss = loss};
  dpb__job run = {.ws = model->workspace,
                  .model = model,
                  .grads = model->grads,
                  .batch = batch,
                  .answer = &answer,
                  .divisor = dpb__head_divisor(model, batch),
                  .streams = dpb__model_step_stream(model, model->step)};
  run.shards = dpb__shards(batch->n);
  dpb__blas_enter();
  prepare(&run, model->pool);
  run_forward(&run, model->pool);
  dpb_status status = collect(&run);
  if (status == DPB_OK) {
    run_backward(&run, model->pool);
    dpb__pool_run_placed(model->pool, task_count(&run), place_of_task, run_task, &run);
    if (model->state_count > 0) dpb__pool_run(NULL, 1, keep, &run);
    clear_idle(&run);
  }
  dpb__blas_leave();
  if (status == DPB_OK && model->config.weight_decay > 0.0f)
    dpb__pieces_decay(model, loss);
  model->step++;
  return status;
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

  const unsigned host_mode = dpb__float_enter();
  status = run_gradient(model, batch, loss);
  dpb__float_leave(host_mode);
  return status;
}
