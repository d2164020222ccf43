/* SPDX-License-Identifier: MIT
 *
 * A Gaussian process (Rasmussen and Williams 2006, chapters 2, 4, 5): what to expect of a
 * function that was seen at some points, and how surely.
 *
 * Kernel: Matern 5/2 with a length scale l_i per dimension,
 *
 *     k(a, b) = s^2 (1 + sqrt(5) r + 5/3 r^2) exp(-sqrt(5) r),
 *     r^2 = sum of ((a_i - b_i) / l_i)^2,
 *
 * where a choice counts (a_i - b_i)^2 as 1 when the two differ: the distance of its words
 * written as corners of a simplex, so k stays positive definite. What is seen has noise
 * of variance t^2 on top. Values are standardised to mean 0 and deviation 1 inside.
 */
#ifndef DPB_SEARCH_GP_H
#define DPB_SEARCH_GP_H

#include <stdbool.h>
#include <stdint.h>

#include <deepblas/status.h>

enum { DPB__GP_MAX_DIMENSIONS = 32, DPB__GP_MAX_THETA = DPB__GP_MAX_DIMENSIONS + 2 };

typedef struct dpb__gp {
  int n;                               /* points seen */
  int d;                               /* dimensions */
  double theta[DPB__GP_MAX_THETA];     /* logarithms of l_0 .. l_(d-1), s^2, t^2 */
  bool choice[DPB__GP_MAX_DIMENSIONS]; /* dimensions that are choices */
  double mean;                         /* of the values seen */
  double scale;
  const double *x; /* n x d: the points, borrowed */
  double *y;       /* standardised */
  double *l;       /* n x n: Cholesky's factor of K + t^2 I */
  double *alpha;   /* (K + t^2 I)^-1 y */
  double *inverse; /* n x n, for gradients */
  double *change;  /* n x n: dk/d(r^2) */
  double jitter;   /* what had to be added to the diagonal to factor it */
} dpb__gp;

/* Takes n points of d coordinates (borrowed) and their values (copied); theta stands at
 * its default. A constant y is fine. */
dpb_status dpb__gp_create(int n, int d, const bool *choice, const double *x,
                          const double *y, dpb__gp *gp);
void dpb__gp_destroy(dpb__gp *gp);

/* Factors for the present theta. False when the matrix could not be factored even with
 * jitter: theta is out of all reason. */
bool dpb__gp_factor(dpb__gp *gp);

/* Logarithm of the marginal likelihood of the values at theta (of the standardised y),
 * and its gradient by theta when that is not NULL. After dpb__gp_factor. */
double dpb__gp_likelihood(dpb__gp *gp, double *gradient);

/* The same plus the logarithm of the prior: what is maximised. */
double dpb__gp_posterior(dpb__gp *gp, double *gradient);

/* Finds theta by ascent from several starts (drawn under seed), and factors with it. */
void dpb__gp_fit(dpb__gp *gp, uint64_t seed);

/* Mean and deviation of the function without noise at count points, as the values were
 * given. work has room for count * n doubles. After dpb__gp_factor. */
void dpb__gp_predict(const dpb__gp *gp, int count, const double *points, double *mean,
                     double *deviation, double *work);

#endif
