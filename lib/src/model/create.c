/* SPDX-License-Identifier: MIT
 *
 * Creating and destroying a model, and telling what it is.
 */
#include "model/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <deepblas/blas.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "layer/init.h"
#include "model/stages.h"
#include "model/workspace.h"

#define DEFAULT_BATCH 100
#define MOST_THREADS  256

dpb_status dpb__check_weight_decay(float lambda) {
  if (lambda >= 0.0f && isfinite(lambda)) return DPB_OK;
  char text[32];
  dpb__print_float(lambda, text);
  return dpb__fail(DPB_ERR_ARG, "weight_decay is %s, must be at least 0 and finite",
                   text);
}

static dpb_status check_config(const dpb_model_config *config) {
  const dpb_hwc in = config->input;
  if (in.h < 1 || in.w < 1 || in.c < 1)
    return dpb__fail(DPB_ERR_ARG,
                     "model input is %dx%dx%d (h, w, c), each must be at least 1", in.h,
                     in.w, in.c);
  if (config->max_batch < 0)
    return dpb__fail(DPB_ERR_ARG, "max_batch is %d, must be at least 1 (0: %d)",
                     config->max_batch, DEFAULT_BATCH);
  if (config->threads < 0 || config->threads > MOST_THREADS)
    return dpb__fail(DPB_ERR_ARG,
                     "threads is %d, must be 1..%d (0: as many as there are CPUs)",
                     config->threads, MOST_THREADS);
  const dpb_status status = dpb__check_weight_decay(config->weight_decay);
  return status == DPB_OK ? dpb__init_check(&config->init) : status;
}

dpb_status dpb_model_create(const dpb_model_config *config, dpb_model **out) {
  if (out) *out = NULL;
  if (!config || !out)
    return dpb__fail(DPB_ERR_ARG, "dpb_model_create: %s is NULL",
                     config ? "model" : "config");
  dpb_status status = check_config(config);
  if (status != DPB_OK) return status;

  void *memory;
  status = dpb__allocate(1, sizeof(dpb_model), "model", &memory);
  if (status != DPB_OK) return status;
  dpb_model *model = memory;
  model->config = *config;
  if (model->config.max_batch == 0) model->config.max_batch = DEFAULT_BATCH;
  if (model->config.threads == 0) model->config.threads = dpb_default_threads();
  if (model->config.threads > MOST_THREADS) model->config.threads = MOST_THREADS;
  *out = model;
  return DPB_OK;
}

void dpb_model_destroy(dpb_model *model) {
  if (!model) return;
  dpb__workspace_destroy(model->workspace);
  dpb__stages_free(model->stages);
  dpb__pool_destroy(model->pool);
  dpb__arena_free(&model->parameters);
  dpb__arena_free(&model->spare);
  dpb__release(model->pieces);
  dpb__release(model->head_config.weights);
  dpb__release(model->class_names);
  dpb__release(model->scaling);
  dpb__release(model->layers);
  dpb__release(model);
}

dpb_status dpb__model_ready(const dpb_model *model, const char *function) {
  if (!model) return dpb__fail(DPB_ERR_ARG, "%s: model is NULL", function);
  if (!model->built)
    return dpb__fail(DPB_ERR_STATE, "%s: the model is not built (dpb_model_build)",
                     function);
  return DPB_OK;
}

dpb_hwc dpb_model_input(const dpb_model *model) {
  return model && model->built ? model->config.input : (dpb_hwc){0, 0, 0};
}

dpb_hwc dpb_model_output(const dpb_model *model) {
  if (!model || !model->built) return (dpb_hwc){0, 0, 0};
  return model->layers[model->layer_count - 1].out;
}

int dpb_model_max_batch(const dpb_model *model) {
  return model ? model->config.max_batch : 0;
}

int dpb_model_threads(const dpb_model *model) {
  return model ? model->config.threads : 0;
}

int dpb_model_layer_count(const dpb_model *model) {
  return model ? model->layer_count : 0;
}

static void layer_text(const dpb__layer *layer, char *text, size_t capacity) {
  snprintf(text, capacity, "%s", layer->ops->name);
  size_t length = strlen(text);
  if (layer->ops->format)
    layer->ops->format(&layer->config, text + length, capacity - length);
}

dpb_status dpb__model_layer(const dpb_model *model, const char *function, int index,
                            int batch, const dpb__layer **layer) {
  const dpb_status status = dpb__model_ready(model, function);
  if (status != DPB_OK) return status;
  if (index < 0 || index >= model->layer_count)
    return dpb__fail(DPB_ERR_ARG, "there is no layer %d: the model has layers 0..%d",
                     index, model->layer_count - 1);
  if (batch < 1) return dpb__fail(DPB_ERR_ARG, "batch is %d, must be at least 1", batch);
  *layer = &model->layers[index];
  return DPB_OK;
}

dpb_status dpb_model_layer(const dpb_model *model, int index, int batch,
                           dpb_layer_info *info) {
  const dpb__layer *layer = NULL;
  if (!info) return dpb__fail(DPB_ERR_ARG, "dpb_model_layer: info is NULL");
  const dpb_status status =
      dpb__model_layer(model, "dpb_model_layer", index, batch, &layer);
  if (status != DPB_OK) return status;
  *info = (dpb_layer_info){.name = layer->ops->name, .in = layer->in, .out = layer->out};
  layer_text(layer, info->text, sizeof info->text);
  for (int i = 0; i < layer->param_count; i++) info->parameters += layer->params[i].count;
  for (int i = 0; i < layer->state_count; i++) info->state += layer->states[i].count;
  if (layer->ops->gemms) layer->ops->gemms(layer, batch, info);
  return DPB_OK;
}

dpb_status dpb_model_memory(const dpb_model *model, dpb_memory_info *info) {
  dpb_status status = dpb__model_ready(model, "dpb_model_memory");
  if (status != DPB_OK) return status;
  if (!info) return dpb__fail(DPB_ERR_ARG, "dpb_model_memory: info is NULL");
  const size_t bytes = model->flat_count * sizeof(float);
  *info = (dpb_memory_info){.parameters = bytes + model->state_count * sizeof(float),
                            .gradients = (model->grads ? bytes : 0) + model->spare.size,
                            .activations = model->workspace->arena.size};
  return DPB_OK;
}
