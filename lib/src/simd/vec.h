/* SPDX-License-Identifier: MIT
 *
 * Vector kernels: the loops around the matrix products. One table of functions for each
 * instruction set, chosen once at run time, so that a portable build is as fast as one
 * for this machine. Each element's result is the same whatever the array's length or
 * alignment and wherever in it the element lies, so that work can be cut anywhere. An
 * output array may be an input array, from the same element on.
 *
 * The same bits come out of every table, but for sigmoid, tanh and softmax: those are
 * within 3 units in the last place of the exact value for any x (softmax: 5). Values of
 * sigmoid and softmax below FLT_MIN are 0. sum_squares adds in another order in each.
 *
 * DEEPBLAS_VECTOR=generic|avx2|avx512 in the environment asks for a lesser table.
 */
#ifndef DPB_SIMD_VEC_H
#define DPB_SIMD_VEC_H

#include <stddef.h>
#include <stdint.h>

/* The numbers of an optimiser's step that do not change from element to element. */
typedef struct dpb__step_rates {
  float lr; /* lr_t in Adam */
  float momentum;
  float decay;
  float beta1;
  float beta2;
  float eps;
  float shrink; /* lr times the decoupled weight decay: p -= shrink p comes first */
} dpb__step_rates;

typedef struct dpb__vec {
  const char *name; /* "avx512" */

  /* y = x * scale */
  void (*from_bytes)(size_t n, const uint8_t *x, float scale, float *y);
  /* activations: functions.h has the formulas */
  void (*sigmoid)(size_t n, const float *x, float *y);
  void (*sigmoid_gradient)(size_t n, const float *y, const float *dy, float *dx);
  void (*tanh)(size_t n, const float *x, float *y);
  void (*tanh_gradient)(size_t n, const float *y, const float *dy, float *dx);
  void (*relu)(size_t n, const float *x, float *y);
  void (*relu_gradient)(size_t n, const float *x, const float *dy, float *dx);
  void (*leaky_relu)(size_t n, float slope, const float *x, float *y);
  void (*leaky_relu_gradient)(size_t n, float slope, const float *x, const float *dy,
                              float *dx);
  void (*elu)(size_t n, float alpha, const float *x, float *y);
  void (*elu_gradient)(size_t n, float alpha, const float *y, const float *dy, float *dx);
  void (*softplus)(size_t n, const float *x, float *y);
  void (*softplus_gradient)(size_t n, const float *x, const float *dy, float *dx);
  void (*gelu)(size_t n, const float *x, float *y);
  void (*gelu_gradient)(size_t n, const float *x, const float *dy, float *dx);
  void (*gelu_tanh)(size_t n, const float *x, float *y);
  void (*gelu_tanh_gradient)(size_t n, const float *x, const float *dy, float *dx);
  /* one row: y = exp(x - max x) / sum; returns log(sum of exp(x)) (double) */
  double (*softmax)(size_t n, const float *x, float *y);
  /* y[r, c] = b[c] for each of rows rows */
  void (*fill_rows)(size_t rows, size_t cols, const float *b, float *y);
  /* y[r, c] += b[c], and y[r, c] = max(y[r, c] + b[c], 0) */
  void (*add_rows)(size_t rows, size_t cols, const float *b, float *y);
  void (*relu_rows)(size_t rows, size_t cols, const float *b, float *y);
  /* s[c] += x[r, c], one row after the other */
  void (*sum_rows)(size_t rows, size_t cols, const float *x, float *s);
  /* y += x */
  void (*add)(size_t n, const float *x, float *y);
  /* y += a x, rounded twice */
  void (*add_scaled)(size_t n, float a, const float *x, float *y);
  /* y *= a */
  void (*scale)(size_t n, float a, float *y);
  /* sum of x^2, in double */
  double (*sum_squares)(size_t n, const float *x);
  /* 1 when every element is finite */
  int (*all_finite)(size_t n, const float *x);

  /* optimisers: one pass, parameter and state read and written once */
  void (*sgd)(size_t n, const dpb__step_rates *r, float *p, const float *g);
  void (*momentum)(size_t n, const dpb__step_rates *r, float *p, const float *g,
                   float *v);
  void (*nesterov)(size_t n, const dpb__step_rates *r, float *p, const float *g,
                   float *v);
  void (*adagrad)(size_t n, const dpb__step_rates *r, float *p, const float *g, float *h);
  void (*rmsprop)(size_t n, const dpb__step_rates *r, float *p, const float *g, float *h);
  void (*adam)(size_t n, const dpb__step_rates *r, float *p, const float *g, float *m,
               float *v);
} dpb__vec;

/* The table for this CPU. Any thread, any time. */
const dpb__vec *dpb__vec_get(void);

/* A table by name, NULL when this CPU or build cannot run it (tests compare them). */
const dpb__vec *dpb__vec_find(const char *name);

/* The tables to choose from. One that the compiler was not asked to build, or that the
 * architecture does not have, is NULL. */
const dpb__vec *dpb__vec_generic(void);
const dpb__vec *dpb__vec_avx2(void);
const dpb__vec *dpb__vec_avx512(void);

#endif
