/* SPDX-License-Identifier: MIT
 *
 * Gradient check of a model (section 5.7.3): draws inputs, runs backprop once, and has
 * each tensor checked against the reference.
 */
#include <deepblas/gradcheck.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "model/gradcheck_tensor.h"

#define LEAST_BATCH 4

/* When any element of the float32 pass may be on the other side of a kink than the
 * reference (rounding, relative), other inputs are drawn, so many times at the most. */
#define CLEAR_OF_KINKS 2e-6
#define MOST_DRAWS     50

/* Inputs and what they are compared with. */
typedef struct sample_set {
  float *features;
  float *targets;
  int32_t *labels;
  float *state; /* the model's, while a step changes it */
} sample_set;

static int classes_of(const dpb_model *model) {
  return (int)model->layers[model->layer_count - 1].out_count;
}

static size_t largest_tensor(const dpb_model *model) {
  size_t largest = 0;
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++)
      if (model->layers[i].params[j].count > largest)
        largest = model->layers[i].params[j].count;
  return largest;
}

/* More than half of one class, the others of any. Were the classes balanced, the terms of
 * the last bias's gradient would cancel, and leave little but rounding. */
static void draw_labels(size_t n, uint32_t classes, dpb_rng *rng, int32_t *labels) {
  const int32_t most = (int32_t)dpb_rng_below(rng, classes);
  for (size_t i = 0; i < n; i++)
    labels[i] = i <= n / 2 ? most : (int32_t)dpb_rng_below(rng, classes);
}

static void draw(const dpb_model *model, const dpb_gradcheck_config *config,
                 uint64_t number, const sample_set *set) {
  const dpb_rng seed = dpb_rng_seed(config->seed);
  dpb_rng rng = dpb_rng_split(&seed, number);
  const size_t n = (size_t)config->batch;
  const size_t classes = (size_t)classes_of(model);
  for (size_t i = 0; i < n * model->layers[0].in_count; i++)
    set->features[i] = 2.0f * dpb_rng_uniform(&rng) - 1.0f;
  for (size_t i = 0; i < n * classes; i++) set->targets[i] = dpb_rng_normal(&rng);
  draw_labels(n, (uint32_t)classes, &rng, set->labels);
}

/* Draws until no element is near a kink; else takes the draw that was farthest. */
static void start(const dpb_model *model, const dpb__checker *check,
                  const sample_set *set, const dpb__truth *truth) {
  double best_distance = -1.0;
  uint64_t best = 0;
  for (uint64_t number = 0; number < MOST_DRAWS; number++) {
    draw(model, &check->config, number, set);
    const double distance =
        dpb__reference_run_start(check->reference, set->features, truth);
    if (distance > CLEAR_OF_KINKS) return;
    if (distance <= best_distance) continue;
    best_distance = distance;
    best = number;
  }
  draw(model, &check->config, best, set);
  dpb__reference_run_start(check->reference, set->features, truth);
}

/* Backprop on what was drawn; *finite is false when it diverged. The step, by which
 * random masks are drawn, is put back: the reference takes the same; so is the state. */
static dpb_status run_backprop(dpb_model *model, int n, const sample_set *set,
                               const dpb__truth *truth, bool *finite) {
  const dpb_batch batch = {.n = n,
                           .features = set->features,
                           .labels = truth->labels,
                           .targets = truth->targets};
  const uint64_t step = model->step;
  double loss = 0.0;
  const size_t bytes = model->state_count * sizeof *model->state;
  memcpy(set->state, model->state, bytes);
  dpb_status status = dpb_model_gradient(model, &batch, &loss);
  memcpy(model->state, set->state, bytes);
  model->step = step;
  *finite = status != DPB_ERR_DIVERGED;
  return *finite ? status : DPB_OK;
}

static bool is_normalised(const dpb_model *model, int layer) {
  for (int i = layer + 1; i < model->layer_count; i++)
    if (model->layers[i].ops->statistics) return true;
  return false;
}

static double largest_gradient(const dpb_model *model, const dpb__param *param) {
  double largest = 0.0;
  for (size_t i = 0; i < param->count; i++) {
    const double size = fabs((double)model->grads[param->offset + i]);
    if (size > largest) largest = size;
  }
  return largest;
}

/* What a layer adds, with batch normalisation behind it: rows are the layer's. */
static void pass_zero_biases(const dpb_model *model, const dpb__layer *layer,
                             double limit, dpb_gradcheck_row *rows) {
  if (!is_normalised(model, layer->index)) return;
  double scale = 0.0;
  for (int j = 0; j < layer->param_count; j++)
    if (rows[j].passed) scale = fmax(scale, largest_gradient(model, &layer->params[j]));
  for (int j = 0; j < layer->param_count; j++) {
    const double error = largest_gradient(model, &layer->params[j]) / scale;
    const char *role = layer->params[j].role;
    if ((strcmp(role, "b") != 0 && strcmp(role, "beta") != 0) || !(scale > 0.0) ||
        !(error <= limit) || !(rows[j].largest <= limit * scale))
      continue;
    rows[j].zero = rows[j].passed = 1;
    rows[j].checked += rows[j].skipped;
    rows[j].skipped = 0;
    rows[j].error = error;
  }
}

static void check_all(const dpb_model *model, const dpb__checker *check, bool finite,
                      dpb_gradcheck_row *row, int *passed) {
  const dpb_rng seed = dpb_rng_seed(check->config.seed);
  dpb_rng rng = dpb_rng_split(&seed, MOST_DRAWS); /* a stream that no draw has used */
  *passed = 1;
  for (int i = 0; i < model->layer_count; i++) {
    const dpb__layer *layer = &model->layers[i];
    for (int j = 0; j < layer->param_count; j++, row++) {
      const dpb__param *param = &layer->params[j];
      *row = (dpb_gradcheck_row){.shape = param->book_shape};
      snprintf(row->name, sizeof row->name, "%s", param->name);
      if (finite)
        dpb__gradcheck_tensor(check, layer, param, model->grads + param->offset, &rng,
                              row);
      else
        row->error = (double)NAN;
    }
    dpb_gradcheck_row *own = row - layer->param_count;
    if (finite) pass_zero_biases(model, layer, check->config.limit, own);
    for (; own < row; own++) *passed = *passed && own->passed;
  }
}

static dpb_status check_config(const dpb_model *model, const dpb_gradcheck_config *given,
                               int capacity, dpb_gradcheck_config *config) {
  *config = *given;
  if (!(config->h >= 0.0 && config->h <= 1.0))
    return dpb__fail(DPB_ERR_ARG, "dpb_gradcheck: h is %g, must be 0 to 1", config->h);
  if (!(config->limit >= 0.0 && isfinite(config->limit)))
    return dpb__fail(DPB_ERR_ARG, "dpb_gradcheck: limit is %g, must be at least 0",
                     config->limit);
  if (config->coordinates < 0 || config->directions < 0)
    return dpb__fail(DPB_ERR_ARG,
                     "dpb_gradcheck: %d coordinates and %d directions, must be at "
                     "least 0",
                     config->coordinates, config->directions);
  if (config->limit == 0.0) config->limit = 1e-4;
  if (config->coordinates == 0) config->coordinates = 64;
  const size_t largest = largest_tensor(model);
  if ((size_t)config->coordinates > largest) config->coordinates = (int)largest;
  if (config->directions == 0) config->directions = 2;
  if (config->batch == 0) config->batch = LEAST_BATCH;
  if (config->batch < LEAST_BATCH || config->batch > model->config.max_batch)
    return dpb__fail(DPB_ERR_SHAPE,
                     "dpb_gradcheck: batch of %d, must be %d to max_batch %d",
                     config->batch, LEAST_BATCH, model->config.max_batch);
  const int parameters = dpb_model_parameter_count(model);
  if (capacity < parameters)
    return dpb__fail(DPB_ERR_SHAPE, "dpb_gradcheck: room for %d rows, the model has %d",
                     capacity, parameters);
  return DPB_OK;
}

/* Room for all of it. The products fit: the model's own arenas hold more than these. */
static dpb_status allocate(const dpb_model *model, dpb__checker *check, sample_set *set,
                           dpb__arena *arena) {
  const size_t n = (size_t)check->config.batch;
  const size_t coordinates = (size_t)check->config.coordinates;
  const size_t largest = largest_tensor(model);
  dpb__arena_plan plan = {0};
  const size_t features = dpb__arena_reserve_floats(&plan, n * model->layers[0].in_count);
  const size_t targets = dpb__arena_reserve_floats(&plan, n * (size_t)classes_of(model));
  const size_t labels = dpb__arena_reserve(&plan, n * sizeof(int32_t));
  const size_t state = dpb__arena_reserve_floats(&plan, model->state_count);
  const size_t places = dpb__arena_reserve(&plan, coordinates * sizeof(size_t));
  const size_t numbers = dpb__arena_reserve(&plan, coordinates * sizeof(double));
  const size_t steps = dpb__arena_reserve(&plan, coordinates * sizeof(double));
  const size_t original = dpb__arena_reserve(&plan, largest * sizeof(double));
  const size_t signs = dpb__arena_reserve_floats(&plan, largest);
  dpb_status status = dpb__arena_allocate(&plan, "gradient check", arena);
  if (status != DPB_OK) return status;
  set->features = dpb__arena_at(arena, features);
  set->targets = dpb__arena_at(arena, targets);
  set->labels = dpb__arena_at(arena, labels);
  set->state = dpb__arena_at(arena, state);
  check->places = dpb__arena_at(arena, places);
  check->numbers = dpb__arena_at(arena, numbers);
  check->steps = dpb__arena_at(arena, steps);
  check->original = dpb__arena_at(arena, original);
  check->signs = dpb__arena_at(arena, signs);
  return DPB_OK;
}

/* With everything allocated. */
static dpb_status run_check(dpb_model *model, const dpb__checker *check,
                            const sample_set *set, dpb_gradcheck_row *rows, int *passed) {
  dpb__truth truth = {.labels = set->labels};
  if (strcmp(model->head->name, "mse") == 0)
    truth = (dpb__truth){.targets = set->targets};
  start(model, check, set, &truth);
  bool finite = true;
  dpb_status status = run_backprop(model, check->config.batch, set, &truth, &finite);
  if (status == DPB_OK) check_all(model, check, finite, rows, passed);
  return status;
}

dpb_status dpb_gradcheck(dpb_model *model, const dpb_gradcheck_config *config,
                         dpb_gradcheck_row *rows, int capacity, int *count, int *passed) {
  if (count) *count = 0;
  if (passed) *passed = 0;
  dpb_status status = dpb__model_ready(model, "dpb_gradcheck");
  if (status != DPB_OK) return status;
  if (!config || !rows || !count || !passed)
    return dpb__fail(DPB_ERR_ARG, "dpb_gradcheck: %s is NULL",
                     !config  ? "config"
                     : !rows  ? "rows"
                     : !count ? "count"
                              : "passed");
  if (!model->grads)
    return dpb__fail(DPB_ERR_STATE, "dpb_gradcheck: the model was built for inference");
  dpb__checker check = {0};
  status = check_config(model, config, capacity, &check.config);
  if (status != DPB_OK) return status;

  sample_set set = {0};
  dpb__arena arena = {0};
  status = allocate(model, &check, &set, &arena);
  if (status == DPB_OK)
    status = dpb__reference_run_create(model, check.config.batch, &check.reference);
  const unsigned host_mode = dpb__float_enter_plain();
  if (status == DPB_OK) status = run_check(model, &check, &set, rows, passed);
  dpb__float_leave(host_mode);
  if (status == DPB_OK) *count = dpb_model_parameter_count(model);
  dpb__reference_run_destroy(check.reference);
  dpb__arena_free(&arena);
  return status;
}
