/* SPDX-License-Identifier: MIT
 *
 * Parameters by name. Inside, they lie as the layers' products want them; out here, they
 * are in the book's order. This file is the only place that permutes.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/model.h"

const dpb__param *dpb__param_at(const dpb_model *model, int index, int *layer) {
  for (int i = 0; i < model->layer_count && index >= 0; i++) {
    *layer = i;
    if (index < model->layers[i].param_count) return &model->layers[i].params[index];
    index -= model->layers[i].param_count;
  }
  return NULL;
}

const dpb__param *dpb__state_at(const dpb_model *model, int index, int *layer) {
  for (int i = 0; i < model->layer_count && index >= 0; i++) {
    *layer = i;
    if (index < model->layers[i].state_count) return &model->layers[i].states[index];
    index -= model->layers[i].state_count;
  }
  return NULL;
}

int dpb_model_parameter_count(const dpb_model *model) {
  int count = 0;
  if (!model || !model->built) return 0;
  for (int i = 0; i < model->layer_count; i++) count += model->layers[i].param_count;
  return count;
}

int dpb_model_state_count(const dpb_model *model) {
  int count = 0;
  if (!model || !model->built) return 0;
  for (int i = 0; i < model->layer_count; i++) count += model->layers[i].state_count;
  return count;
}

static void describe(const dpb__param *param, int layer, dpb_parameter_info *info) {
  *info = (dpb_parameter_info){.shape = param->book_shape,
                               .count = param->count,
                               .layer = layer,
                               .weight = param->weight};
  snprintf(info->name, sizeof info->name, "%s", param->name);
}

dpb_status dpb_model_parameter(const dpb_model *model, int index,
                               dpb_parameter_info *info) {
  dpb_status status = dpb__model_ready(model, "dpb_model_parameter");
  if (status != DPB_OK) return status;
  if (!info) return dpb__fail(DPB_ERR_ARG, "dpb_model_parameter: info is NULL");
  int layer = 0;
  const dpb__param *param = dpb__param_at(model, index, &layer);
  if (!param)
    return dpb__fail(DPB_ERR_ARG, "there is no parameter %d: the model has 0..%d", index,
                     dpb_model_parameter_count(model) - 1);
  describe(param, layer, info);
  return DPB_OK;
}

dpb_status dpb_model_state(const dpb_model *model, int index, dpb_parameter_info *info) {
  dpb_status status = dpb__model_ready(model, "dpb_model_state");
  if (status != DPB_OK) return status;
  if (!info) return dpb__fail(DPB_ERR_ARG, "dpb_model_state: info is NULL");
  int layer = 0;
  const dpb__param *param = dpb__state_at(model, index, &layer);
  if (!param)
    return dpb__fail(DPB_ERR_ARG, "there is no state %d: the model has %d", index,
                     dpb_model_state_count(model));
  describe(param, layer, info);
  return DPB_OK;
}

const dpb__param *dpb__model_find(const dpb_model *model, const char *name) {
  int layer;
  const dpb__param *param;
  for (int i = 0; (param = dpb__param_at(model, i, &layer)) != NULL; i++)
    if (strcmp(param->name, name) == 0) return param;
  dpb__fail(DPB_ERR_NOT_FOUND, "the model has no parameter '%.64s'", name);
  return NULL;
}

/* A tensor by name, and where it lies. */
typedef struct tensor {
  const dpb__param *param;
  float *values;
  float *gradients; /* NULL for state, and in a model for inference */
} tensor;

static dpb_status look_up(const dpb_model *model, const char *name, tensor *found) {
  int layer;
  const dpb__param *param = dpb__model_find(model, name);
  if (param) {
    *found = (tensor){.param = param, .values = model->params + param->offset};
    if (model->grads) found->gradients = model->grads + param->offset;
    return DPB_OK;
  }
  for (int i = 0; (param = dpb__state_at(model, i, &layer)) != NULL; i++) {
    if (strcmp(param->name, name) != 0) continue;
    *found = (tensor){.param = param, .values = model->state + param->offset};
    return DPB_OK;
  }
  return DPB_ERR_NOT_FOUND; /* dpb__model_find has said so */
}

typedef void (*move_number)(float *inside, float *outside);

static void move_out(float *inside, float *outside) {
  *outside = *inside;
}

static void move_in(float *inside, float *outside) {
  *inside = *outside;
}

/* Walks a parameter in the book's order: outside counts up, inside jumps. Axes that are
 * not there count as 1. */
static void walk(const dpb__param *param, float *inside, float *outside,
                 move_number move) {
  size_t stride[DPB_MAX_RANK] = {0}, run = 1;
  for (int axis = param->shape.rank - 1; axis >= 0; axis--) {
    stride[axis] = run;
    run *= (size_t)param->shape.dim[axis];
  }
  size_t extent[DPB_MAX_RANK] = {1, 1, 1, 1}, step[DPB_MAX_RANK] = {0, 0, 0, 0};
  for (int axis = 0; axis < param->shape.rank; axis++) {
    extent[axis] = (size_t)param->shape.dim[param->book[axis]];
    step[axis] = stride[param->book[axis]];
  }
  for (size_t i = 0; i < extent[0]; i++)
    for (size_t j = 0; j < extent[1]; j++)
      for (size_t k = 0; k < extent[2]; k++)
        for (size_t l = 0; l < extent[3]; l++)
          move(inside + i * step[0] + j * step[1] + k * step[2] + l * step[3], outside++);
}

void dpb__param_out(const dpb__param *param, const float *flat, float *book) {
  walk(param, (float *)(uintptr_t)flat + param->offset, book, move_out);
}

void dpb__param_in(const dpb__param *param, const float *book, float *flat) {
  walk(param, flat + param->offset, (float *)(uintptr_t)book, move_in);
}

/* What all three ways in and out have to check. */
static dpb_status find(const dpb_model *model, const char *function, const char *name,
                       const float *values, size_t count, tensor *found) {
  dpb_status status = dpb__model_ready(model, function);
  if (status != DPB_OK) return status;
  if (!name || !values)
    return dpb__fail(DPB_ERR_ARG, "%s: %s is NULL", function, name ? "values" : "name");
  status = look_up(model, name, found);
  if (status != DPB_OK) return status;
  if (found->param->count != count)
    return dpb__fail(DPB_ERR_SHAPE, "%s: %s has %zu numbers, not %zu", function, name,
                     found->param->count, count);
  return DPB_OK;
}

dpb_status dpb_model_get_parameter(const dpb_model *model, const char *name,
                                   float *values, size_t count) {
  tensor t;
  dpb_status status = find(model, "dpb_model_get_parameter", name, values, count, &t);
  if (status != DPB_OK) return status;
  walk(t.param, t.values, values, move_out);
  return DPB_OK;
}

dpb_status dpb_model_get_gradient(const dpb_model *model, const char *name, float *values,
                                  size_t count) {
  tensor t;
  dpb_status status = find(model, "dpb_model_get_gradient", name, values, count, &t);
  if (status != DPB_OK) return status;
  if (!model->grads)
    return dpb__fail(DPB_ERR_STATE, "a model for inference holds no gradients");
  if (!t.gradients)
    return dpb__fail(DPB_ERR_NOT_FOUND, "%s is state: it has no gradient", name);
  walk(t.param, t.gradients, values, move_out);
  return DPB_OK;
}

dpb_status dpb_model_set_parameter(dpb_model *model, const char *name,
                                   const float *values, size_t count) {
  tensor t;
  dpb_status status = find(model, "dpb_model_set_parameter", name, values, count, &t);
  if (status != DPB_OK) return status;
  for (size_t i = 0; i < count; i++)
    if (!dpb__param_takes(t.param, values[i]))
      return dpb__fail(DPB_ERR_DATA, "%s: number %zu is %g", name, i, (double)values[i]);
  walk(t.param, t.values, (float *)(uintptr_t)values, move_in);
  return DPB_OK;
}

dpb_status dpb_model_flat(dpb_model *model, float **parameters, float **gradients,
                          size_t *count) {
  if (parameters) *parameters = NULL;
  if (gradients) *gradients = NULL;
  if (count) *count = 0;
  dpb_status status = dpb__model_ready(model, "dpb_model_flat");
  if (status != DPB_OK) return status;
  if (parameters) *parameters = model->params;
  if (gradients) *gradients = model->grads;
  if (count) *count = model->flat_count;
  return DPB_OK;
}
