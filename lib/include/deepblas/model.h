/* SPDX-License-Identifier: MIT
 *
 * A network: built from a list of layers (layer.h), then trained and asked.
 *
 * dpb_model_build plans the whole network, allocates once, and initialises the
 * parameters; after it nothing allocates: not a training step, not a prediction.
 *
 * Names and order of parameters are the book's: W1, b1, W2, ... counted over the layers
 * that have them. Whatever crosses this interface is in the book's order: affine W (in,
 * out) with an image flattened as c, h, w. Inside, images lie as h, w, c; nobody else
 * permutes.
 *
 * Threads: a dpb_model is for one thread at a time. Many threads may share one const
 * dpb_model for prediction, each with a dpb_context of its own, while nobody changes it.
 * Inside, the library uses its own worker threads and sets OpenBLAS to one thread per
 * call, restoring the host's setting on the way out. The result does not depend on the
 * number of threads: the same seed gives the same bits.
 */
#ifndef DEEPBLAS_MODEL_H
#define DEEPBLAS_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/layer.h>
#include <deepblas/product.h>
#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpb_model_config {
  dpb_hwc input;    /* one sample; a vector of n numbers is {1, 1, n} */
  int max_batch;    /* the largest mini-batch; 0: 100 */
  uint64_t seed;    /* of the initial parameters */
  int threads;      /* workers; 0: dpb_default_threads() */
  dpb_init init;    /* for layers whose own init is DPB_INIT_AUTO */
  int inference;    /* 1: no gradients are held, and training is refused */
  size_t workspace; /* bytes that each product of a convolution takes at the most for its
                       part of the column matrix, in each worker; the least possible where
                       that is not enough. 0: as many as are of use */
  float weight_decay;  /* lambda: see dpb_model_set_weight_decay; 0: none */
  size_t memory_limit; /* bytes of dpb_model_memory, all together: a network that takes
                          more is refused (DPB_ERR_SIZE, with the numbers) before memory
                          is asked for. 0: no limit, but see dpb_model_load */
} dpb_model_config;

/* *model is NULL on failure: DPB_ERR_ARG names a field that is out of range. The caller
 * destroys it; destroy(NULL) does nothing. */
DPB_API dpb_status dpb_model_create(const dpb_model_config *config, dpb_model **model);
DPB_API void dpb_model_destroy(dpb_model *model);

/* Infers every shape, allocates, initialises. Returns the first error of the list of
 * layers, if there was one. After a failure the model can only be destroyed. A NULL model
 * is DPB_ERR_ARG, with the message of the failed create kept. */
DPB_API dpb_status dpb_model_build(dpb_model *model);

/* -- what it is */

/* One sample at the input and at the output. {0, 0, 0} for NULL, or before build. */
DPB_API dpb_hwc dpb_model_input(const dpb_model *model);
DPB_API dpb_hwc dpb_model_output(const dpb_model *model);
DPB_API int dpb_model_max_batch(const dpb_model *model);
DPB_API int dpb_model_threads(const dpb_model *model);

/* The network as text that dpb_add_text reads back. Writes at most capacity bytes, always
 * terminated; *length (may be NULL) is the length of the whole text without its 0. */
DPB_API dpb_status dpb_model_text(const dpb_model *model, char *text, size_t capacity,
                                  size_t *length);

typedef struct dpb_layer_info {
  const char *name; /* "affine"; static */
  char text[96];    /* "affine 100" */
  dpb_hwc in;
  dpb_hwc out;
  size_t parameters;
  size_t state; /* numbers that training makes besides: running statistics */
  /* products of forward, data gradient (not in the first layer) and weight gradient, for
   * the whole mini-batch, of each of so many groups; all zero where the layer has none */
  int groups;
  dpb_gemm_size forward;
  dpb_gemm_size data_gradient;
  dpb_gemm_size weight_gradient;
} dpb_layer_info;

DPB_API int dpb_model_layer_count(const dpb_model *model);

/* Layer 0 is the first; its products are for a mini-batch of batch samples. */
DPB_API dpb_status dpb_model_layer(const dpb_model *model, int layer, int batch,
                                   dpb_layer_info *info);

/* The plan that dpb_model_build made for a product of layer 0, 1, ..., as it works out
 * for a mini-batch of batch samples. Errors as dpb_model_layer, DPB_ERR_ARG for a kind
 * that there is not. A call may still be handed to OpenBLAS in pieces. */
DPB_API dpb_status dpb_model_layer_plan(const dpb_model *model, int layer,
                                        dpb_product_kind kind, int batch,
                                        dpb_product_plan *plan);

/* Bytes held, by what they are for. */
typedef struct dpb_memory_info {
  size_t parameters;
  size_t gradients;
  size_t activations; /* of all workers, with deltas and scratch */
} dpb_memory_info;

DPB_API dpb_status dpb_model_memory(const dpb_model *model, dpb_memory_info *info);

/* -- what its data was
 *
 * Notes for those who use the model later, saved with it. Predicting does not look at
 * them: outputs are numbered, and samples are taken as they are given. */

/* Names the outputs: copies count names, none of them empty, as many as there are outputs
 * (DPB_ERR_SHAPE); 0 and NULL take them away. Not while another thread reads the model.
 */
DPB_API dpb_status dpb_model_set_class_names(dpb_model *model, int count,
                                             const char *const *names);

/* The name of output 0, 1, ..., owned by the model; NULL where there is none. */
DPB_API const char *dpb_model_class_name(const dpb_model *model, int index);

/* How the training data was scaled (scaling.h): x became (x - mean) / deviation, with one
 * of each for all channels, or one for each channel of the input (DPB_ERR_SHAPE).
 * DPB_ERR_DATA for a mean that is not finite or a deviation that is not finite or
 * negative. 0, NULL, NULL: it was not. Not while another thread reads the model. */
DPB_API dpb_status dpb_model_set_scaling(dpb_model *model, int channels,
                                         const double *mean, const double *deviation);

/* The number of channels, with *mean and *deviation (may be NULL) owned by the model:
 * what dpb_scaling_create takes. 0, and NULL in both, where the data was not scaled. */
DPB_API int dpb_model_scaling(const dpb_model *model, const double **mean,
                              const double **deviation);

/* -- parameters */

typedef struct dpb_parameter_info {
  char name[24];   /* "W1" */
  dpb_shape shape; /* in the book's order */
  size_t count;
  int layer;
  int weight; /* 1: weight decay applies; 0: bias, gamma, beta */
} dpb_parameter_info;

DPB_API int dpb_model_parameter_count(const dpb_model *model);
DPB_API dpb_status dpb_model_parameter(const dpb_model *model, int index,
                                       dpb_parameter_info *info);

/* What training changes besides the parameters, and predicting reads: the running_meanN
 * and running_varN of batch normalisation (layer.h). It belongs to the model, is saved
 * with it, and is read and set by name as parameters are; optimisers never see it. */
DPB_API int dpb_model_state_count(const dpb_model *model);
DPB_API dpb_status dpb_model_state(const dpb_model *model, int index,
                                   dpb_parameter_info *info);

/* Copy a parameter, or its gradient of the last dpb_model_gradient, by name. count must
 * be the parameter's: DPB_ERR_SHAPE gives both numbers; DPB_ERR_NOT_FOUND names what is
 * missing. Setting refuses NaN, infinity and a variance below 0 (DPB_ERR_DATA) and then
 * changes nothing. State has no gradient (DPB_ERR_NOT_FOUND). */
DPB_API dpb_status dpb_model_get_parameter(const dpb_model *model, const char *name,
                                           float *values, size_t count);
DPB_API dpb_status dpb_model_set_parameter(dpb_model *model, const char *name,
                                           const float *values, size_t count);
DPB_API dpb_status dpb_model_get_gradient(const dpb_model *model, const char *name,
                                          float *values, size_t count);

/* All parameters and gradients as flat arrays in the library's own order, for optimisers:
 * *count numbers each, valid until the model is destroyed. Padding between segments is 0
 * and stays 0 when an optimiser treats it like the rest. Each of the three may be NULL;
 * *gradients is, of a model built for inference. */
DPB_API dpb_status dpb_model_flat(dpb_model *model, float **parameters, float **gradients,
                                  size_t *count);

/* -- running */

/* A mini-batch, borrowed for the call. Rows are samples, images as h, w, c. Exactly one
 * of features and pixels is given; with rows, sample i is row rows[i] of the table, of
 * the labels and of the targets, else it is row i. */
typedef struct dpb_batch {
  int n;
  const float *features;
  const uint8_t *pixels; /* each becomes pixel * scale */
  float scale;
  const uint32_t *rows;
  const int32_t *labels; /* class of each sample, or */
  const float *targets;  /* target outputs; NULL both where no loss is asked for */
  const float *scales;  /* NULL both; or for each number of a sample: the feature x, or */
  const float *offsets; /* pixel * scale, becomes x * scales[i] + offsets[i] */
} dpb_batch;

/* Forward and backward in training mode: *loss is the mean over the batch, the gradients
 * are in the model. Errors: DPB_ERR_ARG, DPB_ERR_SHAPE (n above max_batch), DPB_ERR_DATA
 * (a label outside the classes, named), DPB_ERR_DIVERGED (the loss is not finite; the
 * layer whose output was first not finite is named; parameters are as they were). */
DPB_API dpb_status dpb_model_gradient(dpb_model *model, const dpb_batch *batch,
                                      double *loss);

/* The book's weight decay (section 6.4.2), an L2 penalty: dpb_model_gradient's loss gets
 * lambda / 2 times the sum of the squares of all weights, and its gradients lambda * W;
 * biases, gamma and beta are left out. dpb_model_loss and dpb_evaluate stay without it.
 * 0 turns it off. DPB_ERR_ARG unless lambda is finite and at least 0. (The optimiser's
 * weight_decay is the other kind, decoupled from the gradient.) */
DPB_API dpb_status dpb_model_set_weight_decay(dpb_model *model, float lambda);
DPB_API float dpb_model_weight_decay(const dpb_model *model);

/* Gradients of more samples than fit into one mini-batch: clear, then add as many as you
 * like, and the gradients are the sum of share times those of each.
 *
 *     dpb_model_gradient_clear(model);
 *     for (int i = 0; i < parts; i++)
 *       dpb_model_gradient_add(model, &part[i], (float)part[i].n / (float)all, &loss);
 *     dpb_train_update(model, optimizer);
 *
 * Shares that are each part's share of the samples give the gradient of the one large
 * mini-batch, but for rounding; the loss is the part's own. Clear sets the gradients to
 * 0; its first call allocates another vector of gradients, so call it once ahead of a
 * loop that shall not allocate (DPB_ERR_MEMORY). Add: errors as dpb_model_gradient,
 * DPB_ERR_ARG when share is not finite, DPB_ERR_STATE before the first clear; after a
 * failure the sum is as it was. */
DPB_API dpb_status dpb_model_gradient_clear(dpb_model *model);
DPB_API dpb_status dpb_model_gradient_add(dpb_model *model, const dpb_batch *batch,
                                          float share, double *loss);

/* Clips the gradients by their global norm (Pascanu, Mikolov, Bengio: On the difficulty
 * of training recurrent neural networks, 2013): when sqrt(sum of the squares of all) is
 * above max_norm, all are multiplied by max_norm over it. *norm (may be NULL) is what it
 * was before. The same bits on any number of threads; allocates nothing. Errors:
 * DPB_ERR_ARG unless max_norm is above 0 (infinity only measures); DPB_ERR_STATE without
 * gradients; DPB_ERR_DIVERGED when a gradient is not finite, and names its tensor: all
 * are as they were. */
DPB_API dpb_status dpb_clip_gradients(dpb_model *model, double max_norm, double *norm);

/* Loss in inference mode. *correct (may be NULL) counts the samples whose largest output
 * is their class; classes of targets are their largest entry. */
DPB_API dpb_status dpb_model_loss(dpb_model *model, const dpb_batch *batch, double *loss,
                                  int *correct);

/* Outputs of n samples, (n, outputs): class probabilities under softmax, plain outputs
 * under mse. labels and targets are not looked at. */
DPB_API dpb_status dpb_model_predict(dpb_model *model, const dpb_batch *batch,
                                     float *outputs);

/* -- predicting from many threads */

/* What one thread needs to run a model that it shares. Cheap; holds no parameters. */
typedef struct dpb_context dpb_context;

/* For mini-batches up to max_batch (0: the model's). The model must outlive it. */
DPB_API dpb_status dpb_context_create(const dpb_model *model, int max_batch,
                                      dpb_context **context);
DPB_API void dpb_context_destroy(dpb_context *context);

/* As dpb_model_predict, in the calling thread alone; bit-equal to it. */
DPB_API dpb_status dpb_context_predict(dpb_context *context, const dpb_batch *batch,
                                       float *outputs);

#ifdef __cplusplus
}
#endif

#endif
