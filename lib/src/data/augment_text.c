/* SPDX-License-Identifier: MIT
 *
 * The settings of augmentation as text, "shift 2, flip", and their ranges.
 */
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/number.h"
#include "data/augment.h"

/* Larger than any image that is trained on; keeps sums of pixels small. */
#define MOST_PIXELS 65536

typedef struct field {
  const char *name;
  size_t offset;
  enum { PIXELS, REAL, FLAG } kind;
  double minimum, maximum;
  const char *range;
} field;

#define AT(name) #name, offsetof(dpb_augment_config, name)

static const field fields[] = {
    {AT(shift), PIXELS, 0, MOST_PIXELS, "0 to 65536 pixels"},
    {AT(rotate), REAL, 0, 180, "0 to 180 degrees"},
    {AT(scale), REAL, 0, 0.99999994, "0 or above, and below 1"},
    {AT(noise), REAL, 0, HUGE_VAL, "0 or above, and finite"},
    {AT(flip), FLAG, 0, 1, "0 or 1"},
    {AT(crop), PIXELS, 0, MOST_PIXELS, "0 to 65536 pixels"},
    {AT(erase), PIXELS, 0, MOST_PIXELS, "0 to 65536 pixels"},
};
enum { FIELDS = sizeof fields / sizeof *fields };

static double value_of(const dpb_augment_config *config, const field *f) {
  const char *at = (const char *)config + f->offset;
  float real;
  int whole;
  if (f->kind == REAL) {
    memcpy(&real, at, sizeof real);
    return (double)real;
  }
  memcpy(&whole, at, sizeof whole);
  return whole;
}

static void set_value(dpb_augment_config *config, const field *f, double value) {
  char *at = (char *)config + f->offset;
  const float real = (float)value;
  if (f->kind == REAL) {
    memcpy(at, &real, sizeof real);
    return;
  }
  const int whole = (int)value;
  memcpy(at, &whole, sizeof whole);
}

static dpb_status out_of_range(const field *f, double value) {
  return dpb__fail(DPB_ERR_ARG, "augment: %s is %g, must be %s", f->name, value,
                   f->range);
}

static bool in_range(const field *f, double value) {
  const bool narrow = f->kind != REAL || isfinite((float)value);
  return narrow && value >= f->minimum && value <= f->maximum;
}

dpb_status dpb__augment_check(const dpb_augment_config *config) {
  for (int i = 0; i < FIELDS; i++) {
    const double value = value_of(config, &fields[i]);
    if (!in_range(&fields[i], value)) return out_of_range(&fields[i], value);
  }
  return DPB_OK;
}

/* The next word of [*at, end): its begin, and its length in *length; 0 at the end. */
static const char *next_word(const char **at, const char *end, int *length) {
  while (*at < end && strchr(" \t\n", **at)) (*at)++;
  const char *begin = *at;
  while (*at < end && !strchr(" \t\n", **at)) (*at)++;
  *length = *at - begin > 80 ? 80 : (int)(*at - begin);
  return begin;
}

static int find(const char *word, int length) {
  for (int i = 0; i < FIELDS; i++)
    if (strlen(fields[i].name) == (size_t)length &&
        memcmp(fields[i].name, word, (size_t)length) == 0)
      return i;
  return -1;
}

static dpb_status read_value(const field *f, const char *word, int length,
                             double *value) {
  int64_t whole = 0;
  bool good = f->kind == PIXELS ? dpb__parse_int(word, (size_t)length, &whole)
                                : dpb__parse_double(word, (size_t)length, value);
  if (f->kind == PIXELS) *value = (double)whole;
  if (!good || isnan(*value))
    return dpb__fail(DPB_ERR_SPEC, "augment: %s is '%.*s', must be a %snumber, %s",
                     f->name, length, word, f->kind == PIXELS ? "whole " : "", f->range);
  return in_range(f, *value) ? DPB_OK : out_of_range(f, *value);
}

/* One item, "shift 2"; seen has a flag for each field. */
static dpb_status read_item(const char *at, const char *end, dpb_augment_config *config,
                            bool *seen) {
  int length = 0;
  const char *word = next_word(&at, end, &length);
  if (length == 0)
    return dpb__fail(DPB_ERR_SPEC, "augment: an item is empty; as in 'shift 2, flip'");
  const int index = find(word, length);
  if (index < 0)
    return dpb__fail(DPB_ERR_SPEC,
                     "augment: there is no '%.*s'; there are shift, rotate, scale, "
                     "noise, flip, crop and erase",
                     length, word);
  const field *f = &fields[index];
  if (seen[index]) return dpb__fail(DPB_ERR_SPEC, "augment: %s is there twice", f->name);
  seen[index] = true;
  double value = 1;
  if (f->kind != FLAG) {
    word = next_word(&at, end, &length);
    if (length == 0)
      return dpb__fail(DPB_ERR_SPEC, "augment: %s stands without its number, %s", f->name,
                       f->range);
    dpb_status status = read_value(f, word, length, &value);
    if (status != DPB_OK) return status;
  }
  word = next_word(&at, end, &length);
  if (length > 0)
    return dpb__fail(DPB_ERR_SPEC, "augment: '%.*s' behind %s is not understood", length,
                     word, f->name);
  set_value(config, f, value);
  return DPB_OK;
}

static dpb_status read_items(const char *text, dpb_augment_config *read) {
  bool seen[FIELDS] = {false};
  for (const char *at = text;; at++) {
    const char *end = at + strcspn(at, ",");
    dpb_status status = read_item(at, end, read, seen);
    if (status != DPB_OK || *end == '\0') return status;
    at = end;
  }
}

dpb_status dpb_augment_parse(const char *text, dpb_augment_config *config) {
  if (!config) return dpb__fail(DPB_ERR_ARG, "augment: config is NULL");
  *config = (dpb_augment_config){0};
  if (!text) return dpb__fail(DPB_ERR_ARG, "augment: text is NULL");
  dpb_augment_config read = {0};
  const unsigned host_mode = dpb__float_enter_plain();
  const dpb_status status = read_items(text, &read);
  dpb__float_leave(host_mode);
  if (status == DPB_OK) *config = read;
  return status;
}
