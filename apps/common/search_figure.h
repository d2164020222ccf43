/* SPDX-License-Identifier: MIT
 *
 * Figures of a search for settings: the best trials' curves in parallel, as the book's
 * figure 6-24, and what the values of each dimension came to.
 */
#ifndef APP_SEARCH_FIGURE_H
#define APP_SEARCH_FIGURE_H

#include <deepblas/search.h>

#include "figure.h"

enum { SEARCH_BEST = 20 }; /* curves that are shown, as in the book */

/* The course of one trial. train may be NULL. */
typedef struct search_curve {
  int trial; /* counted from 1 */
  double score;
  size_t count;
  const double *epochs, *train, *validation;
} search_curve;

/* A panel for each of count curves, best first, five in a row, all on one scale. what is
 * that of the y axis: "accuracy". The caller shows the figure, and frees it. */
figure *search_figure_curves(const search_curve curves[], size_t count, const char *what);

/* Finished trials; a score of NaN has failed. */
typedef struct search_points {
  size_t count;
  const double *scores;
  const double *values; /* count rows of a value per dimension */
} search_points;

/* A panel for each dimension of the space: scores over values, on a logarithmic axis
 * where the dimension is logarithmic, the best trial marked. */
figure *search_figure_values(const dpb_space *space, const search_points *points,
                             dpb_goal goal, const char *what);

#endif
