/* SPDX-License-Identifier: MIT
 *
 * Time per layer. Whole steps are made first, so that everything a layer works on is
 * there; then each layer's functions are called again and again on the arrays of a shard,
 * and what they take is reckoned for the mini-batch. In a step a layer finds its input in
 * the cache or not; here, where it comes again and again, it does: the sum of the layers
 * is a little less than the step.
 */
#include "train_step.h"

#include "blas/blas_enter.h"
#include "model/model.h"
#include "model/shard.h"
#include "model/stages.h"
#include "model/workspace.h"

typedef struct place {
  dpb__job job;
  const dpb__layer *layer;
  dpb__pass shard; /* the last of the mini-batch, whose arrays worker 0 still has */
  dpb__pass whole;
} place;

typedef struct updater {
  dpb_model *model;
  dpb_optimizer *optimizer;
  const dpb_batch *batch;
} updater;

void train_step_layer_columns(void) {
  static const bench_column columns[] = {
      {"net", "network", 18, BENCH_TEXT},   {"layer", "layer", 24, BENCH_TEXT},
      {"forward_ms", "forward ms", 10, 4},  {"backward_ms", "backward ms", 11, 4},
      {"share_percent", "% of step", 9, 1}, {"forward_gflops", "GFLOP/s", 8, 1},
      {"backward_gflops", "GFLOP/s", 8, 1}};
  bench_columns(columns, sizeof columns / sizeof *columns);
}

static void run_forward(void *user) {
  const place *p = user;
  p->layer->ops->forward(p->layer, &p->shard);
}

static void run_backward(void *user) {
  const place *p = user;
  p->layer->ops->backward(p->layer, &p->shard);
}

static void run_forward_tasks(void *user) {
  const place *p = user;
  for (int task = 0; task < p->layer->forward_tasks; task++)
    p->layer->ops->forward_task(p->layer, &p->whole, task);
}

static void run_backward_tasks(void *user) {
  const place *p = user;
  for (int task = 0; task < p->layer->backward_tasks; task++)
    p->layer->ops->backward_task(p->layer, &p->whole, task);
}

/* What is made once for the whole mini-batch. */
static void run_whole(void *user) {
  const place *p = user;
  for (int task = 0; task < p->layer->prepare_tasks && p->job.shards > 1; task++)
    p->layer->ops->prepare(p->layer, &p->whole, task);
  for (int task = 0; task < p->layer->gradient_tasks; task++)
    p->layer->ops->gradient(p->layer, &p->whole, task);
}

static place place_of(dpb_model *model, const dpb_batch *batch, int index) {
  dpb__workspace *ws = model->workspace;
  const dpb__layer *layer = &model->layers[index];
  place p = {.layer = layer};
  p.job = (dpb__job){.ws = ws,
                     .model = model,
                     .grads = model->grads,
                     .batch = batch,
                     .shards = dpb__shards(batch->n)};
  const int first = dpb__shard_begin(batch->n, p.job.shards - 1);
  const int shard = batch->n - first;
  const int few = dpb__stage_of(model, index)->samples;
  const dpb__span span = {.first = first, .n = few > 0 && few < shard ? few : shard};
  p.shard = dpb__pass_backward(&p.job, index, span);
  p.whole = dpb__pass_backward(&p.job, index, dpb__span_all(&p.job, 0));
  p.shard.grads = dpb__shard_gradients(&p.job, p.job.shards - 1);
  p.whole.grads = model->grads;
  return p;
}

static double seconds_of(void (*work)(void *), place *p, double min_time) {
  dpb__blas_enter();
  const double median = bench_run(work, p, min_time).median;
  dpb__blas_leave();
  return median;
}

static double multiply_adds(const dpb_layer_info *info, dpb_gemm_size size) {
  return (double)info->groups * size.m * size.n * size.k;
}

static void whole_step(void *user) {
  updater *u = user;
  double loss;
  if (dpb_train_step(u->model, u->optimizer, u->batch, &loss) != DPB_OK)
    bench_fail("step");
}

static void update(void *user) {
  updater *u = user;
  if (dpb_optimizer_step(u->optimizer, u->model->flat_count, u->model->params,
                         u->model->grads) != DPB_OK)
    bench_fail("update");
}

static void print_row(const char *net, const char *layer, double forward, double backward,
                      double step, const dpb_layer_info *info) {
  const double none = 0.0 / 0.0;
  const double there = info ? multiply_adds(info, info->forward) : 0.0;
  const double back = info ? multiply_adds(info, info->data_gradient) +
                                 multiply_adds(info, info->weight_gradient)
                           : 0.0;
  bench_row((bench_value[]){
      {.text = net},
      {.text = layer},
      {.number = forward > 0 ? forward * 1e3 : none},
      {.number = backward > 0 ? backward * 1e3 : none},
      {.number = 100.0 * (forward + backward) / step},
      {.number = there > 0 ? 2e-9 * there / forward : none},
      {.number = back > 0 ? 2e-9 * back / backward : none},
  });
}

static void measure_layer(const bench_options *options, const char *net, dpb_model *model,
                          const dpb_batch *batch, int index, double step) {
  place p = place_of(model, batch, index);
  const dpb__layer *layer = p.layer;
  const dpb_rng rng = dpb__model_stream(model, index, model->step);
  p.shard.rng = &rng;
  const double shards = (double)batch->n / p.shard.n;
  double forward = 0.0, backward = 0.0;
  const dpb__role *role = dpb__role_of(model, index);
  if (dpb__is_wide(model, index)) {
    forward = seconds_of(run_forward_tasks, &p, options->min_time);
    backward = seconds_of(run_backward_tasks, &p, options->min_time);
  } else {
    if (!role->in_place)
      forward = shards * seconds_of(run_forward, &p, options->min_time);
    if (!role->idle && layer->ops->backward)
      backward = shards * seconds_of(run_backward, &p, options->min_time);
  }
  if (layer->gradient_tasks > 0) backward += seconds_of(run_whole, &p, options->min_time);
  dpb_layer_info info;
  if (dpb_model_layer(model, index, batch->n, &info) != DPB_OK) bench_fail(net);
  print_row(net, info.text, forward, backward, step, &info);
}

void train_step_layers(const bench_options *options, const char *net,
                       const dpb_batch *batch) {
  dpb_model *model = bench_model(net, STEP_BATCH, 1);
  updater u = {.model = model, .batch = batch};
  size_t count;
  if (dpb_model_flat(model, NULL, NULL, &count) != DPB_OK ||
      dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_ADAM}, count,
                           &u.optimizer) != DPB_OK)
    bench_fail(net);
  const double step = bench_run(whole_step, &u, options->min_time).median;
  for (int i = 0; i < model->layer_count; i++)
    measure_layer(options, net, model, batch, i, step);
  const double updating = bench_run(update, &u, options->min_time).median;
  print_row(net, "(update)", 0.0, updating, step, NULL);
  print_row(net, "(whole step)", 0.0, step, step, NULL);
  dpb_optimizer_destroy(u.optimizer);
  dpb_model_destroy(model);
}
