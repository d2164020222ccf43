/* SPDX-License-Identifier: MIT
 *
 * The order of trials in successive halving and Hyperband (Li and others 2018). It is
 * known from the beginning: which trial of which rung has which number. Only the settings
 * of the later rungs wait for the scores of the earlier ones.
 *
 * A bracket s begins with many settings at budget R / eta^s; rung k of it keeps one in
 * eta^k of them, at budget R / eta^(s-k). Hyperband goes through s = s_max, ..., 0 and
 * around again, with ceil((s_max + 1) / (s + 1) eta^s) settings each, so that all
 * brackets spend about as much; halving stays with s_max.
 */
#ifndef DPB_SEARCH_HYPERBAND_H
#define DPB_SEARCH_HYPERBAND_H

#include <stdbool.h>
#include <stdint.h>

typedef struct dpb__brackets {
  bool all;  /* Hyperband; else only the widest bracket */
  int eta;   /* 2 or more */
  int least; /* budgets */
  int most;
  int settings; /* in all; 0: no end */
} dpb__brackets;

/* One trial's place. */
typedef struct dpb__place {
  int64_t first;    /* id of the first trial of its rung */
  int count;        /* trials of the rung */
  int slot;         /* which of them: 0 .. count - 1 */
  int rung;         /* 0: new settings */
  int64_t before;   /* id of the first trial of the rung before */
  int before_count; /* trials of it */
  int budget;
  int before_budget;
  int64_t settings; /* rung 0: the number of its settings */
  int64_t next;     /* id of the first trial of the next bracket */
} dpb__place;

/* False when the schedule ends before id. */
bool dpb__bracket_place(const dpb__brackets *b, int64_t id, dpb__place *place);

/* Trials in all; 0 for no end. */
int64_t dpb__bracket_total(const dpb__brackets *b);

#endif
