/* SPDX-License-Identifier: MIT
 *
 * The layers a network is made of. A network is written as a list:
 *
 *     dpb_add_affine(m, &(dpb_affine_config){.out = 50});
 *     dpb_add_relu(m);
 *     dpb_add_affine(m, &(dpb_affine_config){.out = 10});
 *     if (dpb_model_build(m) != DPB_OK) puts(dpb_error_message());
 *
 * or as text, dpb_add_text(m, "affine 50, relu, affine 10").
 *
 * Every dpb_add_* returns a status, and the model remembers the first failure of the
 * whole list: dpb_model_build reports it, so none of the calls before has to be looked
 * at. In a config, a field that is zero means its documented default.
 *
 * Errors of every dpb_add_*: DPB_ERR_ARG (NULL model, a field out of range: named with
 * its number), DPB_ERR_STATE (the model is built already, or its list ended with a loss),
 * DPB_ERR_MEMORY.
 */
#ifndef DEEPBLAS_LAYER_H
#define DEEPBLAS_LAYER_H

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpb_model dpb_model;

/* How weights begin (section 6.2). Biases begin at 0. */
typedef enum dpb_init_kind {
  DPB_INIT_AUTO = 0, /* the model's choice; there: He in front of ReLU, else Xavier */
  DPB_INIT_STD,      /* normal with standard deviation std */
  DPB_INIT_XAVIER,   /* normal, std = sqrt(1 / fan_in), as the book's section 6.2.2 */
  DPB_INIT_HE        /* normal, std = sqrt(2 / fan_in) (section 6.2.3) */
} dpb_init_kind;

typedef struct dpb_init {
  dpb_init_kind kind;
  float std; /* DPB_INIT_STD only: above 0 */
} dpb_init;

/* Affine (section 5.6): Y[n, out] = X[n, in] * W[in, out] + b[out]. An image at its input
 * is flattened. Text: "affine 100", "affine 100 std 0.01", "affine 100 he", "affine 100
 * xavier", "affine 100 nobias". Parameters Wi (in, out), bi (out); in files the rows of W
 * count the flattened image in c, h, w order. */
typedef struct dpb_affine_config {
  int out;     /* at least 1 */
  int no_bias; /* 1: no b */
  dpb_init init;
} dpb_affine_config;

DPB_API dpb_status dpb_add_affine(dpb_model *model, const dpb_affine_config *config);

/* Activations (sections 3.2, 5.5), element by element; see functions.h for the formulas.
 * Text: "sigmoid", "tanh", "relu". */
DPB_API dpb_status dpb_add_sigmoid(dpb_model *model);
DPB_API dpb_status dpb_add_tanh(dpb_model *model);
DPB_API dpb_status dpb_add_relu(dpb_model *model);

/* Convolution (sections 7.2, 7.4): Y[n, oh, ow, filters] from X[n, h, w, c] and a window
 * of kernel_h x kernel_w; im2col.h has the picture and the formula of oh and ow. Text:
 * "conv 30 k5", "conv 64 k3 s2 p1 nobias", "conv 16 k3x5 p1x2 d2 he", "conv 32 k3 g32".
 * Parameters Wi (filters, c / groups, kernel_h, kernel_w), bi (filters).
 *
 * Each number of the window is for both ways, unless its _h or _w is not 0, which then
 * wins. */
typedef struct dpb_conv2d_config {
  int filters; /* at least 1 */
  int kernel;  /* at least 1 */
  int kernel_h;
  int kernel_w;
  int stride; /* 0: 1 */
  int stride_h;
  int stride_w;
  int pad; /* zeros around the image */
  int pad_h;
  int pad_w;
  int dilation; /* pixels from one kernel row to the next; 0: 1 */
  int dilation_h;
  int dilation_w;
  int groups;  /* 0: 1; divides c and filters. c groups: "depthwise" */
  int no_bias; /* 1: no b */
  dpb_init init;
} dpb_conv2d_config;

DPB_API dpb_status dpb_add_conv2d(dpb_model *model, const dpb_conv2d_config *config);

/* Pooling (section 7.3): of each window the largest number, or the mean, channel by
 * channel. The pad does not count: as -inf for the maximum, as no pixel for the mean. It
 * is smaller than the window. Text: "maxpool 2", "maxpool 3 s2 p1", "avgpool 2x3". */
typedef struct dpb_pool2d_config {
  int size; /* at least 1 */
  int size_h;
  int size_w;
  int stride; /* 0: the size */
  int stride_h;
  int stride_w;
  int pad;
  int pad_h;
  int pad_w;
} dpb_pool2d_config;

DPB_API dpb_status dpb_add_max_pool2d(dpb_model *model, const dpb_pool2d_config *config);
DPB_API dpb_status dpb_add_avg_pool2d(dpb_model *model, const dpb_pool2d_config *config);

/* The mean of each channel over the whole image. Text: "gap". */
DPB_API dpb_status dpb_add_global_avg_pool(dpb_model *model);

/* An image becomes a vector in the book's order c, h, w. Affine flattens by itself.
 * Text: "flatten". */
DPB_API dpb_status dpb_add_flatten(dpb_model *model);

/* Dropout (section 6.4.3): in training, each element is dropped with probability ratio,
 * and what is left divided by 1 - ratio. The book's variant leaves it as it is, and
 * multiplies with 1 - ratio in predicting. Text: "dropout 0.5", "dropout 0.5 book". */
typedef struct dpb_dropout_config {
  float ratio; /* at least 0, below 1 */
  int book;    /* 1: the book's variant */
} dpb_dropout_config;

DPB_API dpb_status dpb_add_dropout(dpb_model *model, const dpb_dropout_config *config);

/* The loss ends the list. Without one, dpb_model_build takes softmax with cross-entropy.
 *
 * Softmax with cross-entropy, fused (section 5.6.3, appendix A): the mean over the
 * samples of logsumexp(z) - z[label]; its gradient is (softmax(z) - t) / n. Takes labels,
 * or targets whose rows add up to 1. Text: "softmax". */
DPB_API dpb_status dpb_add_softmax_cross_entropy(dpb_model *model);

/* 1/2 * sum (z - t)^2, mean over the samples (section 4.2.1); takes targets, or labels as
 * one-hot targets. Text: "mse". */
DPB_API dpb_status dpb_add_mean_squared_error(dpb_model *model);

/* Adds a comma-separated list of layers, "affine 100, relu, affine 10". DPB_ERR_SPEC
 * names the item, its position and what was expected. */
DPB_API dpb_status dpb_add_text(dpb_model *model, const char *text);

#ifdef __cplusplus
}
#endif

#endif
