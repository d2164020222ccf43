/* SPDX-License-Identifier: MIT
 *
 * --net: a network by its name in the book, or as a list of layers.
 */
#ifndef APP_NET_SOURCE_H
#define APP_NET_SOURCE_H

#include <deepblas/dataset.h>
#include <deepblas/model.h>

#define NET_HELP                                                                         \
  "layers, as 'affine 100, relu, affine 10', or a\n"                                     \
  "name from 'deepblas networks'"

#define INPUT_HELP                                                                       \
  "one sample, or N for a vector (default: 28x28x1,\n"                                   \
  "or what the named network takes)"

#define NET_DEFAULT "affine 256, relu, affine 128, relu, affine 10"

/* The input of the network of that name; 28x28x1 for a list of layers. */
dpb_hwc net_source_input(const char *net);

/* Builds net. The caller destroys *model. Returns EXIT_OK, or EXIT_USAGE with the reason
 * printed and *model NULL. */
int net_source_build(const char *net, const dpb_model_config *config, dpb_model **model);

/* The text form of a built model, to be freed. */
char *net_source_text(const dpb_model *model);

/* Data that is not scaled yet is scaled as the data was that the model learned from.
 * Returns EXIT_OK or another exit code, with the reason printed. */
int net_source_scale(const dpb_model *model, dpb_dataset *data);

/* Parameters of all layers. */
size_t net_source_parameters(const dpb_model *model);

#endif
