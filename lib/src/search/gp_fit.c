/* SPDX-License-Identifier: MIT
 *
 * The kernel's own settings, by their posterior: marginal likelihood times a prior that
 * keeps them in reason while the points are few.
 *
 * Ascent by signs (Rprop, Igel and Huesken 2003), because scales of the gradient differ
 * by orders of magnitude between the thetas and along the way; from several starts,
 * because there are several hills: all noise, all wiggles, and the one that is meant.
 */
#include "search/gp.h"

#include <math.h>
#include <string.h>

#include <deepblas/rng.h>

enum { STARTS = 3, STEPS = 60, FEW_STEPS = 25, MANY_POINTS = 120 };

/* Normal priors of theta, and the bounds it is kept in. */
typedef struct prior {
  double mean;
  double deviation;
  double low;
  double high;
} prior;

static prior prior_of(const dpb__gp *gp, int i) {
  if (i == gp->d) return (prior){0.0, 1.5, -4.6, 9.2};       /* s^2: 1e-2 .. 1e4 */
  if (i == gp->d + 1) return (prior){-9.2, 3.5, -20.7, 0.7}; /* t^2: 1e-9 .. 2 */
  /* l: 0.02 .. 50; in a space of many dimensions points are further from each other. */
  return (prior){log(0.5) + 0.5 * log(0.5 * gp->d + 0.5), 1.0, -3.9, 3.9};
}

double dpb__gp_posterior(dpb__gp *gp, double *gradient) {
  double sum = dpb__gp_likelihood(gp, gradient);
  for (int i = 0; i < gp->d + 2; i++) {
    prior p = prior_of(gp, i);
    double z = (gp->theta[i] - p.mean) / p.deviation;
    sum -= 0.5 * z * z;
    if (gradient != NULL) gradient[i] -= z / p.deviation;
  }
  return sum;
}

/* -infinity where there is no factor. */
static double value_at(dpb__gp *gp, double *gradient) {
  if (!dpb__gp_factor(gp)) return -HUGE_VAL;
  double value = dpb__gp_posterior(gp, gradient);
  return isnan(value) ? -HUGE_VAL : value;
}

/* A theta goes on while its gradient keeps the sign, faster and faster, and waits a turn
 * with half the step when it has changed. */
static void move(dpb__gp *gp, double *gradient, double *before, double *step) {
  for (int i = 0; i < gp->d + 2; i++) {
    double turn = gradient[i] * before[i];
    if (turn > 0.0) step[i] = fmin(step[i] * 1.3, 2.0);
    if (turn < 0.0) {
      step[i] = fmax(step[i] * 0.5, 1e-4);
      gradient[i] = 0.0;
    }
    before[i] = gradient[i];
    if (gradient[i] > 0.0) gp->theta[i] += step[i];
    if (gradient[i] < 0.0) gp->theta[i] -= step[i];
    prior p = prior_of(gp, i);
    gp->theta[i] = fmin(fmax(gp->theta[i], p.low), p.high);
  }
}

/* Ascends from gp->theta; best and *value hold the highest place so far. */
static void ascend(dpb__gp *gp, int steps, double *best, double *value) {
  double gradient[DPB__GP_MAX_THETA] = {0};
  double before[DPB__GP_MAX_THETA] = {0};
  double step[DPB__GP_MAX_THETA] = {0};
  size_t bytes = (size_t)(gp->d + 2) * sizeof(double);
  for (int i = 0; i < gp->d + 2; i++) step[i] = 0.2;
  for (int k = 0; k < steps; k++) {
    double here = value_at(gp, gradient);
    if (!(here > -HUGE_VAL)) return;
    if (here > *value) {
      *value = here;
      memcpy(best, gp->theta, bytes);
    }
    move(gp, gradient, before, step);
    double longest = 0.0;
    for (int i = 0; i < gp->d + 2; i++) longest = fmax(longest, step[i]);
    if (longest < 1e-3) return;
  }
}

/* The first start is in the middle of the prior, the others are drawn around it. */
static void put_start(dpb__gp *gp, int start, dpb_rng *rng) {
  for (int i = 0; i < gp->d + 2; i++) {
    prior p = prior_of(gp, i);
    double away = start == 0 ? 0.0 : (double)dpb_rng_normal(rng) * p.deviation;
    gp->theta[i] = fmin(fmax(p.mean + away, p.low), p.high);
  }
}

void dpb__gp_fit(dpb__gp *gp, uint64_t seed) {
  dpb_rng rng = dpb_rng_seed(seed);
  double best[DPB__GP_MAX_THETA];
  double value = -HUGE_VAL;
  put_start(gp, 0, &rng);
  memcpy(best, gp->theta, sizeof best);
  for (int start = 0; start < STARTS; start++) {
    put_start(gp, start, &rng);
    ascend(gp, gp->n > MANY_POINTS ? FEW_STEPS : STEPS, best, &value);
  }
  memcpy(gp->theta, best, sizeof best);
  dpb__gp_factor(gp);
}
