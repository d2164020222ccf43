/* SPDX-License-Identifier: MIT
 *
 * The inside of a search: its trials, by id.
 */
#ifndef DPB_SEARCH_SEARCH_H
#define DPB_SEARCH_SEARCH_H

#include <stdbool.h>

#include <deepblas/search.h>

#include "search/hyperband.h"
#include "search/space.h"
#include "search/trials_file.h"

typedef struct dpb__trial {
  dpb_trial seen; /* by the caller */
  double values[];
} dpb__trial;

struct dpb_search {
  dpb_space *space;
  dpb_search_config
      config;             /* zero fields filled in; space and note are ours, path NULL */
  dpb__brackets brackets; /* of Halving and Hyperband */
  int64_t total;          /* 0: no end */
  dpb__trials_file *file;
  dpb__trial **trials; /* by id; NULL: not asked */
  int capacity;
  int end;   /* above the largest id asked */
  int begin; /* every id below was asked */
  int told;
  char *note;
};

/* Makes trial number id, asked but not told, with room for its values. */
dpb_status dpb__search_add(dpb_search *search, int id, dpb__trial **trial);

/* NULL where there is none. */
dpb__trial *dpb__search_at(const dpb_search *search, int64_t id);

/* Fills in budget, settings and resume of trial id. ready is false when that depends on
 * trials not told yet, and skip is the id from which on the next one may be. from is the
 * trial whose values it takes over, or NULL. False when there is no such trial. */
typedef struct dpb__plan {
  bool ready;
  int64_t skip;
  const dpb__trial *from;
} dpb__plan;
bool dpb__search_plan(const dpb_search *search, int64_t id, dpb_trial *trial,
                      dpb__plan *plan);

/* a is better than b: failed ones last, of equals the first asked first. */
bool dpb__search_better(const dpb_search *search, const dpb__trial *a,
                        const dpb__trial *b);

/* The head of the file, in memory to be released. */
dpb_status dpb__search_head(const dpb_search *search, char **head);

/* A trial as a line, in memory to be released; and the other way round, into the search
 * (as dpb__take_line). */
dpb_status dpb__search_line(const dpb_search *search, const dpb__trial *trial,
                            char **line, size_t *length);
dpb_status dpb__search_take_line(void *search, const char *line, size_t length,
                                 int number);

#endif
