/* SPDX-License-Identifier: MIT
 *
 * Adding whole networks: those of the book by name, and the book's MultiLayerNet.
 */
#include <stdio.h>
#include <string.h>

#include <deepblas/networks.h>

#include "base/error.h"
#include "model/add.h"

static dpb_status unknown_network(const char *name) {
  char names[256] = "";
  size_t length = 0;
  for (int i = 0; i < dpb_network_count() && length < sizeof names; i++)
    length += (size_t)snprintf(names + length, sizeof names - length, "%s%s",
                               i ? ", " : "", dpb_network_at(i)->name);
  return dpb__fail(DPB_ERR_NOT_FOUND, "there is no network '%.40s' (there are: %s)", name,
                   names);
}

dpb_status dpb_add_network(dpb_model *model, const char *name) {
  dpb_status status = dpb__add_open(model, "dpb_add_network");
  if (status != DPB_OK) return status;
  if (!name)
    return dpb__add_failed(model,
                           dpb__fail(DPB_ERR_ARG, "dpb_add_network: name is NULL"));
  const dpb_network *network = dpb_network_find(name);
  if (!network) return dpb__add_failed(model, unknown_network(name));
  return dpb_add_text(model, network->text);
}

typedef dpb_status (*add_activation)(dpb_model *model);

static add_activation find_activation(const char *name) {
  static const struct {
    const char *name;
    add_activation add;
  } activations[] = {
      {"relu", dpb_add_relu}, {"sigmoid", dpb_add_sigmoid}, {"tanh", dpb_add_tanh}};
  for (size_t i = 0; i < sizeof activations / sizeof activations[0]; i++)
    if (strcmp(activations[i].name, name) == 0) return activations[i].add;
  return NULL;
}

static dpb_status check_arguments(const char *function,
                                  const dpb_multi_layer_config *config) {
  const char *activation = config->activation;
  if (config->count < 0 || (config->count > 0 && !config->hidden))
    return dpb__fail(DPB_ERR_ARG, "%s: count is %d, hidden is %s", function,
                     config->count, config->hidden ? "given" : "NULL");
  if (!activation || !find_activation(activation))
    return dpb__fail(DPB_ERR_ARG,
                     "%s: activation is '%.40s', must be relu, sigmoid or tanh", function,
                     activation ? activation : "NULL");
  return DPB_OK;
}

static dpb_status add_hidden(dpb_model *model, const dpb_multi_layer_config *config,
                             int out) {
  const dpb_affine_config affine = {.out = out, .init = config->init};
  const dpb_batch_norm_config norm = {.eps = 0};
  const dpb_dropout_config dropout = {.ratio = config->dropout_ratio, .book = 1};
  dpb_status status = dpb_add_affine(model, &affine);
  if (status == DPB_OK && config->batch_norm) status = dpb_add_batch_norm(model, &norm);
  if (status == DPB_OK) status = find_activation(config->activation)(model);
  if (status == DPB_OK && config->dropout_ratio != 0.0f)
    status = dpb_add_dropout(model, &dropout);
  return status;
}

static dpb_status add_multi_layer(dpb_model *model, const char *function,
                                  const dpb_multi_layer_config *config) {
  dpb_status status = dpb__add_open(model, function);
  if (status != DPB_OK) return status;
  status = config ? check_arguments(function, config)
                  : dpb__fail(DPB_ERR_ARG, "%s: config is NULL", function);
  if (status != DPB_OK) return dpb__add_failed(model, status);
  for (int i = 0; i < config->count && status == DPB_OK; i++)
    status = add_hidden(model, config, config->hidden[i]);
  if (status != DPB_OK) return status;
  const dpb_affine_config last = {.out = config->classes, .init = config->init};
  return dpb_add_affine(model, &last);
}

dpb_status dpb_add_multi_layer(dpb_model *model, const int *hidden, int count,
                               const char *activation, dpb_init init, int classes) {
  const dpb_multi_layer_config config = {.hidden = hidden,
                                         .count = count,
                                         .activation = activation,
                                         .init = init,
                                         .classes = classes};
  return add_multi_layer(model, "dpb_add_multi_layer", &config);
}

dpb_status dpb_add_multi_layer_extend(dpb_model *model,
                                      const dpb_multi_layer_config *config) {
  return add_multi_layer(model, "dpb_add_multi_layer_extend", config);
}
