/* SPDX-License-Identifier: MIT
 *
 * Figures of a search for settings: the best trials' curves in parallel, as the book's
 * figure 6-24, what the values of each dimension came to, and how the search went.
 */
#ifndef APP_SEARCH_FIGURE_H
#define APP_SEARCH_FIGURE_H

#include <deepblas/search.h>
#include <deepblas/trainer.h>

#include "figure.h"

enum { SEARCH_BEST = 20 }; /* curves that are shown, as in the book */

typedef struct search_entry {
  int id;
  double score;       /* NaN: failed */
  double *values;     /* one per dimension */
  dpb_epoch *history; /* count epochs; NULL: its curve was not kept */
  size_t count;
} search_entry;

/* Finished trials in the order of telling. Begin with {.space = ..., .goal = ...};
 * scores that are maximised are accuracies, others losses. */
typedef struct search_log {
  const dpb_space *space;
  dpb_goal goal;
  search_entry *entries;
  size_t count, capacity;
} search_log;

/* Adds a trial, without history where that is NULL. Copies what it is given. */
void search_log_add(search_log *log, int id, double score, const double values[],
                    const dpb_epoch history[], size_t count);

/* Gives entry number index its history. */
void search_log_keep(search_log *log, size_t index, const dpb_epoch history[],
                     size_t count);

void search_log_free(search_log *log);

/* Numbers of the best entries, best first; failed ones are left out. Returns how many
 * there are, at most SEARCH_BEST. */
size_t search_log_rank(const search_log *log, size_t order[SEARCH_BEST]);

/* The caller shows these, and frees them. */

/* A panel for each of the best trials, five in a row, all on one scale: validation, and
 * training dashed where it was measured. NULL when no curve was kept. */
figure *search_figure_curves(const search_log *log);

/* A panel for each dimension: scores over values, on a logarithmic axis where the
 * dimension is logarithmic, the best trial marked. */
figure *search_figure_values(const search_log *log);

/* Scores in the order of telling, and the best so far. */
figure *search_figure_progress(const search_log *log);

#endif
