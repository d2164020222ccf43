/* SPDX-License-Identifier: MIT
 *
 * Expected improvement (Jones, Schonlau, Welch 1998), and where it is largest.
 */
#ifndef DPB_SEARCH_IMPROVEMENT_H
#define DPB_SEARCH_IMPROVEMENT_H

#include <deepblas/rng.h>

#include "search/gp.h"
#include "search/space.h"

/* log E[max(best - f, 0)] for f normal with this mean and deviation (above 0): its
 * logarithm, because far from the best it is smaller than any double, and there still is
 * a better and a worse. */
double dpb__log_improvement(double mean, double deviation, double best);

/* Writes the snapped point of the unit cube with the largest expected improvement on
 * best, of all that gp has not seen; one drawn at random when it has seen all of those
 * that were tried. */
dpb_status dpb__improvement_search(const dpb_space *space, const dpb__gp *gp, double best,
                                   dpb_rng *rng, double *point);

/* A point of the unit cube, snapped, drawn at random. */
void dpb__draw_point(const dpb_space *space, dpb_rng *rng, double *point);

#endif
