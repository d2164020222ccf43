/* SPDX-License-Identifier: MIT
 *
 * A single word that no layer list would hold is taken for a name, so that a misspelt
 * name is answered with the names there are.
 */
#include "net_source.h"

#include <string.h>

#include <deepblas/networks.h>
#include <deepblas/scaling.h>

#include "report.h"

static int is_name(const char *net) {
  return dpb_network_find(net) != NULL ||
         (strchr(net, '_') != NULL && strpbrk(net, " ,\t\n") == NULL);
}

dpb_hwc net_source_input(const char *net) {
  const dpb_network *network = dpb_network_find(net);
  return network ? network->input : (dpb_hwc){28, 28, 1};
}

int net_source_build(const char *net, const dpb_model_config *config, dpb_model **model) {
  dpb_status status = dpb_model_create(config, model);
  if (status == DPB_OK && is_name(net)) {
    status = dpb_add_network(*model, net);
  } else if (status == DPB_OK) {
    status = dpb_add_text(*model, net);
  }
  if (status == DPB_OK) status = dpb_model_build(*model);
  if (status == DPB_OK) return EXIT_OK;
  dpb_model_destroy(*model);
  *model = NULL;
  return fail_library(EXIT_USAGE);
}

char *net_source_text(const dpb_model *model) {
  size_t length = 0;
  char none[1];
  dpb_model_text(model, none, sizeof none, &length);
  char *text = need_memory(length + 1);
  dpb_model_text(model, text, length + 1, NULL);
  return text;
}

size_t net_source_parameters(const dpb_model *model) {
  size_t total = 0;
  for (int i = 0; i < dpb_model_parameter_count(model); i++) {
    dpb_parameter_info info;
    if (dpb_model_parameter(model, i, &info) == DPB_OK) total += info.count;
  }
  return total;
}

int net_source_scale(const dpb_model *model, dpb_dataset *data) {
  const double *mean, *deviation;
  const int channels = dpb_model_scaling(model, &mean, &deviation);
  if (channels == 0 || dpb_dataset_scaling(data)) return EXIT_OK;
  dpb_scaling *scaling = NULL;
  dpb_status status = dpb_scaling_create(channels, mean, deviation, &scaling);
  if (status == DPB_OK) status = dpb_dataset_set_scaling(data, scaling);
  dpb_scaling_destroy(scaling);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}
