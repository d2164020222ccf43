/* SPDX-License-Identifier: MIT
 *
 * The list of layers. The first failure is kept in the model, so that a network can be
 * written as a list and looked at once, by dpb_model_build.
 */
#include "model/add.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

/* A network of more layers than this is a mistake, or an attack by a text. */
#define MOST_LAYERS 2000

dpb_status dpb__add_open(dpb_model *model, const char *what) {
  if (!model) return dpb__fail(DPB_ERR_ARG, "%s: the model is NULL", what);
  if (model->built)
    return dpb__fail(DPB_ERR_STATE, "%s: the model is built already", what);
  if (model->failure != DPB_OK)
    return dpb__fail(model->failure, "%s", model->failure_text);
  if (model->head)
    return dpb__add_failed(model, dpb__fail(DPB_ERR_STATE,
                                            "%s: nothing comes behind the loss '%s'",
                                            what, model->head->name));
  return DPB_OK;
}

dpb_status dpb__add_failed(dpb_model *model, dpb_status status) {
  if (status == DPB_OK || model->failure != DPB_OK) return status;
  model->failure = status;
  snprintf(model->failure_text, sizeof model->failure_text, "%s", dpb_error_message());
  return status;
}

static dpb_status grow(dpb_model *model) {
  if (model->layer_count < model->layer_capacity) return DPB_OK;
  if (model->layer_count >= MOST_LAYERS)
    return dpb__fail(DPB_ERR_SIZE, "a network has at most %d layers", MOST_LAYERS);
  const int capacity = model->layer_capacity ? 2 * model->layer_capacity : 16;
  void *memory;
  dpb_status status =
      dpb__allocate((size_t)capacity, sizeof(dpb__layer), "layers", &memory);
  if (status != DPB_OK) return status;
  if (model->layer_count > 0)
    memcpy(memory, model->layers, (size_t)model->layer_count * sizeof(dpb__layer));
  dpb__release(model->layers);
  model->layers = memory;
  model->layer_capacity = capacity;
  return DPB_OK;
}

static dpb_status append(dpb_model *model, const dpb__layer_ops *ops,
                         const dpb__layer_config *config) {
  const int number = model->layer_count + 1;
  dpb_status status = config && ops->check ? ops->check(config) : DPB_OK;
  if (status != DPB_OK) return dpb__fail_in(status, "layer %d %s: ", number, ops->name);
  status = grow(model);
  if (status != DPB_OK) return status;
  dpb__layer *layer = &model->layers[model->layer_count];
  *layer = (dpb__layer){.ops = ops, .index = model->layer_count};
  if (config) layer->config = *config;
  model->layer_count++;
  return DPB_OK;
}

dpb_status dpb__add_layer(dpb_model *model, const dpb__layer_ops *ops,
                          const dpb__layer_config *config) {
  dpb_status status = dpb__add_open(model, ops->name);
  if (status != DPB_OK) return status;
  return dpb__add_failed(model, append(model, ops, config));
}

static dpb_status add_plain(dpb_model *model, const char *name) {
  return dpb__add_layer(model, dpb__layer_find(name, strlen(name)), NULL);
}

/* A layer with a config that the caller forgot is a failure of the list, too. */
static dpb_status no_config(dpb_model *model, const char *name) {
  dpb_status status = dpb__add_open(model, name);
  if (status != DPB_OK) return status;
  return dpb__add_failed(model, dpb__fail(DPB_ERR_ARG, "layer %d %s: config is NULL",
                                          model->layer_count + 1, name));
}

dpb_status dpb_add_affine(dpb_model *model, const dpb_affine_config *config) {
  if (!config) return no_config(model, "affine");
  return dpb__add_layer(model, dpb__layer_find("affine", 6),
                        &(dpb__layer_config){.affine = *config});
}

dpb_status dpb_add_sigmoid(dpb_model *model) {
  return add_plain(model, "sigmoid");
}

dpb_status dpb_add_tanh(dpb_model *model) {
  return add_plain(model, "tanh");
}

dpb_status dpb_add_relu(dpb_model *model) {
  return add_plain(model, "relu");
}

dpb_status dpb_add_softplus(dpb_model *model) {
  return add_plain(model, "softplus");
}

dpb_status dpb_add_leaky_relu(dpb_model *model, const dpb_leaky_relu_config *config) {
  if (!config) return no_config(model, "leakyrelu");
  return dpb__add_layer(model, dpb__layer_find("leakyrelu", 9),
                        &(dpb__layer_config){.leaky_relu = *config});
}

dpb_status dpb_add_elu(dpb_model *model, const dpb_elu_config *config) {
  if (!config) return no_config(model, "elu");
  return dpb__add_layer(model, dpb__layer_find("elu", 3),
                        &(dpb__layer_config){.elu = *config});
}

dpb_status dpb_add_gelu(dpb_model *model, const dpb_gelu_config *config) {
  if (!config) return no_config(model, "gelu");
  return dpb__add_layer(model, dpb__layer_find("gelu", 4),
                        &(dpb__layer_config){.gelu = *config});
}

dpb_status dpb_add_conv2d(dpb_model *model, const dpb_conv2d_config *config) {
  if (!config) return no_config(model, "conv");
  return dpb__add_layer(model, dpb__layer_find("conv", 4),
                        &(dpb__layer_config){.conv2d = *config});
}

dpb_status dpb_add_max_pool2d(dpb_model *model, const dpb_pool2d_config *config) {
  if (!config) return no_config(model, "maxpool");
  return dpb__add_layer(model, dpb__layer_find("maxpool", 7),
                        &(dpb__layer_config){.pool2d = *config});
}

dpb_status dpb_add_avg_pool2d(dpb_model *model, const dpb_pool2d_config *config) {
  if (!config) return no_config(model, "avgpool");
  return dpb__add_layer(model, dpb__layer_find("avgpool", 7),
                        &(dpb__layer_config){.pool2d = *config});
}

dpb_status dpb_add_global_avg_pool(dpb_model *model) {
  return add_plain(model, "gap");
}

dpb_status dpb_add_flatten(dpb_model *model) {
  return add_plain(model, "flatten");
}

dpb_status dpb_add_batch_norm(dpb_model *model, const dpb_batch_norm_config *config) {
  if (!config) return no_config(model, "batchnorm");
  return dpb__add_layer(model, dpb__layer_find("batchnorm", 9),
                        &(dpb__layer_config){.batch_norm = *config});
}

dpb_status dpb_add_layer_norm(dpb_model *model, const dpb_layer_norm_config *config) {
  if (!config) return no_config(model, "layernorm");
  return dpb__add_layer(model, dpb__layer_find("layernorm", 9),
                        &(dpb__layer_config){.layer_norm = *config});
}

dpb_status dpb_add_dropout(dpb_model *model, const dpb_dropout_config *config) {
  if (!config) return no_config(model, "dropout");
  return dpb__add_layer(model, dpb__layer_find("dropout", 7),
                        &(dpb__layer_config){.dropout = *config});
}
