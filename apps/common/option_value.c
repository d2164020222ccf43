/* SPDX-License-Identifier: MIT
 *
 * Numbers are decimal, without spaces in front or anything behind. The program never
 * calls setlocale, so strtod reads, and printf writes, a decimal point everywhere.
 */
#include "option_value.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/tensor.h>

#include "report.h"

enum { GOOD = -1 };

/* One decimal integer at text; *end is behind it. 0 when there is none; one that is too
 * large becomes the largest there is, which no range here includes. */
static int read_integer(const char *text, const char **end, long long *value) {
  const char *digits = text + (*text == '-' || *text == '+');
  if (!isdigit((unsigned char)*digits)) return 0;
  char *stop;
  *value = strtoll(text, &stop, 10);
  *end = stop;
  return 1;
}

static int value_int(const option_spec *option, const char *word) {
  long long value = 0;
  const char *end = word;
  if (!read_integer(word, &end, &value) || *end != '\0') {
    return fail_usage("--%s is '%s', must be a whole number", option->name, word);
  }
  if (value < option->minimum || value > option->maximum) {
    return fail(EXIT_USAGE, "--%s is %s, must be %d to %d", option->name, word,
                option->minimum, option->maximum);
  }
  *(int *)option->target = (int)value;
  return GOOD;
}

static int value_pair(const option_spec *option, const char *word) {
  long long value[2] = {0};
  const char *end = word;
  int good = read_integer(word, &end, &value[0]);
  value[1] = value[0];
  if (good && *end == 'x') good = read_integer(end + 1, &end, &value[1]);
  if (!good || *end != '\0') {
    return fail_usage("--%s is '%s', must be a whole number, or two as in 2x3",
                      option->name, word);
  }
  for (int i = 0; i < 2; i++) {
    if (value[i] >= option->minimum && value[i] <= option->maximum) continue;
    return fail(EXIT_USAGE, "--%s is %s, must be %d to %d", option->name, word,
                option->minimum, option->maximum);
  }
  int *pair = option->target;
  pair[0] = (int)value[0];
  pair[1] = (int)value[1];
  return GOOD;
}

static int value_seed(const option_spec *option, const char *word) {
  char *end;
  errno = 0;
  unsigned long long value = strtoull(word, &end, 10);
  if (!isdigit((unsigned char)*word) || *end != '\0' || errno != 0 ||
      value > UINT64_MAX) {
    return fail_usage("--%s is '%s', must be a whole number, 0 to 18446744073709551615",
                      option->name, word);
  }
  *(uint64_t *)option->target = value;
  return GOOD;
}

static int value_real(const option_spec *option, const char *word) {
  static const char *const range[] = {
      [OPTION_POSITIVE] = "above 0",
      [OPTION_DECAY] = "above 0 and below 1",
      [OPTION_SHARE] = "0 or above, and below 1",
  };
  char *end;
  double value = strtod(word, &end);
  if (*word == '\0' || strchr("+-.0123456789", *word) == NULL || *end != '\0' ||
      strpbrk(word, "xX") != NULL || !isfinite(value)) {
    return fail_usage("--%s is '%s', must be a number %s", option->name, word,
                      range[option->type]);
  }
  /* The library takes most of these as floats, in which 1e-60 would be 0. */
  float narrow = (float)value;
  int low = option->type == OPTION_SHARE ? value < 0 : !(narrow > 0);
  int high = option->type == OPTION_POSITIVE ? !isfinite(narrow) : !(narrow < 1);
  if (low || high) {
    return fail(EXIT_USAGE, "--%s is %s, must be %s", option->name, word,
                range[option->type]);
  }
  *(double *)option->target = value;
  return GOOD;
}

static int value_input(const option_spec *option, const char *word) {
  int extent[3] = {0};
  int n = 0;
  const char *at = word;
  for (; n < 3; n++) {
    long long value;
    if (!read_integer(at, &at, &value)) break;
    if (value < 1 || value > INT32_MAX) {
      return fail(EXIT_USAGE, "--%s is %s, every extent must be 1 to %d", option->name,
                  word, INT32_MAX);
    }
    extent[n] = (int)value;
    if (*at != 'x') {
      n++;
      break;
    }
    at++;
  }
  if (*at != '\0' || (n != 1 && n != 3) || word[strlen(word) - 1] == 'x') {
    return fail_usage("--%s is '%s', must be HxWxC as in 28x28x1, or one number",
                      option->name, word);
  }
  dpb_hwc image = {extent[0], extent[1], extent[2]};
  dpb_hwc vector = {1, 1, extent[0]};
  *(dpb_hwc *)option->target = n == 3 ? image : vector;
  return GOOD;
}

/* Length of the first word of a "word|word" list. */
static size_t choice_length(const char *choices) {
  return strcspn(choices, "|");
}

/* The index in choices, and first, of the word. */
static int value_choice(const option_spec *option, const char *word, int first) {
  const char *at = option->choices;
  for (int index = 0;; index++) {
    size_t length = choice_length(at);
    if (strlen(word) == length && strncmp(at, word, length) == 0) {
      *(int *)option->target = first + index;
      return GOOD;
    }
    if (at[length] == '\0') break;
    at += length + 1;
  }
  return fail_usage("--%s is '%s', must be one of %s", option->name, word,
                    option->choices);
}

static int value_text(const option_spec *option, const char *word) {
  if (*word == '\0') return fail_usage("--%s is empty", option->name);
  *(const char **)option->target = word;
  return GOOD;
}

int option_value(const option_spec *option, const char *word) {
  switch (option->type) {
  case OPTION_FLAG:
    *(int *)option->target = 1;
    return GOOD;
  case OPTION_TEXT:
    return value_text(option, word);
  case OPTION_INT:
    return value_int(option, word);
  case OPTION_PAIR:
    return value_pair(option, word);
  case OPTION_SEED:
    return value_seed(option, word);
  case OPTION_POSITIVE:
  case OPTION_DECAY:
  case OPTION_SHARE:
    return value_real(option, word);
  case OPTION_INPUT:
    return value_input(option, word);
  case OPTION_CHOICE:
    return value_choice(option, word, 0);
  case OPTION_SWITCH:
    if (word) return value_choice(option, word, 2);
    *(int *)option->target = 1;
    return GOOD;
  default:
    return fail(EXIT_USAGE, "--%s takes nothing", option->name);
  }
}
