/* SPDX-License-Identifier: MIT
 *
 * The six optimisers of the book (section 6.1), exactly as its common/optimizer.py
 * defines them, and AdamW. g is the gradient, p the parameter, all arithmetic float32,
 * element by element:
 *
 *   SGD       p -= lr g
 *   Momentum  v = momentum v - lr g;  p += v
 *   Nesterov  v = momentum v - lr g;  p += momentum^2 v_old - (1 + momentum) lr g
 *             (Bengio, Boulanger-Lewandowski, Pascanu 2012: v_old is v before this step)
 *   AdaGrad   h += g^2;  p -= lr g / (sqrt(h) + eps)
 *   RMSprop   h = decay h + (1 - decay) g^2;  p -= lr g / (sqrt(h) + eps)
 *   Adam      m += (1 - beta1)(g - m);  v += (1 - beta2)(g^2 - v)
 *             p -= lr_t m / (sqrt(v) + eps), lr_t = lr sqrt(1 - beta2^t) / (1 - beta1^t)
 *   AdamW     Adam with weight_decay (Loshchilov, Hutter: Decoupled Weight Decay
 *             Regularization, 2019)
 *
 * eps is outside the root, 1e-7 by default (PyTorch: 1e-8, inside the bias correction).
 *
 * weight_decay, in any of them, is decoupled from the gradient: p -= lr weight_decay p
 * comes first, with lr as it is set, not lr_t. The L2 penalty of the book (section 6.4.2)
 * is the model's instead: dpb_model_set_weight_decay. For SGD they are the same thing.
 */
#ifndef DEEPBLAS_OPTIMIZER_H
#define DEEPBLAS_OPTIMIZER_H

#include <stddef.h>

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dpb_optimizer_kind {
  DPB_SGD = 0,
  DPB_MOMENTUM,
  DPB_NESTEROV,
  DPB_ADAGRAD,
  DPB_RMSPROP,
  DPB_ADAM,
  DPB_ADAMW
} dpb_optimizer_kind;

/* A zero field means the book's default, in brackets. */
typedef struct dpb_optimizer_config {
  dpb_optimizer_kind kind;
  float lr;           /* [0.01; 0.001 for Adam, AdamW] */
  float momentum;     /* Momentum, Nesterov [0.9] */
  float decay;        /* RMSprop [0.99] */
  float beta1;        /* Adam, AdamW [0.9] */
  float beta2;        /* Adam, AdamW [0.999] */
  float eps;          /* AdaGrad, RMSprop, Adam, AdamW [1e-7] */
  float weight_decay; /* decoupled [0; 0.01 for AdamW] */
} dpb_optimizer_config;

/* Opaque; owns its state vectors (momentum, moments), zero at first. */
typedef struct dpb_optimizer dpb_optimizer;

/* For n parameters. Errors: DPB_ERR_ARG names a field out of range (rates must be
 * positive and finite; momentum, decay and betas in [0, 1); weight_decay at least 0 and
 * finite), DPB_ERR_MEMORY,
 * DPB_ERR_SIZE. */
DPB_API dpb_status dpb_optimizer_create(const dpb_optimizer_config *config, size_t n,
                                        dpb_optimizer **optimizer);
DPB_API void dpb_optimizer_destroy(dpb_optimizer *optimizer);

/* One step over all n parameters, and weight_decay, where there is one, on all of them
 * (dpb_train_step leaves biases, gamma and beta out). Deterministic; allocates nothing.
 */
DPB_API dpb_status dpb_optimizer_step(dpb_optimizer *optimizer, size_t n,
                                      float *parameters, const float *gradients);

/* The learning rate of the steps to come. */
DPB_API dpb_status dpb_optimizer_set_lr(dpb_optimizer *optimizer, float lr);
DPB_API float dpb_optimizer_lr(const dpb_optimizer *optimizer);

/* "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam",
 * "adamw". */
DPB_API const char *dpb_optimizer_name(dpb_optimizer_kind kind);

/* The kind of that name; DPB_ERR_NOT_FOUND lists the names there are. */
DPB_API dpb_status dpb_optimizer_find(const char *name, dpb_optimizer_kind *kind);

#ifdef __cplusplus
}
#endif

#endif
