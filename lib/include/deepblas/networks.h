/* SPDX-License-Identifier: MIT
 *
 * The networks of the book, by name.
 *
 *   two_layer          784-50-10, ReLU (section 5.7). The book begins with weights of std
 *                      0.01; He (section 6.2.3) learns faster and ends a little higher
 *   three_layer        784-50-100-10, sigmoid (section 3.6: the one with given weights)
 *   multi_layer        784-100-100-100-100-10, ReLU, He (section 6.1.8); any list through
 *                      dpb_add_multi_layer
 *   two_layer_sigmoid  784-50-10, sigmoid, std 0.01 (section 4.5)
 *   simple_convnet     convolution of 30 filters 5x5, ReLU, 2x2 max pooling, Affine 100,
 *                      ReLU, Affine 10, std 0.01 (section 7.5)
 *   deep_convnet       six convolutions 3x3 of 16, 16, 32, 32, 64 and 64 filters, with
 *                      ReLU, and 2x2 max pooling after every second; Affine 50, ReLU,
 *                      dropout, Affine 10, dropout; He (section 8.1.1). The fourth has
 *                      pad 2, so that images are 28, 14, 16, 8 and 4 pixels wide. Dropout
 *                      is the book's, which scales in predicting
 */
#ifndef DEEPBLAS_NETWORKS_H
#define DEEPBLAS_NETWORKS_H

#include <deepblas/layer.h>
#include <deepblas/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpb_network {
  const char *name;    /* "two_layer" */
  const char *section; /* of the book */
  const char *text;    /* its layers; what dpb_add_text takes */
  dpb_hwc input;       /* what the book feeds it */
} dpb_network;

/* Network number index, 0 .. count - 1; NULL outside. Static storage. */
DPB_API int dpb_network_count(void);
DPB_API const dpb_network *dpb_network_at(int index);

/* By name; NULL when there is none. */
DPB_API const dpb_network *dpb_network_find(const char *name);

/* Adds the layers of the network named name; DPB_ERR_NOT_FOUND lists the names there are.
 */
DPB_API dpb_status dpb_add_network(dpb_model *model, const char *name);

/* The book's MultiLayerNet (section 6.1.8): count hidden Affine layers of sizes
 * hidden[i], each with the activation ("relu", "sigmoid" or "tanh"), then Affine to
 * classes. */
DPB_API dpb_status dpb_add_multi_layer(dpb_model *model, const int *hidden, int count,
                                       const char *activation, dpb_init init,
                                       int classes);

/* The book's MultiLayerNetExtend (common/multi_layer_net_extend.py): behind each hidden
 * Affine layer batch normalisation if it is wanted, the activation, and dropout if it is
 * wanted, in the book's variant. Errors as those of the layers, DPB_ERR_ARG. */
typedef struct dpb_multi_layer_config {
  const int *hidden; /* sizes of count hidden layers */
  int count;
  const char *activation; /* "relu", "sigmoid" or "tanh" */
  dpb_init init;
  int classes;
  int batch_norm;      /* 1: batch normalisation */
  float dropout_ratio; /* 0: no dropout */
} dpb_multi_layer_config;

DPB_API dpb_status dpb_add_multi_layer_extend(dpb_model *model,
                                              const dpb_multi_layer_config *config);

#ifdef __cplusplus
}
#endif

#endif
