/* SPDX-License-Identifier: MIT
 *
 * A Gaussian process: kernel, factor, likelihood with its gradient, prediction.
 *
 * The gradient by a theta is 1/2 tr((alpha alpha^T - K^-1) dK/dtheta). With r^2 in hand,
 * dk/dlog l_i = s^2 5/3 (1 + sqrt(5) r) exp(-sqrt(5) r) (a_i - b_i)^2 / l_i^2, without a
 * division by r, so points that coincide need no care.
 */
#include "search/gp.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/memory.h"
#include "blas/lapack.h"

#define SQRT_5 2.2360679774997896964

static const double log_two_pi = 1.8378770664093454836;

dpb_status dpb__gp_create(int n, int d, const bool *choice, const double *x,
                          const double *y, dpb__gp *gp) {
  *gp = (dpb__gp){.n = n, .d = d, .x = x};
  size_t points = (size_t)n;
  void *memory;
  dpb_status status = dpb__allocate(3 * points * points + 2 * points, sizeof(double),
                                    "a Gaussian process", &memory);
  if (status != DPB_OK) return status;
  gp->l = memory;
  gp->inverse = gp->l + points * points;
  gp->change = gp->inverse + points * points;
  gp->y = gp->change + points * points;
  gp->alpha = gp->y + points;
  memcpy(gp->choice, choice, (size_t)d * sizeof *choice);
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < n; i++) sum += y[i];
  gp->mean = sum / n;
  for (int i = 0; i < n; i++) squares += (y[i] - gp->mean) * (y[i] - gp->mean);
  gp->scale = sqrt(squares / n);
  /* Values that are all the same have no scale: any will do. */
  if (!(gp->scale > 1e-300) || !isfinite(gp->scale)) gp->scale = 1.0;
  for (int i = 0; i < n; i++) gp->y[i] = (y[i] - gp->mean) / gp->scale;
  for (int i = 0; i < d; i++) gp->theta[i] = log(0.5);
  gp->theta[d] = 0.0;
  gp->theta[d + 1] = log(1e-4);
  return DPB_OK;
}

void dpb__gp_destroy(dpb__gp *gp) {
  dpb__release(gp->l);
  *gp = (dpb__gp){0};
}

/* (a_i - b_i)^2, or whether two choices differ. */
static double apart(const dpb__gp *gp, const double *a, const double *b, int i) {
  double difference = a[i] - b[i];
  if (gp->choice[i]) return fabs(difference) > 1e-9 ? 1.0 : 0.0;
  return difference * difference;
}

static double distance(const dpb__gp *gp, const double *weight, const double *a,
                       const double *b) {
  double sum = 0.0;
  for (int i = 0; i < gp->d; i++) sum += apart(gp, a, b, i) * weight[i];
  return sqrt(sum);
}

/* 1 / l_i^2 */
static void weights(const dpb__gp *gp, double weight[DPB__GP_MAX_DIMENSIONS]) {
  for (int i = 0; i < gp->d; i++) weight[i] = exp(-2.0 * gp->theta[i]);
}

static double matern(double r) {
  double s = SQRT_5 * r;
  return (1.0 + s + s * s / 3.0) * exp(-s);
}

/* -2 d matern / d(r^2), times s^2: what the gradient by all length scales shares. */
static double matern_change(double r) {
  double s = SQRT_5 * r;
  return 5.0 / 3.0 * (1.0 + s) * exp(-s);
}

/* Fills l with K + (t^2 + jitter) I, and change. */
static void fill(dpb__gp *gp, double jitter) {
  double weight[DPB__GP_MAX_DIMENSIONS];
  weights(gp, weight);
  double signal = exp(gp->theta[gp->d]);
  double noise = exp(gp->theta[gp->d + 1]);
  size_t n = (size_t)gp->n, d = (size_t)gp->d;
  for (size_t j = 0; j < n; j++) {
    for (size_t i = j + 1; i < n; i++) {
      double r = distance(gp, weight, gp->x + i * d, gp->x + j * d);
      gp->l[i + j * n] = signal * matern(r);
      gp->change[i + j * n] = signal * matern_change(r);
    }
    gp->l[j + j * n] = signal + noise + jitter;
    gp->change[j + j * n] = signal * matern_change(0.0);
  }
}

bool dpb__gp_factor(dpb__gp *gp) {
  double signal = exp(gp->theta[gp->d]);
  gp->jitter = 0.0;
  fill(gp, 0.0);
  while (dpb__cholesky(gp->n, gp->l) != 0) {
    gp->jitter = gp->jitter > 0.0 ? 10.0 * gp->jitter : 1e-10 * signal;
    if (!(gp->jitter <= 0.1 * signal)) return false;
    fill(gp, gp->jitter);
  }
  memcpy(gp->alpha, gp->y, (size_t)gp->n * sizeof *gp->y);
  dpb__cholesky_solve(gp->n, 1, gp->l, gp->alpha);
  return true;
}

/* 1/2 tr((alpha alpha^T - K^-1) dK), summed over the lower triangle; off the diagonal
 * every entry counts twice. */
static void add_gradient(dpb__gp *gp, double *gradient) {
  double weight[DPB__GP_MAX_DIMENSIONS];
  weights(gp, weight);
  size_t n = (size_t)gp->n, d = (size_t)gp->d;
  memset(gp->inverse, 0, n * n * sizeof(double));
  for (size_t i = 0; i < n; i++) gp->inverse[i + i * n] = 1.0;
  dpb__cholesky_solve(gp->n, gp->n, gp->l, gp->inverse);
  for (size_t i = 0; i < d + 2; i++) gradient[i] = 0.0;
  double trace = 0.0, fit = 0.0; /* of alpha alpha^T - K^-1, and of its product with K */
  for (size_t j = 0; j < n; j++) {
    for (size_t i = j + 1; i < n; i++) {
      double w = gp->alpha[i] * gp->alpha[j] - gp->inverse[i + j * n];
      w *= gp->change[i + j * n];
      for (size_t k = 0; k < d; k++)
        gradient[k] += w * apart(gp, gp->x + i * d, gp->x + j * d, (int)k) * weight[k];
    }
    trace += gp->alpha[j] * gp->alpha[j] - gp->inverse[j + j * n];
    fit += gp->alpha[j] * gp->y[j] - 1.0;
  }
  double noise = exp(gp->theta[d + 1]) + gp->jitter;
  /* K without noise is the whole matrix less the noise on its diagonal. */
  gradient[d] = 0.5 * (fit - noise * trace);
  gradient[d + 1] = 0.5 * exp(gp->theta[d + 1]) * trace;
}

double dpb__gp_likelihood(dpb__gp *gp, double *gradient) {
  double fit = 0.0, determinant = 0.0;
  for (int i = 0; i < gp->n; i++) {
    fit += gp->y[i] * gp->alpha[i];
    determinant += log(gp->l[i + (ptrdiff_t)i * gp->n]);
  }
  if (gradient != NULL) add_gradient(gp, gradient);
  return -0.5 * fit - determinant - 0.5 * gp->n * log_two_pi;
}

void dpb__gp_predict(const dpb__gp *gp, int count, const double *points, double *mean,
                     double *deviation, double *work) {
  double weight[DPB__GP_MAX_DIMENSIONS];
  weights(gp, weight);
  double signal = exp(gp->theta[gp->d]);
  size_t n = (size_t)gp->n, d = (size_t)gp->d;
  for (size_t j = 0; j < (size_t)count; j++) {
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
      double r = distance(gp, weight, gp->x + i * d, points + j * d);
      work[j * n + i] = signal * matern(r);
      sum += work[j * n + i] * gp->alpha[i];
    }
    mean[j] = gp->mean + gp->scale * sum;
  }
  dpb__cholesky_solve_lower(gp->n, count, gp->l, work);
  for (size_t j = 0; j < (size_t)count; j++) {
    double variance = signal;
    for (size_t i = 0; i < n; i++) variance -= work[j * n + i] * work[j * n + i];
    /* Beside a point that was seen, rounding leaves less than nothing. */
    deviation[j] = gp->scale * sqrt(fmax(variance, 1e-14 * signal));
  }
}
