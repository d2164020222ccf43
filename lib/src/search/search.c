/* SPDX-License-Identifier: MIT
 *
 * A search: made, looked at, taken down.
 */
#include "search/search.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

enum { MOST_RATIO = 10000, NOTE = 4096 };

static const char *const method_names[] = {"random", "bayes", "halving", "hyperband"};

const char *dpb_search_method_name(dpb_search_method method) {
  return (unsigned)method <= DPB_SEARCH_HYPERBAND ? method_names[method] : NULL;
}

static bool has_rungs(const dpb_search_config *c) {
  return c->method == DPB_SEARCH_HALVING || c->method == DPB_SEARCH_HYPERBAND;
}

static dpb_status check_budgets(const dpb_search_config *c) {
  if (c->min_budget < 0 || c->max_budget < 0)
    return dpb__fail(DPB_ERR_ARG, "budgets are %d to %d, must be at least 1",
                     c->min_budget, c->max_budget);
  int most = c->max_budget > 0 ? c->max_budget : 1;
  int least = c->min_budget > 0 ? c->min_budget : 1;
  if (least > most)
    return dpb__fail(DPB_ERR_ARG, "min_budget is %d, more than max_budget, %d", least,
                     most);
  if (c->eta != 0 && c->eta < 2)
    return dpb__fail(DPB_ERR_ARG, "eta is %d, must be at least 2", c->eta);
  if (has_rungs(c) && most / least > MOST_RATIO)
    return dpb__fail(DPB_ERR_ARG, "max_budget is %d times min_budget, at most %d",
                     most / least, MOST_RATIO);
  return DPB_OK;
}

static dpb_status check_note(const char *note) {
  if (note == NULL) return DPB_OK;
  size_t length = strlen(note);
  if (length > NOTE)
    return dpb__fail(DPB_ERR_ARG, "note has %zu bytes, at most %d", length, NOTE);
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)note[i] < 0x20 || note[i] == 0x7f)
      return dpb__fail(DPB_ERR_ARG, "note has a control character at byte %zu", i);
  return DPB_OK;
}

static dpb_status check_config(const dpb_search_config *c) {
  if (c == NULL || c->space == NULL)
    return dpb__fail(DPB_ERR_ARG, "%s is NULL", c == NULL ? "config" : "space");
  if (c->space->count == 0) return dpb__fail(DPB_ERR_ARG, "the space is empty");
  if (dpb_search_method_name(c->method) == NULL)
    return dpb__fail(DPB_ERR_ARG, "there is no method %d", (int)c->method);
  if ((unsigned)c->goal > DPB_MAXIMIZE)
    return dpb__fail(DPB_ERR_ARG, "there is no goal %d", (int)c->goal);
  if (c->trials < 0 || c->initial < 0)
    return dpb__fail(DPB_ERR_ARG, "%s is %d, must be at least 0",
                     c->trials < 0 ? "trials" : "initial",
                     c->trials < 0 ? c->trials : c->initial);
  if (c->path != NULL && *c->path == '\0') return dpb__fail(DPB_ERR_ARG, "path is empty");
  dpb_status status = check_budgets(c);
  return status == DPB_OK ? check_note(c->note) : status;
}

static void fill_in(dpb_search *s) {
  dpb_search_config *c = &s->config;
  const int d = s->space->count;
  c->space = s->space;
  c->path = NULL;
  if (c->min_budget == 0) c->min_budget = 1;
  if (c->max_budget == 0) c->max_budget = 1;
  if (c->eta == 0) c->eta = 3;
  if (c->initial == 0) c->initial = d + 4;
  s->brackets = (dpb__brackets){.all = c->method == DPB_SEARCH_HYPERBAND,
                                .eta = c->eta,
                                .least = c->min_budget,
                                .most = c->max_budget,
                                .settings = c->trials};
  s->total = has_rungs(c) ? dpb__bracket_total(&s->brackets) : c->trials;
}

static dpb_status copy_note(dpb_search *s, const char *note) {
  if (note == NULL) note = "";
  void *memory;
  dpb_status status = dpb__allocate(1, strlen(note) + 1, "a note", &memory);
  if (status != DPB_OK) return status;
  s->note = strcpy(memory, note);
  s->config.note = s->note;
  return DPB_OK;
}

static dpb_status open_file(dpb_search *s, const dpb_search_config *config) {
  if (config->path == NULL) return DPB_OK;
  char *head;
  dpb_status status = dpb__search_head(s, &head);
  if (status != DPB_OK) return status;
  status = dpb__trials_file_open(config->path, config->resume != 0, head,
                                 dpb__search_take_line, s, &s->file);
  dpb__release(head);
  return status;
}

dpb_status dpb_search_create(const dpb_search_config *config, dpb_search **search) {
  if (search == NULL) return dpb__fail(DPB_ERR_ARG, "search is NULL");
  *search = NULL;
  dpb_status status = check_config(config);
  void *memory = NULL;
  if (status == DPB_OK)
    status = dpb__allocate(1, sizeof(dpb_search), "a search", &memory);
  if (status != DPB_OK) return status;
  dpb_search *s = memory;
  s->config = *config;
  status = dpb__space_copy(config->space, &s->space);
  if (status == DPB_OK) {
    fill_in(s);
    if (s->total > INT_MAX)
      status = dpb__fail(DPB_ERR_SIZE, "%d settings are more trials than can be counted",
                         config->trials);
  }
  if (status == DPB_OK) status = copy_note(s, config->note);
  if (status == DPB_OK) status = open_file(s, config);
  if (status == DPB_OK) {
    *search = s;
  } else {
    dpb_search_destroy(s);
  }
  return status;
}

void dpb_search_destroy(dpb_search *search) {
  if (search == NULL) return;
  dpb__trials_file_close(search->file);
  for (int id = 0; id < search->end; id++) dpb__release(search->trials[id]);
  dpb__release(search->trials);
  dpb_space_destroy(search->space);
  dpb__release(search->note);
  dpb__release(search);
}

dpb__trial *dpb__search_at(const dpb_search *s, int64_t id) {
  return id >= 0 && id < s->end ? s->trials[id] : NULL;
}

static dpb_status grow(dpb_search *s, int count) {
  if (count <= s->capacity) return DPB_OK;
  int capacity = count < 32 ? 64 : count > INT_MAX / 2 ? INT_MAX : 2 * count;
  void *memory;
  dpb_status status =
      dpb__allocate((size_t)capacity, sizeof(dpb__trial *), "trials", &memory);
  if (status != DPB_OK) return status;
  if (s->end > 0) memcpy(memory, s->trials, (size_t)s->end * sizeof(dpb__trial *));
  dpb__release(s->trials);
  s->trials = memory;
  s->capacity = capacity;
  return DPB_OK;
}

dpb_status dpb__search_add(dpb_search *s, int id, dpb__trial **trial) {
  dpb_status status = grow(s, id + 1);
  void *memory = NULL;
  size_t bytes = sizeof(dpb__trial) + (size_t)s->space->count * sizeof(double);
  if (status == DPB_OK) status = dpb__allocate(1, bytes, "a trial", &memory);
  if (status != DPB_OK) return status;
  dpb__trial *new = memory;
  new->seen.id = id;
  new->seen.values = new->values;
  new->seen.score = (double)NAN;
  s->trials[id] = new;
  if (id >= s->end) s->end = id + 1;
  *trial = new;
  return DPB_OK;
}

bool dpb__search_better(const dpb_search *s, const dpb__trial *a, const dpb__trial *b) {
  double sign = s->config.goal == DPB_MAXIMIZE ? -1.0 : 1.0;
  double first = sign * a->seen.score, second = sign * b->seen.score;
  if (isnan(first) != isnan(second)) return isnan(second);
  if (first < second) return true;
  if (first > second) return false;
  return a->seen.id < b->seen.id;
}

int dpb_search_told(const dpb_search *search) {
  return search == NULL ? 0 : search->told;
}

int dpb_search_total(const dpb_search *search) {
  return search == NULL ? 0 : (int)search->total;
}

int dpb_search_done(const dpb_search *search) {
  if (search == NULL) return 1;
  return search->total > 0 && search->told >= search->total;
}
