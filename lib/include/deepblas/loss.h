/* SPDX-License-Identifier: MIT
 *
 * The losses of chapter 4 on plain arrays. Sums run in double.
 *
 * Shapes: y (rows, cols) holds a row of outputs per sample. Each loss is the mean over
 * the rows, as in section 4.2.4. Errors: DPB_ERR_ARG for NULL or no rows or columns,
 * DPB_ERR_SIZE for more of them than memory can hold; *loss is 0 then.
 */
#ifndef DEEPBLAS_LOSS_H
#define DEEPBLAS_LOSS_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The book's mean squared error (section 4.2.1): 1/2 * sum over the columns of (y - t)^2,
 * averaged over the rows. t has the shape of y. */
DPB_API dpb_status dpb_mean_squared_error(size_t rows, size_t cols, const float *y,
                                          const float *t, double *loss);

/* Cross-entropy -log(y[label]) of probabilities y against class labels (section 4.2.2). y
 * below 1e-7 counts as 1e-7, so that a probability of 0 costs 16.1 and not infinity.
 * DPB_ERR_DATA names the first label outside 0..cols-1. */
DPB_API dpb_status dpb_cross_entropy_labels(size_t rows, size_t cols, const float *y,
                                            const int32_t *labels, double *loss);

/* The same against one-hot (or soft) targets t (rows, cols): -sum t * log(y).
 * DPB_ERR_DATA names the first row whose targets do not add up to 1 (within 1e-3) or
 * leave 0..1. */
DPB_API dpb_status dpb_cross_entropy_one_hot(size_t rows, size_t cols, const float *y,
                                             const float *t, double *loss);

#ifdef __cplusplus
}
#endif

#endif
