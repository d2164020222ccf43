/* SPDX-License-Identifier: MIT
 *
 * Kernels of batch and layer normalisation (layer/batch_norm.c, layer/layer_norm.c). One
 * table for each instruction set, that of the vector kernels (vec.h); the same bits come
 * out of every one. No output may be an input.
 *
 * Sums run in float32 down blocks of at most 64 rows, and are joined in double, so that
 * neither many rows nor a mean far from 0 costs digits.
 */
#ifndef DPB_SIMD_NORM_H
#define DPB_SIMD_NORM_H

#include <stdbool.h>
#include <stddef.h>

/* Parameters of columns go on behind the last column with those of the first, so far that
 * a vector of matrices with short rows may begin at any column. */
enum { DPB__NORM_MORE = 16 };

static inline void dpb__norm_go_on(size_t cols, float *values) {
  for (size_t i = 0; i < DPB__NORM_MORE; i++) values[cols + i] = values[i];
}

/* A mini-batch's numbers for each column. All but var and factor go on. */
typedef struct dpb__norm_whole {
  float *mean, *var;
  float *factor;        /* 1 / sqrt(var + eps) */
  float *scale;         /* gamma * factor */
  float *shift;         /* beta */
  float *level, *slope; /* what gradient takes off dy */
} dpb__norm_whole;

typedef struct dpb__norm {
  const char *name; /* "avx512" */

  /* -- columns of x (rows, cols), at least one of each; mean to slope go on */

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

  /* -- a number for each column: the parts of the shards, mean and squares or sum and
   * product as above, one behind the other, and what is made of all of them */

  /* Chan's formula: the moments of more rows are joined to those of known ones. */
  void (*join_moments)(size_t cols, double known, double more, const double *part,
                       double *all);
  void (*add_sums)(size_t cols, const double *part, double *all);
  /* mean to shift of whole; count is that of the rows. NaN where a variance is not
   * finite. */
  void (*make_scales)(size_t cols, double count, const double *moments,
                      const float *gamma, const float *beta, float eps,
                      const dpb__norm_whole *whole);
  /* level and slope of whole, and the gradients. */
  void (*make_slopes)(size_t cols, double count, const double *sums, float *dgamma,
                      float *dbeta, const dpb__norm_whole *whole);

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

/* The tables to choose from. One that the compiler was not asked to build, or that the
 * architecture does not have, is NULL. */
const dpb__norm *dpb__norm_generic(void);
const dpb__norm *dpb__norm_avx2(void);
const dpb__norm *dpb__norm_avx512(void);

#endif
