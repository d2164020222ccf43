/* SPDX-License-Identifier: MIT
 *
 * The references by name of their layer.
 */
#include "reference/reference.h"

#include <string.h>

#include "reference/reference_layers.h"

static const struct {
  const char *name;
  dpb__reference_forward forward;
} references[] = {
    {"affine", dpb__reference_affine},       {"sigmoid", dpb__reference_sigmoid},
    {"tanh", dpb__reference_tanh},           {"relu", dpb__reference_relu},
    {"conv", dpb__reference_conv},           {"maxpool", dpb__reference_maxpool},
    {"avgpool", dpb__reference_avgpool},     {"gap", dpb__reference_gap},
    {"leakyrelu", dpb__reference_leakyrelu}, {"elu", dpb__reference_elu},
    {"gelu", dpb__reference_gelu},           {"softplus", dpb__reference_softplus},
    {"flatten", dpb__reference_flatten},     {"dropout", dpb__reference_dropout},
    {"batchnorm", dpb__reference_batchnorm}, {"layernorm", dpb__reference_layernorm},
};

dpb__reference_forward dpb__reference_find(const char *name) {
  for (size_t i = 0; i < sizeof references / sizeof references[0]; i++)
    if (strcmp(references[i].name, name) == 0) return references[i].forward;
  return NULL;
}
