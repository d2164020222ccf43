/* SPDX-License-Identifier: MIT
 *
 * A search space: its dimensions, and their map to the unit cube.
 */
#include "search/space.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name_byte(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

static dpb_status check_name(const dpb_space *space, const char *name) {
  if (name == NULL || *name == '\0')
    return dpb__fail(DPB_ERR_ARG, "a dimension has no name");
  size_t length = strlen(name);
  if (length >= DPB__DIMENSION_NAME)
    return dpb__fail(DPB_ERR_ARG, "the name %.20s... has %zu characters, at most %d",
                     name, length, DPB__DIMENSION_NAME - 1);
  bool good = is_letter(name[0]);
  for (size_t i = 0; i < length; i++) good = good && is_name_byte(name[i]);
  if (!good)
    return dpb__fail(DPB_ERR_ARG,
                     "'%s' is no name: a letter, then letters, digits, _ - or .", name);
  if (dpb_space_find(space, name) >= 0)
    return dpb__fail(DPB_ERR_ARG, "%s: there are two dimensions of this name", name);
  return DPB_OK;
}

static bool is_integer(dpb_dimension_kind kind) {
  return kind == DPB_INT || kind == DPB_LOG_INT;
}

static bool is_log(dpb_dimension_kind kind) {
  return kind == DPB_LOG || kind == DPB_LOG_INT;
}

static bool is_subnormal(double value) {
  return fpclassify(value) == FP_SUBNORMAL;
}

static dpb_status check_range(const dpb_dimension *d) {
  char low[32], high[32];
  dpb__print_double(d->low, low);
  dpb__print_double(d->high, high);
  if (!isfinite(d->low) || !isfinite(d->high) || !isfinite(d->high - d->low))
    return dpb__fail(DPB_ERR_ARG, "%s: the range %s..%s is not finite", d->name, low,
                     high);
  if (d->low > d->high)
    return dpb__fail(DPB_ERR_ARG, "%s: the ends are swapped: %s..%s, must be %s..%s",
                     d->name, low, high, high, low);
  if (!(d->low < d->high))
    return dpb__fail(DPB_ERR_ARG, "%s: the range %s..%s holds one value only", d->name,
                     low, high);
  /* searches flush such numbers to 0 */
  if (is_subnormal(d->low) || is_subnormal(d->high))
    return dpb__fail(DPB_ERR_ARG, "%s: an end of %s..%s is nearer to 0 than %g", d->name,
                     low, high, DBL_MIN);
  if (is_log(d->kind) && !(d->low > 0.0))
    return dpb__fail(DPB_ERR_ARG, "%s: a logarithmic range must begin above 0, not at %s",
                     d->name, low);
  if (!is_integer(d->kind)) return DPB_OK;
  if (floor(d->low) < d->low || floor(d->high) < d->high)
    return dpb__fail(DPB_ERR_ARG, "%s: the ends %s..%s must be whole numbers", d->name,
                     low, high);
  if (d->low < (double)INT32_MIN || d->high > (double)INT32_MAX)
    return dpb__fail(DPB_ERR_ARG, "%s: the ends %s..%s must be within -2^31..2^31 - 1",
                     d->name, low, high);
  return DPB_OK;
}

static bool is_choice_text(const char *word) {
  if (word == NULL || *word == '\0') return false;
  if (word[0] == ' ' || word[strlen(word) - 1] == ' ') return false;
  for (const char *c = word; *c != '\0'; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f || *c == ',' || *c == '|') return false;
  return true;
}

static dpb_status check_choices(const dpb_dimension *d) {
  if (d->choice_count < 2 || d->choices == NULL)
    return dpb__fail(DPB_ERR_ARG, "%s: %d words to choose from, at least 2", d->name,
                     d->choice_count > 0 ? d->choice_count : 0);
  if (d->choice_count > DPB__MAX_CHOICES)
    return dpb__fail(DPB_ERR_ARG, "%s: %d words to choose from, at most %d", d->name,
                     d->choice_count, DPB__MAX_CHOICES);
  for (int i = 0; i < d->choice_count; i++) {
    if (!is_choice_text(d->choices[i]))
      return dpb__fail(DPB_ERR_ARG,
                       "%s: choice %d, '%s', is empty or holds a comma, a bar, a control "
                       "character or a blank at an end",
                       d->name, i + 1, d->choices[i] == NULL ? "" : d->choices[i]);
    for (int j = 0; j < i; j++)
      if (strcmp(d->choices[i], d->choices[j]) == 0)
        return dpb__fail(DPB_ERR_ARG, "%s: the choice %s is there twice", d->name,
                         d->choices[i]);
  }
  return DPB_OK;
}

/* The pointers, and behind them the words. */
static dpb_status copy_choices(const dpb_dimension *from, char ***choices) {
  size_t count = (size_t)from->choice_count;
  size_t bytes = count * sizeof(char *);
  for (size_t i = 0; i < count; i++) bytes += strlen(from->choices[i]) + 1;
  void *memory;
  dpb_status status = dpb__allocate(1, bytes, "a search space", &memory);
  if (status != DPB_OK) return status;
  *choices = memory;
  char *word = (char *)(*choices + count);
  for (size_t i = 0; i < count; i++) {
    (*choices)[i] = word;
    word = stpcpy(word, from->choices[i]) + 1;
  }
  return DPB_OK;
}

dpb_status dpb_space_create(dpb_space **space) {
  if (space == NULL) return dpb__fail(DPB_ERR_ARG, "space is NULL");
  void *memory;
  dpb_status status = dpb__allocate(1, sizeof(dpb_space), "a search space", &memory);
  *space = memory;
  return status;
}

void dpb_space_destroy(dpb_space *space) {
  if (space == NULL) return;
  for (int i = 0; i < space->count; i++) dpb__release(space->at[i].choices);
  dpb__release(space);
}

dpb_status dpb_space_add(dpb_space *space, const dpb_dimension *d) {
  if (space == NULL || d == NULL)
    return dpb__fail(DPB_ERR_ARG, "%s is NULL", space == NULL ? "space" : "dimension");
  dpb_status status = check_name(space, d->name);
  if (status != DPB_OK) return status;
  if (space->count == DPB__MAX_DIMENSIONS)
    return dpb__fail(DPB_ERR_ARG, "%s: a space has at most %d dimensions", d->name,
                     DPB__MAX_DIMENSIONS);
  if ((unsigned)d->kind > DPB_CHOICE)
    return dpb__fail(DPB_ERR_ARG, "%s: there is no kind %d", d->name, (int)d->kind);
  status = d->kind == DPB_CHOICE ? check_choices(d) : check_range(d);
  if (status != DPB_OK) return status;
  dpb__dimension *new = &space->at[space->count];
  *new = (dpb__dimension){.kind = d->kind, .low = d->low, .high = d->high};
  memcpy(new->name, d->name, strlen(d->name) + 1);
  if (d->kind == DPB_CHOICE) {
    status = copy_choices(d, &new->choices);
    if (status != DPB_OK) return status;
    new->choice_count = d->choice_count;
    new->low = 0.0;
    new->high = d->choice_count - 1;
  }
  space->count++;
  return DPB_OK;
}

int dpb_space_count(const dpb_space *space) {
  return space == NULL ? 0 : space->count;
}

int dpb_space_find(const dpb_space *space, const char *name) {
  if (space == NULL || name == NULL) return -1;
  for (int i = 0; i < space->count; i++)
    if (strcmp(space->at[i].name, name) == 0) return i;
  return -1;
}

dpb_status dpb_space_dimension(const dpb_space *space, int index,
                               dpb_dimension *dimension) {
  if (dimension == NULL) return dpb__fail(DPB_ERR_ARG, "dimension is NULL");
  *dimension = (dpb_dimension){0};
  if (space == NULL) return dpb__fail(DPB_ERR_ARG, "space is NULL");
  if (index < 0 || index >= space->count)
    return dpb__fail(DPB_ERR_ARG, "dimension %d of a space of %d", index,
                     dpb_space_count(space));
  const dpb__dimension *d = &space->at[index];
  *dimension = (dpb_dimension){.name = d->name,
                               .kind = d->kind,
                               .low = d->low,
                               .high = d->high,
                               .choices = (const char *const *)d->choices,
                               .choice_count = d->choice_count};
  return DPB_OK;
}

dpb_status dpb__space_copy(const dpb_space *space, dpb_space **copy) {
  dpb_status status = dpb_space_create(copy);
  for (int i = 0; i < space->count && status == DPB_OK; i++) {
    dpb_dimension d;
    status = dpb_space_dimension(space, i, &d);
    if (status == DPB_OK) status = dpb_space_add(*copy, &d);
  }
  if (status == DPB_OK) return DPB_OK;
  dpb_space_destroy(*copy);
  *copy = NULL;
  return status;
}

/* The interval that u spans: integers and choices reach half a step beyond their ends, so
 * that each has its share. */
static double span_low(const dpb__dimension *d) {
  double half = d->kind == DPB_UNIFORM || d->kind == DPB_LOG ? 0.0 : 0.5;
  return is_log(d->kind) ? log(d->low - half) : d->low - half;
}

static double span_high(const dpb__dimension *d) {
  double half = d->kind == DPB_UNIFORM || d->kind == DPB_LOG ? 0.0 : 0.5;
  return is_log(d->kind) ? log(d->high + half) : d->high + half;
}

double dpb__dimension_value(const dpb__dimension *d, double u) {
  double low = span_low(d);
  double value = low + u * (span_high(d) - low);
  if (is_log(d->kind)) value = exp(value);
  if (d->kind != DPB_UNIFORM && d->kind != DPB_LOG) value = floor(value + 0.5);
  return fmin(fmax(value, d->low), d->high);
}

double dpb__dimension_unit(const dpb__dimension *d, double value) {
  double low = span_low(d);
  double at = is_log(d->kind) ? log(value) : value;
  return fmin(fmax((at - low) / (span_high(d) - low), 0.0), 1.0);
}

double dpb__dimension_snap(const dpb__dimension *d, double u) {
  return dpb__dimension_unit(d, dpb__dimension_value(d, u));
}
