/* SPDX-License-Identifier: MIT
 *
 * The loss at the end of the list of layers, and what it was told.
 */
#include "model/head.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/add.h"

dpb_status dpb__add_head(dpb_model *model, const dpb__head_ops *head,
                         dpb__head_config *config) {
  dpb_status status = dpb__add_open(model, head->name);
  if (status != DPB_OK) return status;
  if (head->check) status = head->check(config);
  if (status != DPB_OK)
    return dpb__add_failed(model, dpb__fail_in(status, "%s: ", head->name));
  model->head = head;
  model->head_config = *config;
  *config = (dpb__head_config){0};
  return DPB_OK;
}

static dpb_status add_plain(dpb_model *model, const char *name) {
  return dpb__add_head(model, dpb__head_find(name, strlen(name)), &(dpb__head_config){0});
}

dpb_status dpb_add_softmax_cross_entropy(dpb_model *model) {
  return add_plain(model, "softmax");
}

dpb_status dpb_add_mean_squared_error(dpb_model *model) {
  return add_plain(model, "mse");
}

static dpb_status copy_config(const dpb_softmax_config *given, dpb__head_config *config) {
  if (!given) return dpb__fail(DPB_ERR_ARG, "softmax: config is NULL");
  if (given->class_weights ? given->classes < 1 : given->classes != 0)
    return dpb__fail(DPB_ERR_ARG, "softmax: %d classes, class_weights %s", given->classes,
                     given->class_weights ? "given" : "NULL");
  config->smoothing = given->smoothing;
  if (!given->class_weights) return DPB_OK;
  void *memory = NULL;
  const size_t count = (size_t)given->classes;
  dpb_status status = dpb__allocate(count, sizeof(float), "class weights", &memory);
  if (status != DPB_OK) return status;
  memcpy(memory, given->class_weights, count * sizeof(float));
  config->weights = memory;
  config->classes = given->classes;
  return DPB_OK;
}

dpb_status dpb_add_softmax_cross_entropy_with(dpb_model *model,
                                              const dpb_softmax_config *given) {
  dpb_status status = dpb__add_open(model, "softmax");
  if (status != DPB_OK) return status;
  dpb__head_config config = {0};
  status = copy_config(given, &config);
  if (status != DPB_OK) return dpb__add_failed(model, status);
  status = dpb__add_head(model, dpb__head_find("softmax", 7), &config);
  dpb__release(config.weights);
  return status;
}

dpb_status dpb__head_fits(const dpb_model *model) {
  const size_t outputs = model->layers[model->layer_count - 1].out_count;
  const dpb__head_config *config = &model->head_config;
  if (!config->weights || (size_t)config->classes == outputs) return DPB_OK;
  return dpb__fail(DPB_ERR_SHAPE, "%s: %d class weights, the network has %zu outputs",
                   model->head->name, config->classes, outputs);
}

double dpb__head_divisor(const dpb_model *model, const dpb_batch *batch) {
  if (!model->head->divisor || (!batch->labels && !batch->targets)) return batch->n;
  const int classes = (int)model->layers[model->layer_count - 1].out_count;
  const dpb__truth truth = {batch->labels, batch->targets, batch->rows};
  return model->head->divisor(&model->head_config, batch->n, classes, &truth);
}
