/* SPDX-License-Identifier: MIT
 *
 * Asking and telling. A proposal is a function of the seed, its id and what has been told
 * alone: each id has random numbers of its own, and trials are looked at by id, in
 * whatever order they were told.
 */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "search/bayes.h"
#include "search/improvement.h"
#include "search/search.h"

/* Streams under the seed. */
enum { STREAM_TRIALS = 1, STREAM_SPREAD = 2 };

/* The trial of a rung that is at place slot when they are ordered, best first. */
static const dpb__trial *promoted(const dpb_search *s, const dpb__place *p) {
  for (int64_t i = p->before; i < p->before + p->before_count; i++) {
    const dpb__trial *candidate = dpb__search_at(s, i);
    int better = 0;
    for (int64_t j = p->before; j < p->before + p->before_count && better <= p->slot; j++)
      better += j != i && dpb__search_better(s, dpb__search_at(s, j), candidate);
    if (better == p->slot) return candidate;
  }
  return NULL;
}

bool dpb__search_plan(const dpb_search *s, int64_t id, dpb_trial *trial,
                      dpb__plan *plan) {
  *plan = (dpb__plan){.ready = true, .skip = id + 1};
  *trial = (dpb_trial){.id = (int)id, .settings = (int)id, .score = (double)NAN};
  trial->budget = s->config.max_budget;
  if (s->total > 0 && id >= s->total) return false;
  if (s->config.method != DPB_SEARCH_HALVING && s->config.method != DPB_SEARCH_HYPERBAND)
    return true;
  dpb__place place;
  if (!dpb__bracket_place(&s->brackets, id, &place)) return false;
  trial->budget = place.budget;
  trial->settings = (int)place.settings;
  if (place.rung == 0) return true;
  for (int64_t i = place.before; i < place.before + place.before_count; i++) {
    const dpb__trial *earlier = dpb__search_at(s, i);
    if (earlier != NULL && earlier->seen.told) continue;
    *plan = (dpb__plan){.ready = false, .skip = place.next};
    return true;
  }
  plan->from = promoted(s, &place);
  trial->settings = plan->from->seen.settings;
  trial->resume = place.before_budget;
  return true;
}

/* Told trials first, then those under way. */
static dpb_status gather(const dpb_search *s, dpb__known *known, void **memory) {
  size_t d = (size_t)s->space->count, rows = 0;
  for (int id = 0; id < s->end; id++) rows += s->trials[id] != NULL;
  dpb_status status =
      dpb__allocate(rows * (d + 1), sizeof(double), "the trials so far", memory);
  if (status != DPB_OK) return status;
  double *points = *memory;
  double *scores = points + rows * d;
  double sign = s->config.goal == DPB_MAXIMIZE ? -1.0 : 1.0;
  *known = (dpb__known){.points = points, .scores = scores};
  for (int told = 1; told >= 0; told--) {
    for (int id = 0; id < s->end; id++) {
      const dpb__trial *t = s->trials[id];
      if (t == NULL || t->seen.told != told) continue;
      for (size_t i = 0; i < d; i++)
        points[(size_t)known->count * d + i] =
            dpb__dimension_unit(&s->space->at[i], t->values[i]);
      if (told) scores[known->count] = sign * t->seen.score;
      known->count++;
    }
    if (told) known->told = known->count;
  }
  return DPB_OK;
}

static dpb_status propose(const dpb_search *s, int id, double *values) {
  dpb_rng root = dpb_rng_seed(s->config.seed);
  dpb_rng trials = dpb_rng_split(&root, STREAM_TRIALS);
  dpb_rng rng = dpb_rng_split(&trials, (uint64_t)id);
  double point[DPB__MAX_DIMENSIONS];
  dpb_status status = DPB_OK;
  if (s->config.method != DPB_SEARCH_BAYES) {
    for (int i = 0; i < s->space->count; i++)
      values[i] = dpb__dimension_value(&s->space->at[i], dpb_rng_uniform_double(&rng));
    return DPB_OK;
  }
  if (id < s->config.initial) {
    dpb_rng spread = dpb_rng_split(&root, STREAM_SPREAD);
    dpb__spread_point(s->space, &spread, id, point);
  } else {
    dpb__known known;
    void *memory;
    status = gather(s, &known, &memory);
    if (status == DPB_OK) status = dpb__bayes_propose(s->space, &known, &rng, point);
    dpb__release(memory);
  }
  if (status != DPB_OK) return status;
  for (int i = 0; i < s->space->count; i++)
    values[i] = dpb__dimension_value(&s->space->at[i], point[i]);
  return DPB_OK;
}

/* The first trial that is neither asked nor waiting for others; its id, or -1. */
static int64_t find_next(dpb_search *s, dpb_trial *trial, dpb__plan *plan) {
  while (s->begin < s->end && s->trials[s->begin] != NULL) s->begin++;
  int64_t id = s->begin;
  while (id < INT_MAX) {
    if (dpb__search_at(s, id) != NULL) {
      id++;
      continue;
    }
    if (!dpb__search_plan(s, id, trial, plan)) return -1;
    if (plan->ready) return id;
    id = plan->skip;
  }
  return -1;
}

static dpb_status ask(dpb_search *s, dpb_trial *trial) {
  dpb__plan plan;
  dpb_trial next;
  int64_t id = find_next(s, &next, &plan);
  if (id < 0)
    return dpb__fail(DPB_ERR_STATE, "no trial to ask for: %d of %lld are told", s->told,
                     (long long)s->total);
  double values[DPB__MAX_DIMENSIONS];
  dpb_status status = DPB_OK;
  if (plan.from == NULL)
    status = propose(s, (int)id, values);
  else
    memcpy(values, plan.from->values, (size_t)s->space->count * sizeof(double));
  dpb__trial *new;
  if (status == DPB_OK) status = dpb__search_add(s, (int)id, &new);
  if (status != DPB_OK) return status;
  memcpy(new->values, values, (size_t)s->space->count * sizeof(double));
  new->seen.settings = next.settings;
  new->seen.budget = next.budget;
  new->seen.resume = next.resume;
  *trial = new->seen;
  return DPB_OK;
}

dpb_status dpb_search_ask(dpb_search *search, dpb_trial *trial) {
  if (trial == NULL) return dpb__fail(DPB_ERR_ARG, "trial is NULL");
  *trial = (dpb_trial){.id = -1, .score = (double)NAN};
  if (search == NULL) return dpb__fail(DPB_ERR_ARG, "search is NULL");
  int host_errno = errno;
  unsigned host_mode = dpb__float_enter();
  dpb_status status = ask(search, trial);
  dpb__float_leave(host_mode);
  errno = host_errno;
  return status;
}

dpb_status dpb_search_tell(dpb_search *search, int id, double score) {
  if (search == NULL) return dpb__fail(DPB_ERR_ARG, "search is NULL");
  dpb__trial *trial = dpb__search_at(search, id);
  if (trial == NULL) return dpb__fail(DPB_ERR_ARG, "trial %d was not asked for", id);
  if (trial->seen.told) return dpb__fail(DPB_ERR_STATE, "trial %d is told already", id);
  trial->seen.score = isfinite(score) ? score : (double)NAN;
  if (search->file != NULL) {
    char *line;
    size_t length = 0;
    dpb_status status = dpb__search_line(search, trial, &line, &length);
    if (status == DPB_OK) status = dpb__trials_file_append(search->file, line, length);
    dpb__release(line);
    if (status != DPB_OK) {
      trial->seen.score = (double)NAN;
      return status;
    }
  }
  trial->seen.told = 1;
  search->told++;
  return DPB_OK;
}

dpb_status dpb_search_trial(const dpb_search *search, int id, dpb_trial *trial) {
  if (trial == NULL) return dpb__fail(DPB_ERR_ARG, "trial is NULL");
  *trial = (dpb_trial){.id = -1, .score = (double)NAN};
  if (search == NULL) return dpb__fail(DPB_ERR_ARG, "search is NULL");
  const dpb__trial *found = dpb__search_at(search, id);
  if (found == NULL) return dpb__fail(DPB_ERR_NOT_FOUND, "there is no trial %d", id);
  *trial = found->seen;
  return DPB_OK;
}
