/* SPDX-License-Identifier: MIT
 *
 * Kernels of batch and layer normalisation (layer/batch_norm.c, layer/layer_norm.c). One
 * table for each instruction set, that of the vector kernels (vec.h); the same bits come
 * out of every one. No output may be an input.
 *
 * Sums run in float32 down blocks of 64 rows that stay in the nearest cache, and are
 * joined in double, so that neither many rows nor a mean far from 0 costs digits.
 */
#ifndef DPB_MATH_NORM_H
#define DPB_MATH_NORM_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dpb__norm {
  const char *name; /* "avx512" */

  /* -- columns of x (rows, cols), at least one of each */

  /* mean[c], and squares[c] = sum of (x - mean)^2 */
  void (*moments)(size_t rows, size_t cols, const float *x, double *mean,
                  double *squares);
  /* y = (x - mean[c]) * scale[c] + shift[c], and no less than 0 with relu */
  void (*apply)(size_t rows, size_t cols, const float *x, const float *mean,
                const float *scale, const float *shift, bool relu, float *y);
  /* sum[c] of dy, and product[c] = sum of dy * (x - mean) */
  void (*sums)(size_t rows, size_t cols, const float *x, const float *mean,
               const float *dy, double *sum, double *product);
  /* dx = (dy - level[c] - (x - mean[c]) * slope[c]) * scale[c] */
  void (*gradient)(size_t rows, size_t cols, const float *x, const float *mean,
                   const float *dy, const float *level, const float *slope,
                   const float *scale, float *dx);

  /* -- one row of n numbers with a mean of its own; moments with cols = 1 gives it */

  /* y = (x - mean) * scale * gamma[i] + beta[i], and no less than 0 with relu */
  void (*row_apply)(size_t n, const float *x, float mean, float scale, const float *gamma,
                    const float *beta, bool relu, float *y);
  /* dgamma[i] += dy * (x - mean) * scale, dbeta[i] += dy; returns in sums the sum of g =
   * dy * gamma[i], and that of g * (x - mean) */
  void (*row_sums)(size_t n, const float *x, float mean, float scale, const float *gamma,
                   const float *dy, float *dgamma, float *dbeta, double sums[2]);
  /* dx = (dy * gamma[i] - level - (x - mean) * slope) * scale */
  void (*row_gradient)(size_t n, const float *x, float mean, const float *gamma,
                       const float *dy, float level, float slope, float scale, float *dx);
} dpb__norm;

/* The table that goes with dpb__vec_get(). Any thread, any time. */
const dpb__norm *dpb__norm_get(void);

/* A table by name, NULL when this CPU or build cannot run it (tests compare them). */
const dpb__norm *dpb__norm_find(const char *name);

#endif
