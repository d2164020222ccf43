/* SPDX-License-Identifier: MIT
 *
 * Doubles are written so that they come back as they were, and a line break in a text, as
 * in a network over several lines, as \n, a backslash as two.
 */
#include "option_lines.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "option_value.h"
#include "report.h"

/* What is written, or only counted while text is NULL. */
typedef struct sink {
  char *text;
  size_t length;
} sink;

static void put(sink *s, const char *text, size_t length) {
  if (s->text) memcpy(s->text + s->length, text, length);
  s->length += length;
}

static void put_line(sink *s, const option_spec *option, const char *value,
                     size_t length) {
  put(s, "--", 2);
  put(s, option->name, strlen(option->name));
  if (value) put(s, "=", 1);
  for (size_t i = 0; i < length; i++) {
    if (value[i] == '\n' || value[i] == '\\') put(s, "\\", 1);
    put(s, value[i] == '\n' ? "n" : &value[i], 1);
  }
  put(s, "\n", 1);
}

static void put_choice(sink *s, const option_spec *option) {
  const char *at = option->choices;
  for (int i = *(const int *)option->target; i > 0; i--) at += strcspn(at, "|") + 1;
  put_line(s, option, at, strcspn(at, "|"));
}

static void put_number(sink *s, const option_spec *option) {
  char text[40];
  int n = 0;
  if (option->type == OPTION_INT) {
    const int value = *(const int *)option->target;
    if (value >= option->minimum) n = snprintf(text, sizeof text, "%d", value);
  } else if (option->type == OPTION_SEED) {
    n = snprintf(text, sizeof text, "%llu",
                 (unsigned long long)*(const uint64_t *)option->target);
  } else if (*(const double *)option->target > 0) {
    n = snprintf(text, sizeof text, "%.17g", *(const double *)option->target);
  }
  if (n > 0) put_line(s, option, text, (size_t)n);
}

static void put_option(sink *s, const option_spec *option) {
  const char *text;
  switch (option->type) {
  case OPTION_FLAG:
    if (*(const int *)option->target) put_line(s, option, NULL, 0);
    break;
  case OPTION_TEXT:
    text = *(const char *const *)option->target;
    if (text) put_line(s, option, text, strlen(text));
    break;
  case OPTION_CHOICE:
    put_choice(s, option);
    break;
  case OPTION_INT:
  case OPTION_SEED:
  case OPTION_POSITIVE:
  case OPTION_DECAY:
  case OPTION_SHARE:
    put_number(s, option);
    break;
  default:
    break;
  }
}

static int is_named(const char *name, const char *const *names) {
  for (; *names; names++)
    if (strcmp(*names, name) == 0) return 1;
  return 0;
}

static int is_kept(const option_spec *option, const char *const *but) {
  return option->type != OPTION_HEADING && !is_named(option->name, but);
}

char *option_lines(const option_spec *options, int count, const char *const *but) {
  sink s = {NULL, 0};
  for (int round = 0; round < 2; round++) {
    for (int i = 0; i < count; i++)
      if (is_kept(&options[i], but)) put_option(&s, &options[i]);
    if (round == 0) s = (sink){need_memory(s.length + 1), 0};
  }
  s.text[s.length] = '\0';
  return s.text;
}

static const option_spec *find(const option_spec *options, int count,
                               const char *const *but, const char *name) {
  for (int i = 0; i < count; i++)
    if (is_kept(&options[i], but) && strcmp(options[i].name, name) == 0)
      return &options[i];
  return NULL;
}

/* Undoes put_line's backslashes in place; 0 where a backslash stands before something
 * else. */
static int unescape(char *text) {
  char *to = text;
  for (; *text; text++) {
    if (*text != '\\') {
      *to++ = *text;
      continue;
    }
    text++;
    if (*text != 'n' && *text != '\\') return 0;
    *to++ = *text == 'n' ? '\n' : '\\';
  }
  *to = '\0';
  return 1;
}

static int read_line(const option_spec *options, int count, const char *const *but,
                     const char *path, char *line) {
  char *value = strchr(line, '=');
  if (value) *value++ = '\0';
  const option_spec *option =
      strncmp(line, "--", 2) == 0 ? find(options, count, but, line + 2) : NULL;
  if (!option || (option->type == OPTION_FLAG) != (value == NULL) ||
      (value && !unescape(value)))
    return fail(EXIT_DATA, "%s: '%.60s' is no option of a run", path, line);
  return option_value(option, value) == -1 ? EXIT_OK : EXIT_DATA;
}

int option_lines_read(const option_spec *options, int count, const char *const *but,
                      const char *path, char *lines) {
  int code = EXIT_OK;
  while (*lines && code == EXIT_OK) {
    char *end = lines + strcspn(lines, "\n");
    const int last = *end == '\0';
    *end = '\0';
    code = read_line(options, count, but, path, lines);
    lines = last ? end : end + 1;
  }
  return code;
}
