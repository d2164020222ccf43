/* SPDX-License-Identifier: MIT
 *
 * What is made of the sums of all shards, a number for each column. Belongs to
 * norm_kernels.inc.h. The compiler vectorises these loops, and each operation is rounded
 * for itself: the bits do not depend on it.
 */

static void join_moments(size_t cols, double known, double more,
                         const double *restrict part, double *restrict all) {
  const double share = more / (known + more);
  for (size_t c = 0; c < cols; c++)
    join(known, share, part[c], part[cols + c], &all[c], &all[cols + c]);
}

static void add_sums(size_t cols, const double *restrict part, double *restrict all) {
  for (size_t i = 0; i < 2 * cols; i++) all[i] += part[i];
}

static void make_scales(size_t cols, double count, const double *restrict moments,
                        const float *restrict gamma, const float *restrict beta,
                        float eps, const dpb__norm_whole *whole) {
  const double share = 1.0 / count, more = (double)eps;
  float *restrict mean = whole->mean, *restrict var = whole->var;
  float *restrict factor = whole->factor, *restrict scale = whole->scale;
  for (size_t c = 0; c < cols; c++) {
    const double v = moments[cols + c] * share;
    /* v - v is 0, or NaN where v is not finite: a step that has run away is seen */
    const double f = 1.0 / sqrt(v + more) + (v - v);
    mean[c] = (float)moments[c];
    var[c] = (float)v;
    factor[c] = (float)f;
    scale[c] = (float)((double)gamma[c] * f);
  }
  memcpy(whole->shift, beta, cols * sizeof *beta);
  dpb__norm_go_on(cols, mean);
  dpb__norm_go_on(cols, scale);
  dpb__norm_go_on(cols, whole->shift);
}

static void make_slopes(size_t cols, double count, const double *restrict sums,
                        float *restrict dgamma, float *restrict dbeta,
                        const dpb__norm_whole *whole) {
  const double share = 1.0 / count;
  const float *restrict factor = whole->factor;
  float *restrict level = whole->level, *restrict slope = whole->slope;
  for (size_t c = 0; c < cols; c++) {
    const double f = (double)factor[c], product = sums[cols + c] * f;
    dbeta[c] = (float)sums[c];
    dgamma[c] = (float)product;
    level[c] = (float)(sums[c] * share);
    slope[c] = (float)(product * f * share);
  }
  dpb__norm_go_on(cols, level);
  dpb__norm_go_on(cols, slope);
}
