/* SPDX-License-Identifier: MIT
 *
 * Bayesian optimisation: fit a Gaussian process to the trials told, take what it expects
 * of those under way for their scores (the kriging believer, Ginsbourger and others
 * 2010), and go where most improvement is to be expected.
 *
 * A failed trial counts as the worst that succeeded: bad enough to keep away from, and
 * not so bad that the process would have to explain a cliff.
 */
#include "search/bayes.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "blas/lapack.h"
#include "search/gp.h"
#include "search/improvement.h"

/* More trials than this would take minutes for a proposal: the best half of these and the
 * last half stand for all. */
enum { MANY = 200 };

/* The additive recurrence of Roberts (2018): coordinate j of point i is the fraction of
 * shift_j + i / g^(j+1), where g^(d+1) = g + 1. */
void dpb__spread_point(const dpb_space *space, const dpb_rng *root, int index,
                       double *point) {
  int d = space->count;
  double g = 1.5;
  for (int i = 0; i < 60; i++) g = pow(1.0 + g, 1.0 / (d + 1));
  dpb_rng rng = *root;
  dpb_rng_seek(&rng, 0);
  double step = 1.0;
  for (int j = 0; j < d; j++) {
    step /= g;
    double u = dpb_rng_uniform_double(&rng) + (index + 1.0) * step;
    point[j] = dpb__dimension_snap(&space->at[j], u - floor(u));
  }
}

typedef struct evidence {
  int n; /* told */
  int all;
  double *points;
  double *scores;
  void *memory;
} evidence;

/* Whether a told trial is among the better half of MANY or the last half. */
static bool counts(const dpb__known *known, int i) {
  if (known->told <= MANY || i >= known->told - MANY / 2) return true;
  int better = 0;
  for (int j = 0; j < known->told; j++) {
    double here = known->scores[i], there = known->scores[j];
    if (there < here || (j < i && isfinite(there) && !(there > here))) better++;
  }
  return isfinite(known->scores[i]) && better < MANY / 2;
}

static dpb_status gather(const dpb__known *known, size_t d, evidence *e) {
  *e = (evidence){0};
  size_t rows = (size_t)known->count;
  dpb_status status =
      dpb__allocate(rows * (d + 1), sizeof(double), "the trials so far", &e->memory);
  if (status != DPB_OK) return status;
  e->points = e->memory;
  e->scores = e->points + rows * d;
  double worst = -HUGE_VAL;
  for (int i = 0; i < known->told; i++)
    if (isfinite(known->scores[i])) worst = fmax(worst, known->scores[i]);
  for (int i = 0; i < known->count; i++) {
    if (i < known->told && !counts(known, i)) continue;
    memcpy(e->points + (size_t)e->all * d, known->points + (size_t)i * d,
           d * sizeof(double));
    if (i < known->told) {
      e->scores[e->all] = isfinite(known->scores[i]) ? known->scores[i] : worst;
      e->n++;
    }
    e->all++;
  }
  return DPB_OK;
}

/* Believes in what gp says of the trials under way; gp is made anew with them. */
static dpb_status believe(evidence *e, size_t d, const bool *choice, dpb__gp *gp) {
  if (e->all == e->n) return DPB_OK;
  void *work;
  size_t waiting = (size_t)(e->all - e->n);
  dpb_status status = dpb__allocate(waiting * (size_t)(e->n + 1), sizeof(double),
                                    "the trials under way", &work);
  if (status != DPB_OK) return status;
  dpb__gp_predict(gp, (int)waiting, e->points + (size_t)e->n * d, e->scores + e->n, work,
                  (double *)work + waiting);
  dpb__release(work);
  dpb__gp old = *gp;
  status = dpb__gp_create(e->all, (int)d, choice, e->points, e->scores, gp);
  if (status == DPB_OK) {
    /* The kernel of standardised values is that of the trials told: so is their scale. */
    for (int i = 0; i < e->all; i++) gp->y[i] = (e->scores[i] - old.mean) / old.scale;
    gp->mean = old.mean;
    gp->scale = old.scale;
    memcpy(gp->theta, old.theta, sizeof gp->theta);
    dpb__gp_factor(gp);
  }
  dpb__gp_destroy(&old);
  return status;
}

/* The best that gp expects at a point seen: with noise, the best score seen was lucky. */
static dpb_status find_best(const dpb__gp *gp, double *best) {
  size_t n = (size_t)gp->n;
  void *memory;
  dpb_status status =
      dpb__allocate(n * (n + 2), sizeof(double), "the best so far", &memory);
  if (status != DPB_OK) return status;
  double *mean = memory;
  dpb__gp_predict(gp, gp->n, gp->x, mean, mean + n, mean + 2 * n);
  *best = mean[0];
  for (size_t i = 1; i < n; i++) *best = fmin(*best, mean[i]);
  dpb__release(memory);
  return DPB_OK;
}

static bool all_equal(const evidence *e) {
  for (int i = 1; i < e->n; i++)
    if (e->scores[i] < e->scores[0] || e->scores[i] > e->scores[0]) return false;
  return true;
}

static dpb_status propose(const dpb_space *space, evidence *e, dpb_rng *rng,
                          double *point) {
  size_t d = (size_t)space->count;
  bool choice[DPB__GP_MAX_DIMENSIONS] = {false};
  for (size_t i = 0; i < d; i++) choice[i] = space->at[i].kind == DPB_CHOICE;
  dpb__gp gp;
  dpb_status status = dpb__gp_create(e->n, (int)d, choice, e->points, e->scores, &gp);
  if (status != DPB_OK) return status;
  status = dpb__lapack_enter();
  if (status != DPB_OK) {
    dpb__gp_destroy(&gp);
    return status;
  }
  uint64_t seed = dpb_rng_u32(rng);
  dpb__gp_fit(&gp, seed);
  status = believe(e, d, choice, &gp);
  double best = 0.0;
  if (status == DPB_OK) status = find_best(&gp, &best);
  if (status == DPB_OK) status = dpb__improvement_search(space, &gp, best, rng, point);
  dpb__lapack_leave();
  dpb__gp_destroy(&gp);
  return status;
}

dpb_status dpb__bayes_propose(const dpb_space *space, const dpb__known *known,
                              dpb_rng *rng, double *point) {
  evidence e;
  dpb_status status = gather(known, (size_t)space->count, &e);
  if (status != DPB_OK) return status;
  if (e.n < 2 || all_equal(&e))
    dpb__draw_point(space, rng, point);
  else
    status = propose(space, &e, rng, point);
  dpb__release(e.memory);
  return status;
}
