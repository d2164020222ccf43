/* SPDX-License-Identifier: MIT
 *
 * A whole model in double precision and plain loops.
 */
#include "model/reference_run.h"

#include <math.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "reference/reference.h"

struct dpb__reference_run {
  const dpb_model *model;
  int n;
  const dpb__truth *truth;
  double *params;
  double *turns[2]; /* outputs of the layers take turns, in a run from the middle */
  double *x;        /* what goes into layer 0; the next layer's follows at once */
  dpb__arena arena;
};

static dpb_status find_references(const dpb_model *model) {
  for (int i = 0; i < model->layer_count; i++) {
    const char *name = model->layers[i].ops->name;
    if (!dpb__reference_find(name))
      return dpb__fail(DPB_ERR_UNSUPPORTED, "layer %d %s: it has no reference", i + 1,
                       name);
  }
  return DPB_OK;
}

/* Reserves count doubles for each of n samples. */
static size_t reserve_samples(dpb__arena_plan *plan, size_t n, size_t count) {
  size_t numbers = 0, bytes = 0;
  if (!dpb__size_mul(n, count, &numbers) ||
      !dpb__size_mul(numbers, sizeof(double), &bytes))
    plan->failed = true;
  return dpb__arena_reserve(plan, bytes);
}

/* Numbers of one sample at the input and behind each layer: all of them, and the most. */
static bool count_numbers(const dpb_model *model, size_t *all, size_t *most) {
  *all = *most = model->layers[0].in_count;
  for (int i = 0; i < model->layer_count; i++) {
    const size_t count = model->layers[i].out_count;
    if (!dpb__size_add(*all, count, all)) return false;
    if (count > *most) *most = count;
  }
  return true;
}

static dpb_status allocate(dpb__reference_run *run) {
  const dpb_model *model = run->model;
  size_t all = 0, most = 0;
  dpb__arena_plan plan = {.failed = !count_numbers(model, &all, &most)};
  const size_t params = reserve_samples(&plan, 1, model->flat_count);
  const size_t turn0 = reserve_samples(&plan, (size_t)run->n, most);
  const size_t turn1 = reserve_samples(&plan, (size_t)run->n, most);
  const size_t x = reserve_samples(&plan, (size_t)run->n, all);
  dpb_status status = dpb__arena_allocate(&plan, "reference run", &run->arena);
  if (status != DPB_OK) return status;
  run->params = dpb__arena_at(&run->arena, params);
  run->turns[0] = dpb__arena_at(&run->arena, turn0);
  run->turns[1] = dpb__arena_at(&run->arena, turn1);
  run->x = dpb__arena_at(&run->arena, x);
  return DPB_OK;
}

dpb_status dpb__reference_run_create(const dpb_model *model, int n,
                                     dpb__reference_run **run) {
  *run = NULL;
  dpb_status status = find_references(model);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  status = dpb__allocate(1, sizeof(dpb__reference_run), "reference run", &memory);
  if (status != DPB_OK) return status;
  dpb__reference_run *made = memory;
  made->model = model;
  made->n = n;
  status = allocate(made);
  if (status != DPB_OK) {
    dpb__reference_run_destroy(made);
    return status;
  }
  for (size_t i = 0; i < model->flat_count; i++)
    made->params[i] = (double)model->params[i];
  *run = made;
  return DPB_OK;
}

void dpb__reference_run_destroy(dpb__reference_run *run) {
  if (!run) return;
  dpb__arena_free(&run->arena);
  dpb__release(run);
}

double *dpb__reference_run_params(dpb__reference_run *run) {
  return run->params;
}

/* What goes into layer number index; behind the last: what comes out. */
static double *kept(const dpb__reference_run *run, int index) {
  double *x = run->x;
  for (int i = 0; i < index; i++) x += (size_t)run->n * run->model->layers[i].in_count;
  return x;
}

const double *dpb__reference_run_output(const dpb__reference_run *run) {
  return kept(run, run->model->layer_count);
}

static void run_layer(const dpb__reference_run *run, int index, const double *x,
                      double *y, uint64_t *branches, double *kink_distance) {
  const dpb__layer *layer = &run->model->layers[index];
  const dpb_rng rng = dpb__model_stream(run->model, index, run->model->step);
  const dpb__reference_pass pass = {.n = run->n,
                                    .train = 1,
                                    .params = run->params,
                                    .x = x,
                                    .y = y,
                                    .rng = &rng,
                                    .branches = branches,
                                    .kink_distance = kink_distance};
  dpb__reference_find(layer->ops->name)(layer, &pass);
}

double dpb__reference_run_start(dpb__reference_run *run, const float *features,
                                const dpb__truth *truth) {
  run->truth = truth;
  const size_t count = (size_t)run->n * run->model->layers[0].in_count;
  for (size_t i = 0; i < count; i++) run->x[i] = (double)features[i];
  double distance = HUGE_VAL;
  uint64_t branches = 0;
  for (int i = 0; i < run->model->layer_count; i++)
    run_layer(run, i, kept(run, i), kept(run, i + 1), &branches, &distance);
  return distance;
}

/* lambda / 2 times the sum of the squares of all weights. */
static double penalty(const dpb__reference_run *run) {
  const dpb_model *model = run->model;
  double sum = 0.0;
  if (model->config.weight_decay == 0.0f) return 0.0;
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++) {
      const dpb__param *param = &model->layers[i].params[j];
      const double *w = run->params + param->offset;
      for (size_t at = 0; param->weight && at < param->count; at++) sum += w[at] * w[at];
    }
  return 0.5 * (double)model->config.weight_decay * sum;
}

double dpb__reference_run_loss(dpb__reference_run *run, int first, uint64_t *branches) {
  const dpb_model *model = run->model;
  const double *x = kept(run, first);
  double distance = HUGE_VAL;
  *branches = 0;
  for (int i = first; i < model->layer_count; i++) {
    double *y = run->turns[i % 2];
    run_layer(run, i, x, y, branches, &distance);
    x = y;
  }
  const int classes = (int)model->layers[model->layer_count - 1].out_count;
  const double loss = dpb__reference_loss(model->head->name, &model->head_config, run->n,
                                          classes, x, run->truth);
  return loss + penalty(run);
}
