/* SPDX-License-Identifier: MIT
 *
 * Gradient check (section 5.7.3): the float32 backprop of a model against central
 * differences of its double-precision, plain-loop reference.
 *
 * The book compares two float64 computations by their mean absolute difference. Here the
 * fast path is float32, in which a central difference drowns in rounding; so the
 * numerical side runs in double on an independent implementation of every layer, and the
 * verdict is a relative error per tensor:
 *
 *     |backprop - numerical| / max(|backprop|, |numerical|, 0.01 * largest |numerical|)
 *
 * Coordinates at which a difference would step over a kink (ReLU at 0, a tie in max
 * pooling) are skipped and counted. Random masks are the same on both sides. A tensor
 * whose gradient is zero everywhere, or holds NaN or infinity, fails.
 *
 * There is one that must be zero: batch normalisation takes away what a bias in front of
 * it adds. Where there is batch normalisation behind, and the numerical gradient of a
 * bias is nothing beside that of its layer's weights, backprop's must be nothing, too.
 */
#ifndef DEEPBLAS_GRADCHECK_H
#define DEEPBLAS_GRADCHECK_H

#include <deepblas/model.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpb_gradcheck_config {
  int batch;       /* samples; 0: 4, and never fewer */
  uint64_t seed;   /* of inputs, labels and sampled coordinates */
  double h;        /* step of the central difference; 0: 1e-5, more where it takes more */
  double limit;    /* largest relative error that passes; 0: 1e-4 */
  int coordinates; /* sampled per tensor; 0: 64; tensors that small are checked in full */
  int directions;  /* random directions per tensor on top of the coordinates; 0: 2 */
} dpb_gradcheck_config;

typedef struct dpb_gradcheck_row {
  char name[16];   /* of the parameter */
  dpb_shape shape; /* in the book's order */
  int checked;     /* coordinates and directions compared */
  int skipped;     /* left out because of a kink */
  double error;    /* largest relative error; NaN or infinity where the gradient is */
  double largest;  /* largest absolute numerical gradient */
  int passed;
  int zero; /* 1: it is zero, and so it must be; error is relative to the layer's largest
             */
} dpb_gradcheck_row;

/* Checks every parameter of a built model with random inputs and labels (targets, under
 * mse). The model's parameters and state are used as they are and not changed; its
 * gradients are. rows holds capacity entries, of which *count are filled, one per
 * parameter tensor. *passed is 1 when every row passed. Errors: DPB_ERR_ARG,
 * DPB_ERR_STATE, DPB_ERR_SHAPE (capacity below the number of parameters, batch above
 * max_batch or below 4), DPB_ERR_UNSUPPORTED (a layer without a reference),
 * DPB_ERR_MEMORY. When the float32 pass itself is not finite, no row passes. */
DPB_API dpb_status dpb_gradcheck(dpb_model *model, const dpb_gradcheck_config *config,
                                 dpb_gradcheck_row *rows, int capacity, int *count,
                                 int *passed);

#ifdef __cplusplus
}
#endif

#endif
