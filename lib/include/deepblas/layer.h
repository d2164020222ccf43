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

/* How weights begin (section 6.2). Biases begin at 0. fan_in inputs meet in one output,
 * and one input goes to fan_out outputs: in a convolution the numbers that a window sees,
 * and kernel_h * kernel_w * filters / groups. The uniform ones have the same standard
 * deviation as the normal ones: they lie within -sqrt(3) std .. sqrt(3) std. */
typedef enum dpb_init_kind {
  DPB_INIT_AUTO = 0, /* the model's choice; there: He in front of ReLU and its kin (leaky
                        ReLU, ELU, GELU, softplus), else Xavier */
  DPB_INIT_STD,      /* normal with standard deviation std */
  DPB_INIT_XAVIER,   /* normal, std = sqrt(1 / fan_in), as the book's section 6.2.2 */
  DPB_INIT_HE,       /* normal, std = sqrt(2 / fan_in) (section 6.2.3) */
  DPB_INIT_GLOROT,   /* normal, std = sqrt(2 / (fan_in + fan_out)): what Glorot and Bengio
                        (2010) wrote, and others call Xavier */
  DPB_INIT_UNIFORM,  /* uniform within -range .. range */
  DPB_INIT_XAVIER_UNIFORM, /* within sqrt(3 / fan_in) */
  DPB_INIT_HE_UNIFORM,     /* within sqrt(6 / fan_in) */
  DPB_INIT_GLOROT_UNIFORM  /* within sqrt(6 / (fan_in + fan_out)) */
} dpb_init_kind;

typedef struct dpb_init {
  dpb_init_kind kind;
  float std;   /* DPB_INIT_STD only: above 0 */
  float range; /* DPB_INIT_UNIFORM only: above 0 */
} dpb_init;

/* Reads an initialisation as it stands in a network's text: "he", "xavier", "glorot",
 * each also as in "he uniform", "std 0.01", "uniform 0.1". DPB_ERR_ARG for NULL and for a
 * number that is not above 0, DPB_ERR_SPEC for any other text; *init is all zero then. */
DPB_API dpb_status dpb_init_from_text(const char *text, dpb_init *init);

/* Affine (section 5.6): Y[n, out] = X[n, in] * W[in, out] + b[out]. An image at its input
 * is flattened. Text: "affine 100", "affine 100 std 0.01", "affine 100 he", "affine 100
 * glorot uniform", "affine 100 nobias". Parameters Wi (in, out), bi (out); in files the
 * rows of W count the flattened image in c, h, w order. */
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

/* log(1 + exp(x)). Text: "softplus". */
DPB_API dpb_status dpb_add_softplus(dpb_model *model);

/* x where x > 0, else slope * x. Text: "leakyrelu", "leakyrelu 0.2". */
typedef struct dpb_leaky_relu_config {
  float slope; /* above 0, below 1; 0: 0.01 */
} dpb_leaky_relu_config;

DPB_API dpb_status dpb_add_leaky_relu(dpb_model *model,
                                      const dpb_leaky_relu_config *config);

/* x where x > 0, else alpha * (exp(x) - 1). Text: "elu", "elu 0.5". */
typedef struct dpb_elu_config {
  float alpha; /* above 0; 0: 1 */
} dpb_elu_config;

DPB_API dpb_status dpb_add_elu(dpb_model *model, const dpb_elu_config *config);

/* x times the normal distribution function of x. Text: "gelu", "gelu tanh". */
typedef struct dpb_gelu_config {
  int by_tanh; /* 1: the older approximation by tanh; functions.h has both */
} dpb_gelu_config;

DPB_API dpb_status dpb_add_gelu(dpb_model *model, const dpb_gelu_config *config);

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

/* Batch normalisation (section 6.3; Ioffe and Szegedy, 2015): y = gamma * (x - mean) /
 * sqrt(var + eps) + beta, with mean and variance over the mini-batch, and for images over
 * all pixels of a channel, too. The book flattens an image first, and normalises each
 * number of it by itself: per_feature. Text: "batchnorm", "batchnorm feature", "batchnorm
 * eps 1e-5 momentum 0.99".
 *
 * Predicting takes running statistics: after each dpb_model_gradient that did not fail,
 * running = momentum * running + (1 - momentum) * that of the mini-batch, the variance
 * divided by n as everywhere here. They begin at 0, as the book's do; as long as all of
 * them are, predicting takes mean 0 and variance 1. Parameters gammai (1 at first), betai
 * (0); state running_meani, running_vari. Other libraries call 1 - momentum momentum. */
typedef struct dpb_batch_norm_config {
  float eps;       /* 0: 1e-6 */
  float momentum;  /* the part of the old that is kept, above 0, below 1; 0: 0.9 */
  int per_feature; /* 1: each number of a sample by itself, not each channel */
} dpb_batch_norm_config;

DPB_API dpb_status dpb_add_batch_norm(dpb_model *model,
                                      const dpb_batch_norm_config *config);

/* Layer normalisation (Ba, Kiros and Hinton, 2016): the same formula with mean and
 * variance over all numbers of one sample, in training and in predicting. Text:
 * "layernorm", "layernorm eps 1e-6". Parameters gammai (1 at first) and betai (0), a
 * number for each number of the sample. */
typedef struct dpb_layer_norm_config {
  float eps; /* 0: 1e-5 */
} dpb_layer_norm_config;

DPB_API dpb_status dpb_add_layer_norm(dpb_model *model,
                                      const dpb_layer_norm_config *config);

/* The loss ends the list. Without one, dpb_model_build takes softmax with cross-entropy.
 *
 * Softmax with cross-entropy, fused (section 5.6.3, appendix A): the mean over the
 * samples of logsumexp(z) - z[label]; its gradient is (softmax(z) - t) / n. Takes labels,
 * or targets whose rows add up to 1. Text: "softmax". */
DPB_API dpb_status dpb_add_softmax_cross_entropy(dpb_model *model);

/* The same with smoothed labels and weighted classes. With t the target (one-hot for a
 * label) of m classes, and w their weights,
 *
 *     t' = (1 - smoothing) t + smoothing / m
 *     loss = sum over the samples of sum_j w_j t'_j (logsumexp(z) - z_j)
 *            / sum over the samples of sum_j w_j t_j
 *
 * So the divisor is the sum of the labels' weights in the whole mini-batch. For labels
 * that is what PyTorch's CrossEntropyLoss does (its targets are divided by the count of
 * samples; here labels and one-hot targets give the same). Text: "softmax smooth 0.1",
 * "softmax weights 1 2 0.5", or both. */
typedef struct dpb_softmax_config {
  float smoothing;            /* at least 0, below 1 */
  const float *class_weights; /* each above 0, copied; NULL: 1 each */
  int classes;                /* of class_weights: as many as the network has outputs, or
                                 dpb_model_build gives DPB_ERR_SHAPE with both numbers */
} dpb_softmax_config;

DPB_API dpb_status dpb_add_softmax_cross_entropy_with(dpb_model *model,
                                                      const dpb_softmax_config *config);

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
