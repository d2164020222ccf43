/* SPDX-License-Identifier: MIT */
#include "model/stages.h"

#include "base/memory.h"
#include "model/split.h"

/* A micro-batch is as many samples as go into this part of the cache with all that the
 * layers of its stage make of them. */
#define STAGE_BYTES (256 * 1024)

/* -- ReLU, bias and pooling */

static bool can(const dpb__layer *layer, unsigned what) {
  return (layer->ops->epilogues & what) != 0;
}

/* Layer i is a ReLU that the layer in front of it can apply. */
static bool is_applied_in_front(const dpb_model *model, int i) {
  return i > 0 && model->layers[i].ops == &dpb__layer_relu &&
         can(&model->layers[i - 1], DPB__DOES_RELU);
}

static void give_relus(const dpb_model *model, dpb__role *roles) {
  for (int i = 1; i < model->layer_count; i++) {
    if (!is_applied_in_front(model, i)) continue;
    roles[i].in_place = true;
    roles[i - 1].epilogue.relu = true;
    if (i + 1 == model->layer_count ||
        !can(&model->layers[i + 1], DPB__DOES_RELU_GRADIENT))
      continue;
    roles[i].idle = true;
    roles[i + 1].epilogue.relu_gradient = true;
  }
}

/* Layer pool finds maxima of what layer front has yet to finish. */
static void leave_to_pooling(const dpb_model *model, dpb__role *roles, int front,
                             int pool) {
  const dpb__layer *layer = &model->layers[front];
  roles[front].epilogue = (dpb__epilogue){
      .relu_gradient = roles[front].epilogue.relu_gradient, .leaves_bias = true};
  for (int i = 0; i < layer->param_count; i++) {
    if (!dpb__is_bias(&layer->params[i])) continue;
    roles[pool].epilogue.adds_bias = true;
    roles[pool].epilogue.bias_at = layer->params[i].offset;
  }
}

static void give_biases(const dpb_model *model, dpb__role *roles) {
  for (int i = 1; i < model->layer_count; i++) {
    const int front = roles[i - 1].in_place ? i - 2 : i - 1;
    if (model->layers[i].forgets_input && can(&model->layers[i], DPB__ADDS_BIAS) &&
        can(&model->layers[front], DPB__LEAVES_BIAS))
      leave_to_pooling(model, roles, front, i);
  }
}

/* -- micro-batches */

/* The pooling that ends a stage which begins at layer first; -1: there is none. */
static int find_pooling(const dpb_model *model, int first) {
  if (!model->layers[first].ops->gemms) return -1;
  for (int i = first; i < model->layer_count && model->layers[i].ops->micro_batches; i++)
    if (model->layers[i].forgets_input) return i;
  return -1;
}

/* Bytes of one sample at all places of layers first .. last. */
static size_t bytes_of(const dpb_model *model, const dpb__role *roles, int first,
                       int last) {
  size_t floats = model->layers[first].in_count;
  for (int i = first; i <= last; i++)
    if (!roles[i].in_place) floats += model->layers[i].out_count;
  return floats * sizeof(float);
}

/* A multiple of the samples that one product of a layer takes, so that the products are
 * what they would be without; 0 where nothing is gained. */
static int micro_batch(const dpb_model *model, const dpb__role *roles, int first,
                       int last) {
  const size_t fit = STAGE_BYTES / bytes_of(model, roles, first, last);
  int samples = fit < DPB__SHARD_SAMPLES ? (int)fit : DPB__SHARD_SAMPLES;
  int unit = 1;
  for (int i = first; i <= last; i++)
    if (model->layers[i].product_samples > unit) unit = model->layers[i].product_samples;
  samples = samples < unit ? unit : samples / unit * unit;
  return samples > DPB__SHARD_SAMPLES / 2 ? 0 : samples;
}

static void make_stages(const dpb_model *model, dpb__stages *all) {
  int count = 0;
  for (int i = 0; i < model->layer_count; count++) {
    const int pooling = find_pooling(model, i);
    dpb__stage stage = {.first = i, .last = i};
    if (pooling >= 0) {
      stage.last = pooling;
      stage.samples = micro_batch(model, all->roles, i, pooling);
    }
    all->stages[count] = stage;
    for (; i <= stage.last; i++) all->roles[i].stage = count;
  }
}

/* -- all of it */

static dpb_status allocate(size_t layers, dpb__stages **out) {
  void *memory = NULL, *stages = NULL, *roles = NULL;
  *out = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb__stages), "stages", &memory);
  if (status != DPB_OK) return status;
  dpb__stages *made = memory;
  status = dpb__allocate(layers, sizeof *made->stages, "stages", &stages);
  made->stages = stages;
  if (status == DPB_OK)
    status = dpb__allocate(layers, sizeof *made->roles, "stages", &roles);
  made->roles = roles;
  if (status == DPB_OK)
    *out = made;
  else
    dpb__stages_free(made);
  return status;
}

dpb_status dpb__stages_plan(dpb_model *model) {
  dpb__stages *stages = NULL;
  const dpb_status status = allocate((size_t)model->layer_count, &stages);
  if (status != DPB_OK) return status;
  give_relus(model, stages->roles);
  give_biases(model, stages->roles);
  make_stages(model, stages);
  dpb__stages_free(model->stages);
  model->stages = stages;
  return DPB_OK;
}

void dpb__stages_free(dpb__stages *stages) {
  if (!stages) return;
  dpb__release(stages->stages);
  dpb__release(stages->roles);
  dpb__release(stages);
}

/* -- places */

bool dpb__is_within(const dpb_model *model, int place) {
  if (place <= 0 || place >= model->layer_count) return false;
  return dpb__role_of(model, place - 1)->stage == dpb__role_of(model, place)->stage &&
         dpb__stage_of(model, place)->samples > 0;
}

bool dpb__is_same(const dpb_model *model, int place) {
  return place > 0 && place <= model->layer_count &&
         dpb__role_of(model, place - 1)->in_place;
}

bool dpb__is_finished(const dpb_model *model, int place) {
  const int layer = dpb__is_same(model, place) ? place - 2 : place - 1;
  return layer < 0 || !dpb__role_of(model, layer)->epilogue.leaves_bias;
}
