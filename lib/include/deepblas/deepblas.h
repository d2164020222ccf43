/* SPDX-License-Identifier: MIT
 *
 * deepblas: neural networks on BLAS. Everything, in reading order.
 */
#ifndef DEEPBLAS_DEEPBLAS_H
#define DEEPBLAS_DEEPBLAS_H

/* Reading order, not the alphabet's. */
/* clang-format off */
#include <deepblas/export.h>
#include <deepblas/version.h>

#include <deepblas/status.h>     /* what functions return */
#include <deepblas/tensor.h>     /* shapes */
#include <deepblas/rng.h>        /* random numbers */

#include <deepblas/perceptron.h> /* chapter 2 */
#include <deepblas/functions.h>  /* chapter 3: activations */
#include <deepblas/loss.h>       /* chapter 4: losses */
#include <deepblas/gradient.h>   /* chapter 4: numerical gradient, gradient descent */
#include <deepblas/node.h>       /* chapter 5: computational graph */

#include <deepblas/layer.h>      /* chapters 5 to 7: layers */
#include <deepblas/product.h>    /* their matrix products */
#include <deepblas/model.h>      /* a network of layers */
#include <deepblas/gradcheck.h>  /* chapter 5: gradient check */
#include <deepblas/statistics.h> /* chapter 6: what the layers put out */
#include <deepblas/optimizer.h>  /* chapter 6: optimisers */
#include <deepblas/schedule.h>   /* chapter 6: learning rates that change */
#include <deepblas/im2col.h>     /* chapter 7: im2col */
#include <deepblas/networks.h>   /* the book's networks */

#include <deepblas/dataset.h>    /* data and mini-batches */
#include <deepblas/scaling.h>    /* features on the scale that networks learn from */
#include <deepblas/data_file.h>  /* CIFAR-10, CSV, arrays, folders of images */
#include <deepblas/npz.h>        /* NumPy's files; saving and loading a model */
#include <deepblas/half.h>       /* chapter 8: 16 bits for a weight */
#include <deepblas/augment.h>    /* images moved and turned at random */
#include <deepblas/images.h>     /* images to predict from */
#include <deepblas/trainer.h>    /* training and measuring */
#include <deepblas/metrics.h>    /* confusion matrix, precision, recall, top-k */

#include <deepblas/search.h>     /* chapter 6: search for hyper-parameters */

#include <deepblas/blas.h>       /* OpenBLAS underneath */
/* clang-format on */

#endif
