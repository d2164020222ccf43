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

static dpb_status check_arguments(const int *hidden, int count, const char *activation) {
  if (count < 0 || (count > 0 && !hidden))
    return dpb__fail(DPB_ERR_ARG, "dpb_add_multi_layer: count is %d, hidden is %s", count,
                     hidden ? "given" : "NULL");
  if (!activation || !find_activation(activation))
    return dpb__fail(DPB_ERR_ARG,
                     "dpb_add_multi_layer: activation is '%.40s', must be relu, sigmoid "
                     "or tanh",
                     activation ? activation : "NULL");
  return DPB_OK;
}

dpb_status dpb_add_multi_layer(dpb_model *model, const int *hidden, int count,
                               const char *activation, dpb_init init, int classes) {
  dpb_status status = dpb__add_open(model, "dpb_add_multi_layer");
  if (status != DPB_OK) return status;
  status = check_arguments(hidden, count, activation);
  if (status != DPB_OK) return dpb__add_failed(model, status);

  add_activation add = find_activation(activation);
  for (int i = 0; i < count && status == DPB_OK; i++) {
    status = dpb_add_affine(model, &(dpb_affine_config){.out = hidden[i], .init = init});
    if (status == DPB_OK) status = add(model);
  }
  if (status != DPB_OK) return status;
  return dpb_add_affine(model, &(dpb_affine_config){.out = classes, .init = init});
}
