/* SPDX-License-Identifier: MIT
 *
 * The two-layer network of sections 4.5.1 and 5.7.2 in plain double loops: affine,
 * sigmoid or ReLU, affine, softmax with cross-entropy. It only goes forward; its gradient
 * is for dpb_numerical_gradient, with plain_net_loss as the function. Double, because in
 * float32 a difference of two losses has hardly a digit left.
 */
#ifndef APP_PLAIN_NET_H
#define APP_PLAIN_NET_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/model.h>

typedef struct plain_net {
  size_t samples, inputs, hidden, classes;
  int relu;        /* else sigmoid */
  double *x;       /* (samples, inputs) */
  int32_t *labels; /* of each sample */
  double *z;       /* hidden + classes numbers to work with */
} plain_net;

/* With room for so many samples; plain_net_close frees it. */
void plain_net_open(plain_net *net, size_t samples, size_t inputs, size_t hidden,
                    size_t classes, int relu);
void plain_net_close(plain_net *net);

/* The samples that the loss is of; as many as there is room for. */
void plain_net_samples(plain_net *net, const dpb_batch *batch);

/* W1 (inputs, hidden), b1, W2 (hidden, classes), b2: so many numbers. */
size_t plain_net_count(const plain_net *net);

/* The mean loss of the samples for count parameters; net is a plain_net. */
double plain_net_loss(size_t count, const double *parameters, void *net);

/* All parameters of a model in their order, or all gradients: get is
 * dpb_model_get_parameter or dpb_model_get_gradient. */
dpb_status plain_net_read(const dpb_model *model,
                          dpb_status (*get)(const dpb_model *, const char *, float *,
                                            size_t),
                          double *values);

#endif
