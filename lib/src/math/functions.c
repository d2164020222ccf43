/* SPDX-License-Identifier: MIT
 *
 * The functions of chapter 3 and their successors on plain arrays: the public side of the
 * vector kernels.
 */
#include <deepblas/functions.h>

#include <stdbool.h>
#include <string.h>

#include "simd/vec.h"

/* An array that is not there: nothing is written then. */
static bool missing(const void *a, const void *b) {
  return a == NULL || b == NULL;
}

static void copy(size_t n, const float *from, float *to) {
  if (n > 0) memmove(to, from, n * sizeof *to);
}

void dpb_identity(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  copy(n, x, y);
}

void dpb_identity_gradient(size_t n, const float *dy, float *dx) {
  if (missing(dy, dx)) return;
  copy(n, dy, dx);
}

void dpb_step(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  for (size_t i = 0; i < n; i++) y[i] = x[i] > 0.0F ? 1.0F : 0.0F;
}

void dpb_step_gradient(size_t n, const float *dy, float *dx) {
  if (missing(dy, dx)) return;
  (void)dy;
  for (size_t i = 0; i < n; i++) dx[i] = 0.0F;
}

void dpb_sigmoid(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->sigmoid(n, x, y);
}

void dpb_sigmoid_gradient(size_t n, const float *y, const float *dy, float *dx) {
  if (missing(y, dy) || dx == NULL) return;
  dpb__vec_get()->sigmoid_gradient(n, y, dy, dx);
}

void dpb_tanh(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->tanh(n, x, y);
}

void dpb_tanh_gradient(size_t n, const float *y, const float *dy, float *dx) {
  if (missing(y, dy) || dx == NULL) return;
  dpb__vec_get()->tanh_gradient(n, y, dy, dx);
}

void dpb_relu(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->relu(n, x, y);
}

void dpb_relu_gradient(size_t n, const float *x, const float *dy, float *dx) {
  if (missing(x, dy) || dx == NULL) return;
  dpb__vec_get()->relu_gradient(n, x, dy, dx);
}

void dpb_leaky_relu(size_t n, float slope, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->leaky_relu(n, slope, x, y);
}

void dpb_leaky_relu_gradient(size_t n, float slope, const float *x, const float *dy,
                             float *dx) {
  if (missing(x, dy) || dx == NULL) return;
  dpb__vec_get()->leaky_relu_gradient(n, slope, x, dy, dx);
}

void dpb_elu(size_t n, float alpha, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->elu(n, alpha, x, y);
}

void dpb_elu_gradient(size_t n, float alpha, const float *y, const float *dy, float *dx) {
  if (missing(y, dy) || dx == NULL) return;
  dpb__vec_get()->elu_gradient(n, alpha, y, dy, dx);
}

void dpb_softplus(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->softplus(n, x, y);
}

void dpb_softplus_gradient(size_t n, const float *x, const float *dy, float *dx) {
  if (missing(x, dy) || dx == NULL) return;
  dpb__vec_get()->softplus_gradient(n, x, dy, dx);
}

void dpb_gelu(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->gelu(n, x, y);
}

void dpb_gelu_gradient(size_t n, const float *x, const float *dy, float *dx) {
  if (missing(x, dy) || dx == NULL) return;
  dpb__vec_get()->gelu_gradient(n, x, dy, dx);
}

void dpb_gelu_tanh(size_t n, const float *x, float *y) {
  if (missing(x, y)) return;
  dpb__vec_get()->gelu_tanh(n, x, y);
}

void dpb_gelu_tanh_gradient(size_t n, const float *x, const float *dy, float *dx) {
  if (missing(x, dy) || dx == NULL) return;
  dpb__vec_get()->gelu_tanh_gradient(n, x, dy, dx);
}

void dpb_softmax(size_t rows, size_t cols, const float *x, float *y) {
  if (missing(x, y)) return;
  if (cols == 0) return;
  const dpb__vec *vec = dpb__vec_get();
  for (size_t r = 0; r < rows; r++) vec->softmax(cols, x + r * cols, y + r * cols);
}

void dpb_softmax_gradient(size_t rows, size_t cols, const float *y, const float *dy,
                          float *dx) {
  if (missing(y, dy) || dx == NULL) return;
  if (cols == 0) return;
  for (size_t r = 0; r < rows; r++) {
    size_t begin = r * cols, end = begin + cols;
    double sum = 0;
    for (size_t i = begin; i < end; i++) sum += (double)dy[i] * (double)y[i];
    for (size_t i = begin; i < end; i++)
      dx[i] = (float)((double)y[i] * ((double)dy[i] - sum));
  }
}
