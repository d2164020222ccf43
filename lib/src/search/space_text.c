/* SPDX-License-Identifier: MIT
 *
 * A search space, and values in it, as text: "lr log 1e-6..1e-2, act choice relu|tanh".
 */
#include "search/space.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"

typedef struct part {
  const char *at;
  size_t length;
} part;

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static part trimmed(part p) {
  while (p.length > 0 && is_blank(p.at[0])) p = (part){p.at + 1, p.length - 1};
  while (p.length > 0 && is_blank(p.at[p.length - 1])) p.length--;
  return p;
}

/* Cuts the text up to the first separator off the rest. */
static part take_until(part *rest, char separator) {
  const char *cut = rest->length ? memchr(rest->at, separator, rest->length) : NULL;
  part first = *rest;
  if (cut == NULL) {
    *rest = (part){rest->at + rest->length, 0};
  } else {
    first.length = (size_t)(cut - rest->at);
    *rest = (part){cut + 1, rest->length - first.length - 1};
  }
  return trimmed(first);
}

/* The next word, if it is this one, is taken off. */
static bool take_word(part *rest, const char *word) {
  size_t length = strlen(word);
  if (rest->length < length || memcmp(rest->at, word, length) != 0) return false;
  if (rest->length > length && !is_blank(rest->at[length])) return false;
  *rest = trimmed((part){rest->at + length, rest->length - length});
  return true;
}

/* Long or strange text is shown in part. */
static int shown(part p) {
  return p.length < 60 ? (int)p.length : 60;
}

static dpb_status read_range(part text, dpb_dimension *d) {
  const char *dots = NULL;
  for (size_t i = 0; i + 1 < text.length && dots == NULL; i++)
    if (text.at[i] == '.' && text.at[i + 1] == '.') dots = text.at + i;
  if (dots == NULL)
    return dpb__fail(DPB_ERR_SPEC,
                     "%s: '%.*s' is no range: must be like 'log 1e-6..1e-2', "
                     "'int 32..256', '0..0.5' or 'choice relu|tanh'",
                     d->name, shown(text), text.at);
  size_t first = (size_t)(dots - text.at);
  part end[2] = {trimmed((part){text.at, first}),
                 trimmed((part){dots + 2, text.length - first - 2})};
  double *target[2] = {&d->low, &d->high};
  for (int i = 0; i < 2; i++)
    if (!dpb__parse_double(end[i].at, end[i].length, target[i]))
      return dpb__fail(DPB_ERR_SPEC, "%s: '%.*s' in '%.*s' is no number", d->name,
                       shown(end[i]), end[i].at, shown(text), text.at);
  return DPB_OK;
}

static dpb_status add_range(dpb_space *space, part text, dpb_dimension *d) {
  bool integer = false, logarithm = false;
  for (bool more = true; more;) {
    more = take_word(&text, "uniform");
    if (take_word(&text, "int")) integer = more = true;
    if (take_word(&text, "log")) logarithm = more = true;
  }
  d->kind = integer ? DPB_INT : DPB_UNIFORM;
  if (logarithm) d->kind = integer ? DPB_LOG_INT : DPB_LOG;
  dpb_status status = read_range(text, d);
  return status == DPB_OK ? dpb_space_add(space, d) : status;
}

/* Cuts the words, in a copy of the text, into memory: pointers first. */
static dpb_status add_choices(dpb_space *space, part text, dpb_dimension *d) {
  size_t count = text.length > 0 ? 1 : 0;
  for (size_t i = 0; i < text.length; i++)
    if (text.at[i] == '|') count++;
  void *memory;
  dpb_status status =
      dpb__allocate(1, count * sizeof(char *) + text.length + 1, "a choice", &memory);
  if (status != DPB_OK) return status;
  char **words = memory;
  char *byte = (char *)(words + count);
  for (size_t i = 0; i < count; i++) {
    part word = take_until(&text, '|');
    words[i] = byte;
    memcpy(byte, word.at, word.length);
    byte[word.length] = '\0';
    byte += word.length + 1;
  }
  d->kind = DPB_CHOICE;
  d->choices = (const char *const *)words;
  d->choice_count = (int)count;
  status = dpb_space_add(space, d);
  dpb__release(memory);
  return status;
}

static dpb_status add_item(dpb_space *space, part item) {
  char name[DPB__DIMENSION_NAME];
  size_t length = 0;
  while (length < item.length && !is_blank(item.at[length])) length++;
  if (length == 0)
    return dpb__fail(DPB_ERR_SPEC, "dimension %d is empty", space->count + 1);
  if (length >= sizeof name)
    return dpb__fail(DPB_ERR_SPEC, "the name %.20s... has %zu characters, at most %d",
                     item.at, length, DPB__DIMENSION_NAME - 1);
  memcpy(name, item.at, length);
  name[length] = '\0';
  dpb_dimension d = {.name = name};
  part rest = trimmed((part){item.at + length, item.length - length});
  if (take_word(&rest, "choice")) return add_choices(space, rest, &d);
  return add_range(space, rest, &d);
}

dpb_status dpb_space_parse(const char *text, dpb_space **space) {
  if (space == NULL) return dpb__fail(DPB_ERR_ARG, "space is NULL");
  *space = NULL;
  if (text == NULL) return dpb__fail(DPB_ERR_ARG, "the text of a space is NULL");
  part rest = trimmed((part){text, strlen(text)});
  if (rest.length == 0) return dpb__fail(DPB_ERR_SPEC, "the space is empty");
  dpb_space *new;
  dpb_status status = dpb_space_create(&new);
  for (bool more = true; more && status == DPB_OK;) {
    const char *end = rest.at + rest.length;
    part item = take_until(&rest, ',');
    /* Behind a comma another dimension must follow, if only to be refused as empty. */
    more = rest.length > 0 || (rest.at == end && end[-1] == ',' && item.length > 0);
    status = add_item(new, item);
  }
  if (status == DPB_OK) {
    *space = new;
  } else {
    dpb_space_destroy(new);
  }
  return status;
}

size_t dpb__dimension_write(const dpb__dimension *d, double value, char *text,
                            size_t capacity) {
  char number[32];
  const char *word = number;
  if (d->kind == DPB_CHOICE)
    word = d->choices[(int)value];
  else if (d->kind == DPB_INT || d->kind == DPB_LOG_INT)
    snprintf(number, sizeof number, "%ld", (long)value);
  else if (fabs(value) < 1e6 && !(floor(value) < value))
    snprintf(number, sizeof number, "%.0f", value); /* 10, not 1e+01 */
  else
    dpb__print_double(value, number);
  if (capacity > 0) snprintf(text, capacity, "%s", word);
  return strlen(word);
}

bool dpb__dimension_read(const dpb__dimension *d, const char *text, size_t length,
                         double *value) {
  if (d->kind != DPB_CHOICE) {
    bool whole = d->kind != DPB_UNIFORM && d->kind != DPB_LOG;
    double number;
    if (!dpb__parse_double(text, length, &number)) return false;
    /* Written so that NaN is outside. */
    if (!(number >= d->low && number <= d->high)) return false;
    if (whole && floor(number) < number) return false;
    *value = number;
    return true;
  }
  for (int i = 0; i < d->choice_count; i++) {
    if (strlen(d->choices[i]) != length || memcmp(d->choices[i], text, length) != 0)
      continue;
    *value = i;
    return true;
  }
  return false;
}

dpb_status dpb_space_value_text(const dpb_space *space, int index, double value,
                                char *text, size_t capacity, size_t *length) {
  if (length != NULL) *length = 0;
  if (text == NULL || capacity == 0) return dpb__fail(DPB_ERR_ARG, "no room for text");
  text[0] = '\0';
  dpb_dimension d;
  dpb_status status = dpb_space_dimension(space, index, &d);
  if (status != DPB_OK) return status;
  bool whole = d.kind != DPB_UNIFORM && d.kind != DPB_LOG;
  /* Written so that NaN is outside. */
  if (!(value >= d.low && value <= d.high) || (whole && floor(value) < value))
    return dpb__fail(DPB_ERR_ARG, "%s: %g is not a value of it", d.name, value);
  size_t written = dpb__dimension_write(&space->at[index], value, text, capacity);
  if (length != NULL) *length = written;
  return DPB_OK;
}

/* Appends as much as there is room for; counts all. */
static void append(char *text, size_t capacity, size_t *length, const char *what) {
  if (*length < capacity) snprintf(text + *length, capacity - *length, "%s", what);
  *length += strlen(what);
}

static void append_dimension(const dpb__dimension *d, char *text, size_t capacity,
                             size_t *length) {
  static const char *const word[] = {" ", " log ", " int ", " log int ", " choice "};
  append(text, capacity, length, d->name);
  append(text, capacity, length, word[d->kind]);
  for (int i = 0; i < d->choice_count; i++) {
    if (i > 0) append(text, capacity, length, "|");
    append(text, capacity, length, d->choices[i]);
  }
  if (d->kind == DPB_CHOICE) return;
  char end[32];
  dpb__dimension_write(d, d->low, end, sizeof end);
  append(text, capacity, length, end);
  append(text, capacity, length, "..");
  dpb__dimension_write(d, d->high, end, sizeof end);
  append(text, capacity, length, end);
}

dpb_status dpb_space_text(const dpb_space *space, char *text, size_t capacity,
                          size_t *length) {
  if (length != NULL) *length = 0;
  if (space == NULL || text == NULL || capacity == 0)
    return dpb__fail(DPB_ERR_ARG, "%s",
                     space == NULL ? "space is NULL" : "no room for text");
  size_t written = 0;
  text[0] = '\0';
  for (int i = 0; i < space->count; i++) {
    if (i > 0) append(text, capacity, &written, ", ");
    append_dimension(&space->at[i], text, capacity, &written);
  }
  if (length != NULL) *length = written;
  return DPB_OK;
}
