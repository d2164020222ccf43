/* SPDX-License-Identifier: MIT
 *
 * Parameters by name. Inside, they lie as the layers' products want them; out here, they
 * are in the book's order. This file is the only place that permutes.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/model.h"

int dpb_model_parameter_count(const dpb_model *model) {
  int count = 0;
  if (!model || !model->built) return 0;
  for (int i = 0; i < model->layer_count; i++) count += model->layers[i].param_count;
  return count;
}

/* Parameter number index over all layers, in the order of the layers; NULL outside. */
static const dpb__param *param_at(const dpb_model *model, int index, int *layer) {
  for (int i = 0; i < model->layer_count && index >= 0; i++) {
    if (index < model->layers[i].param_count) {
      *layer = i;
      return &model->layers[i].params[index];
    }
    index -= model->layers[i].param_count;
  }
  return NULL;
}

dpb_status dpb_model_parameter(const dpb_model *model, int index,
                               dpb_parameter_info *info) {
  dpb_status status = dpb__model_ready(model, "dpb_model_parameter");
  if (status != DPB_OK) return status;
  if (!info) return dpb__fail(DPB_ERR_ARG, "dpb_model_parameter: info is NULL");
  int layer = 0;
  const dpb__param *param = param_at(model, index, &layer);
  if (!param)
    return dpb__fail(DPB_ERR_ARG, "there is no parameter %d: the model has 0..%d", index,
                     dpb_model_parameter_count(model) - 1);
  *info = (dpb_parameter_info){.shape = param->book_shape,
                               .count = param->count,
                               .layer = layer,
                               .weight = param->weight};
  snprintf(info->name, sizeof info->name, "%s", param->name);
  return DPB_OK;
}

const dpb__param *dpb__model_find(const dpb_model *model, const char *name) {
  int layer;
  const dpb__param *param;
  for (int i = 0; (param = param_at(model, i, &layer)) != NULL; i++)
    if (strcmp(param->name, name) == 0) return param;
  dpb__fail(DPB_ERR_NOT_FOUND, "the model has no parameter '%.64s'", name);
  return NULL;
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
  size_t stride[DPB_MAX_RANK], run = 1;
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

/* What all three ways in and out have to check; *param is NULL on failure. */
static dpb_status find(const dpb_model *model, const char *function, const char *name,
                       const float *values, size_t count, const dpb__param **param) {
  *param = NULL;
  dpb_status status = dpb__model_ready(model, function);
  if (status != DPB_OK) return status;
  if (!name || !values)
    return dpb__fail(DPB_ERR_ARG, "%s: %s is NULL", function, name ? "values" : "name");
  const dpb__param *found = dpb__model_find(model, name);
  if (!found) return DPB_ERR_NOT_FOUND;
  if (found->count != count)
    return dpb__fail(DPB_ERR_SHAPE, "%s: %s has %zu numbers, not %zu", function, name,
                     found->count, count);
  *param = found;
  return DPB_OK;
}

dpb_status dpb_model_get_parameter(const dpb_model *model, const char *name,
                                   float *values, size_t count) {
  const dpb__param *param;
  dpb_status status = find(model, "dpb_model_get_parameter", name, values, count, &param);
  if (status != DPB_OK) return status;
  walk(param, model->params + param->offset, values, move_out);
  return DPB_OK;
}

dpb_status dpb_model_get_gradient(const dpb_model *model, const char *name, float *values,
                                  size_t count) {
  const dpb__param *param;
  dpb_status status = find(model, "dpb_model_get_gradient", name, values, count, &param);
  if (status != DPB_OK) return status;
  if (!model->grads)
    return dpb__fail(DPB_ERR_STATE, "a model for inference holds no gradients");
  walk(param, model->grads + param->offset, values, move_out);
  return DPB_OK;
}

dpb_status dpb_model_set_parameter(dpb_model *model, const char *name,
                                   const float *values, size_t count) {
  const dpb__param *param;
  dpb_status status = find(model, "dpb_model_set_parameter", name, values, count, &param);
  if (status != DPB_OK) return status;
  for (size_t i = 0; i < count; i++)
    if (!isfinite(values[i]))
      return dpb__fail(DPB_ERR_DATA, "%s: number %zu is %g", name, i, (double)values[i]);
  walk(param, model->params + param->offset, (float *)(uintptr_t)values, move_in);
  return DPB_OK;
}

dpb_status dpb_model_flat(dpb_model *model, float **parameters, float **gradients,
                          size_t *count) {
  dpb_status status = dpb__model_ready(model, "dpb_model_flat");
  if (status != DPB_OK) return status;
  if (parameters) *parameters = model->params;
  if (gradients) *gradients = model->grads;
  if (count) *count = model->flat_count;
  return DPB_OK;
}
