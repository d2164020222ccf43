/* SPDX-License-Identifier: MIT
 *
 * The functions of chapter 3 and their successors on plain arrays, each with its gradient
 * (chapter 5).
 *
 * Shapes: x, y, dy, dx hold n floats; in and out may be the same array, but not overlap
 * otherwise. Gradients take what the forward pass has at hand: dx = dy * f'(.), where f'
 * is written in the output y for sigmoid, tanh, ELU and softmax and in the input x for
 * the others.
 * Errors: none; where an array is NULL nothing is written.
 * Threads: pure functions.
 */
#ifndef DEEPBLAS_FUNCTIONS_H
#define DEEPBLAS_FUNCTIONS_H

#include <stddef.h>

#include <deepblas/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x; its gradient is dy. Section 3.5.1 (identity). */
DPB_API void dpb_identity(size_t n, const float *x, float *y);
DPB_API void dpb_identity_gradient(size_t n, const float *dy, float *dx);

/* y = 1 where x > 0, else 0 (section 3.2.1). Its gradient is 0 everywhere. */
DPB_API void dpb_step(size_t n, const float *x, float *y);
DPB_API void dpb_step_gradient(size_t n, const float *dy, float *dx);

/* y = 1 / (1 + exp(-x)), stable for any x (section 3.2.4). dx = dy * y * (1 - y). */
DPB_API void dpb_sigmoid(size_t n, const float *x, float *y);
DPB_API void dpb_sigmoid_gradient(size_t n, const float *y, const float *dy, float *dx);

/* y = tanh(x). dx = dy * (1 - y * y). */
DPB_API void dpb_tanh(size_t n, const float *x, float *y);
DPB_API void dpb_tanh_gradient(size_t n, const float *y, const float *dy, float *dx);

/* y = max(x, 0) (section 3.2.7). dx = dy where x > 0, else 0: ReLU'(0) = 0. A NaN passes.
 */
DPB_API void dpb_relu(size_t n, const float *x, float *y);
DPB_API void dpb_relu_gradient(size_t n, const float *x, const float *dy, float *dx);

/* y = x where x > 0, else slope * x; dx = dy, and slope * dy. 0.01 is the usual slope. */
DPB_API void dpb_leaky_relu(size_t n, float slope, const float *x, float *y);
DPB_API void dpb_leaky_relu_gradient(size_t n, float slope, const float *x,
                                     const float *dy, float *dx);

/* y = x where x > 0, else alpha * (exp(x) - 1), alpha above 0; dx = dy, and dy * (y +
 * alpha). Clevert and others, 2015, with alpha = 1. */
DPB_API void dpb_elu(size_t n, float alpha, const float *x, float *y);
DPB_API void dpb_elu_gradient(size_t n, float alpha, const float *y, const float *dy,
                              float *dx);

/* y = log(1 + exp(x)), stable for any x. dx = dy * sigmoid(x). */
DPB_API void dpb_softplus(size_t n, const float *x, float *y);
DPB_API void dpb_softplus_gradient(size_t n, const float *x, const float *dy, float *dx);

/* y = x * P(x), P being the normal distribution function, (1 + erf(x / sqrt(2))) / 2; dx
 * = dy * (P(x) + x * exp(-x^2 / 2) / sqrt(2 pi)). Hendrycks and Gimpel, 2016. */
DPB_API void dpb_gelu(size_t n, const float *x, float *y);
DPB_API void dpb_gelu_gradient(size_t n, const float *x, const float *dy, float *dx);

/* The same with (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2 in the place of P(x).
 */
DPB_API void dpb_gelu_tanh(size_t n, const float *x, float *y);
DPB_API void dpb_gelu_tanh_gradient(size_t n, const float *x, const float *dy, float *dx);

/* Softmax of each row of x (rows, cols), with the row's maximum taken off first (section
 * 3.5.2). Gradient: dx = y * (dy - sum_j dy_j y_j), row by row. */
DPB_API void dpb_softmax(size_t rows, size_t cols, const float *x, float *y);
DPB_API void dpb_softmax_gradient(size_t rows, size_t cols, const float *y,
                                  const float *dy, float *dx);

#ifdef __cplusplus
}
#endif

#endif
