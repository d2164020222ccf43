/* SPDX-License-Identifier: MIT
 *
 * The six optimisers of the book (section 6.1), exactly as its common/optimizer.py
 * defines them. g is the gradient, p the parameter, all arithmetic float32, element by
 * element:
 *
 *   SGD       p -= lr g
 *   Momentum  v = momentum v - lr g;  p += v
 *   Nesterov  v = momentum v - lr g;  p += momentum^2 v_old - (1 + momentum) lr g
 *             (Bengio, Boulanger-Lewandowski, Pascanu 2012: v_old is v before this step)
 *   AdaGrad   h += g^2;  p -= lr g / (sqrt(h) + eps)
 *   RMSprop   h = decay h + (1 - decay) g^2;  p -= lr g / (sqrt(h) + eps)
 *   Adam      m += (1 - beta1)(g - m);  v += (1 - beta2)(g^2 - v)
 *             p -= lr_t m / (sqrt(v) + eps), lr_t = lr sqrt(1 - beta2^t) / (1 - beta1^t)
 *
 * eps is outside the root, 1e-7 by default (PyTorch: 1e-8, inside the bias correction).
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
  DPB_ADAM
} dpb_optimizer_kind;

/* A zero field means the book's default, in brackets. */
typedef struct dpb_optimizer_config {
  dpb_optimizer_kind kind;
  float lr;       /* [0.01; 0.001 for Adam] */
  float momentum; /* Momentum, Nesterov [0.9] */
  float decay;    /* RMSprop [0.99] */
  float beta1;    /* Adam [0.9] */
  float beta2;    /* Adam [0.999] */
  float eps;      /* AdaGrad, RMSprop, Adam [1e-7] */
} dpb_optimizer_config;

/* Opaque; owns its state vectors (momentum, moments), zero at first. */
typedef struct dpb_optimizer dpb_optimizer;

/* For n parameters. Errors: DPB_ERR_ARG names a field out of range (rates must be
 * positive and finite; momentum, decay and betas in [0, 1)), DPB_ERR_MEMORY,
 * DPB_ERR_SIZE. */
DPB_API dpb_status dpb_optimizer_create(const dpb_optimizer_config *config, size_t n,
                                        dpb_optimizer **optimizer);
DPB_API void dpb_optimizer_destroy(dpb_optimizer *optimizer);

/* One step over all n parameters. Deterministic; allocates nothing. */
DPB_API dpb_status dpb_optimizer_step(dpb_optimizer *optimizer, size_t n,
                                      float *parameters, const float *gradients);

/* The learning rate of the steps to come. */
DPB_API dpb_status dpb_optimizer_set_lr(dpb_optimizer *optimizer, float lr);
DPB_API float dpb_optimizer_lr(const dpb_optimizer *optimizer);

/* "sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam". */
DPB_API const char *dpb_optimizer_name(dpb_optimizer_kind kind);

/* The kind of that name; DPB_ERR_NOT_FOUND lists the names there are. */
DPB_API dpb_status dpb_optimizer_find(const char *name, dpb_optimizer_kind *kind);

#ifdef __cplusplus
}
#endif

#endif
