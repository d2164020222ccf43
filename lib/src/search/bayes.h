/* SPDX-License-Identifier: MIT
 *
 * Bayesian optimisation: the next trial from those so far.
 */
#ifndef DPB_SEARCH_BAYES_H
#define DPB_SEARCH_BAYES_H

#include <deepblas/rng.h>

#include "search/space.h"

/* What is known: count points of the unit cube, snapped, behind one another; of the first
 * told of them the scores, the smaller the better, NaN where the trial failed. The others
 * are under way. */
typedef struct dpb__known {
  int count;
  int told;
  const double *points;
  const double *scores;
} dpb__known;

/* Point number index of an even spread over the unit cube, snapped. */
void dpb__spread_point(const dpb_space *space, const dpb_rng *root, int index,
                       double *point);

/* The next point. A random one while no two trials differ in score. */
dpb_status dpb__bayes_propose(const dpb_space *space, const dpb__known *known,
                              dpb_rng *rng, double *point);

#endif
