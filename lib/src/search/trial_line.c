/* SPDX-License-Identifier: MIT
 *
 * The lines of the file of trials. Two of head: what search it belongs to, and the names
 * of the columns. Then trials: id, budget, score, values, with tabs between them.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "search/search.h"

/* Text that is written twice: once into nothing, to know its length. */
typedef struct writer {
  char *text;
  size_t capacity;
  size_t length;
} writer;

static void put(writer *w, const char *text) {
  size_t length = strlen(text);
  if (w->text != NULL && w->length + length < w->capacity)
    memcpy(w->text + w->length, text, length + 1);
  w->length += length;
}

static void put_int(writer *w, int64_t value) {
  char number[32];
  snprintf(number, sizeof number, "%lld", (long long)value);
  put(w, number);
}

static void put_field(writer *w, const char *name, int64_t value) {
  put(w, name);
  put_int(w, value);
  put(w, "\t");
}

static void put_space(writer *w, const dpb_space *space) {
  char none[1];
  size_t room = w->length < w->capacity ? w->capacity - w->length : 0;
  size_t length = 0;
  dpb_space_text(space, room > 0 ? w->text + w->length : none, room > 0 ? room : 1,
                 &length);
  w->length += length;
}

static void put_head(writer *w, const dpb_search *s) {
  const dpb_search_config *c = &s->config;
  char seed[32];
  snprintf(seed, sizeof seed, "%llu", (unsigned long long)c->seed);
  put(w, "# deepblas search 1\tmethod ");
  put(w, dpb_search_method_name(c->method));
  put(w, c->goal == DPB_MAXIMIZE ? "\tgoal maximize\tseed " : "\tgoal minimize\tseed ");
  put(w, seed);
  put(w, "\tspace ");
  put_space(w, s->space);
  put(w, "\t");
  put_field(w, "max_budget ", c->max_budget);
  if (c->method == DPB_SEARCH_BAYES) put_field(w, "initial ", c->initial);
  if (c->method == DPB_SEARCH_HALVING || c->method == DPB_SEARCH_HYPERBAND) {
    put_field(w, "min_budget ", c->min_budget);
    put_field(w, "eta ", c->eta);
    put_field(w, "trials ", c->trials);
  }
  put(w, "note ");
  put(w, s->note);
  put(w, "\ntrial\tbudget\tscore");
  for (int i = 0; i < s->space->count; i++) {
    put(w, "\t");
    put(w, s->space->at[i].name);
  }
  put(w, "\n");
}

dpb_status dpb__search_head(const dpb_search *s, char **head) {
  writer w = {0};
  put_head(&w, s);
  void *memory;
  dpb_status status = dpb__allocate(1, w.length + 1, "a head", &memory);
  *head = memory;
  if (status != DPB_OK) return status;
  w = (writer){memory, w.length + 1, 0};
  put_head(&w, s);
  return DPB_OK;
}

static void put_line(writer *w, const dpb_search *s, const dpb__trial *trial) {
  char score[32];
  dpb__print_double(trial->seen.score, score);
  put_int(w, trial->seen.id);
  put(w, "\t");
  put_int(w, trial->seen.budget);
  put(w, "\t");
  put(w, score);
  for (int i = 0; i < s->space->count; i++) {
    put(w, "\t");
    size_t room = w->length < w->capacity ? w->capacity - w->length : 0;
    char *at = room > 0 ? w->text + w->length : NULL;
    w->length += dpb__dimension_write(&s->space->at[i], trial->values[i], at, room);
  }
  put(w, "\n");
}

dpb_status dpb__search_line(const dpb_search *s, const dpb__trial *trial, char **line,
                            size_t *length) {
  writer w = {0};
  put_line(&w, s, trial);
  void *memory;
  dpb_status status = dpb__allocate(1, w.length + 1, "a line", &memory);
  *line = memory;
  if (status != DPB_OK) return status;
  w = (writer){memory, w.length + 1, 0};
  put_line(&w, s, trial);
  *length = w.length;
  return DPB_OK;
}

typedef struct field {
  const char *text;
  size_t length;
} field;

/* The next field; its text is NULL behind the last. */
static field next_field(field *rest) {
  field first = *rest;
  if (rest->text == NULL) return first;
  const char *tab = rest->length ? memchr(rest->text, '\t', rest->length) : NULL;
  if (tab == NULL) {
    *rest = (field){0};
  } else {
    first.length = (size_t)(tab - rest->text);
    *rest = (field){tab + 1, rest->length - first.length - 1};
  }
  return first;
}

static dpb_status fail_field(int number, const char *name, field f) {
  if (f.text == NULL)
    return dpb__fail(DPB_ERR_FORMAT, "line %d: %s is missing", number, name);
  return dpb__fail(DPB_ERR_FORMAT, "line %d: %s is '%.*s'", number, name,
                   f.length < 60 ? (int)f.length : 60, f.text);
}

static bool read_int(field f, int64_t *value) {
  return f.text != NULL && dpb__parse_int(f.text, f.length, value);
}

/* Trials that were asked and not told, or passed over meanwhile, are no more than this: a
 * line must not ask for memory for a billion of them. */
enum { MOST_OPEN = 1000000 };

/* The trial that the line names: in its place, with values to be filled in. */
static dpb_status begin_trial(dpb_search *s, field *rest, int number,
                              dpb__trial **trial) {
  int64_t id = -1, budget = -1;
  field f = next_field(rest);
  dpb_trial about = {0};
  dpb__plan plan;
  if (!read_int(f, &id) || id < 0 || id >= INT32_MAX)
    return fail_field(number, "trial", f);
  if (dpb__search_at(s, id) != NULL)
    return dpb__fail(DPB_ERR_FORMAT, "line %d: trial %lld is there twice", number,
                     (long long)id);
  if (id > (int64_t)s->told + MOST_OPEN)
    return dpb__fail(DPB_ERR_FORMAT, "line %d: trial %lld cannot have been asked yet",
                     number, (long long)id);
  f = next_field(rest);
  if (!read_int(f, &budget)) return fail_field(number, "budget", f);
  bool fits = dpb__search_plan(s, id, &about, &plan) && plan.ready;
  /* A search may go on with fewer trials than it has told already. */
  if (!fits && s->config.method <= DPB_SEARCH_BAYES) {
    about = (dpb_trial){.settings = (int)id, .budget = s->config.max_budget};
    fits = true;
  }
  if (!fits || budget != about.budget)
    return dpb__fail(DPB_ERR_FORMAT,
                     "line %d: trial %lld with budget %lld is not of "
                     "this search",
                     number, (long long)id, (long long)budget);
  dpb_status status = dpb__search_add(s, (int)id, trial);
  if (status != DPB_OK) return status;
  (*trial)->seen.settings = about.settings;
  (*trial)->seen.budget = about.budget;
  (*trial)->seen.resume = about.resume;
  return DPB_OK;
}

static dpb_status fill_trial(dpb_search *s, field rest, int number, dpb__trial *trial) {
  field f = next_field(&rest);
  if (f.text == NULL || !dpb__parse_double(f.text, f.length, &trial->seen.score))
    return fail_field(number, "score", f);
  for (int i = 0; i < s->space->count; i++) {
    const dpb__dimension *d = &s->space->at[i];
    f = next_field(&rest);
    if (f.text == NULL || !dpb__dimension_read(d, f.text, f.length, &trial->values[i]))
      return fail_field(number, d->name, f);
  }
  if (rest.text != NULL)
    return dpb__fail(DPB_ERR_FORMAT, "line %d: there are more than %d fields", number,
                     s->space->count + 3);
  trial->seen.told = 1;
  s->told++;
  return DPB_OK;
}

dpb_status dpb__search_take_line(void *search, const char *line, size_t length,
                                 int number) {
  dpb_search *s = search;
  field rest = {line, length};
  dpb__trial *trial = NULL;
  dpb_status status = begin_trial(s, &rest, number, &trial);
  return status == DPB_OK ? fill_trial(s, rest, number, trial) : status;
}
