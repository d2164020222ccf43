/* SPDX-License-Identifier: MIT
 *
 * RFC 8259. File names are bytes, JSON is UTF-8: a byte that is no part of valid UTF-8
 * becomes U+FFFD, so that the output always parses.
 */
#include "json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

json json_to(FILE *file) {
  return (json){.file = file};
}

/* Length of the UTF-8 sequence at c, 1..4; 0 when it is none. */
static int utf8_length(const unsigned char *c) {
  static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
  int length = *c < 0x80       ? 1
               : *c >> 5 == 6  ? 2
               : *c >> 4 == 14 ? 3
               : *c >> 3 == 30 ? 4
                               : 0;
  if (length < 2) return length;
  unsigned code = *c & (0x7fU >> length);
  for (int i = 1; i < length; i++) {
    if ((c[i] & 0xc0) != 0x80) return 0;
    code = code << 6 | (c[i] & 0x3fU);
  }
  int surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least[length] || code > 0x10ffff || surrogate ? 0 : length;
}

static void write_string(FILE *file, const char *text) {
  putc('"', file);
  const unsigned char *c = (const unsigned char *)text;
  while (*c != '\0') {
    int length = utf8_length(c);
    if (length == 0) {
      fputs("\\ufffd", file);
      length = 1;
    } else if (*c == '"' || *c == '\\') {
      fprintf(file, "\\%c", *c);
    } else if (*c < 0x20) {
      fprintf(file, "\\u%04x", *c);
    } else {
      fwrite(c, 1, (size_t)length, file);
    }
    c += length;
  }
  putc('"', file);
}

/* What stands in front of every value. */
static void begin_value(json *j, const char *key) {
  if (j->comma) fputs(", ", j->file);
  j->comma = 1;
  if (key == NULL) return;
  write_string(j->file, key);
  fputs(": ", j->file);
}

static void open_group(json *j, const char *key, char bracket) {
  begin_value(j, key);
  putc(bracket, j->file);
  j->depth++;
  j->comma = 0;
}

static void close_group(json *j, char bracket) {
  putc(bracket, j->file);
  j->depth--;
  j->comma = 1;
  if (j->depth == 0) putc('\n', j->file);
}

void json_object(json *j, const char *key) {
  open_group(j, key, '{');
}

void json_end_object(json *j) {
  close_group(j, '}');
}

void json_array(json *j, const char *key) {
  open_group(j, key, '[');
}

void json_end_array(json *j) {
  close_group(j, ']');
}

void json_text(json *j, const char *key, const char *text) {
  begin_value(j, key);
  if (text == NULL) {
    fputs("null", j->file);
  } else {
    write_string(j->file, text);
  }
}

void json_count(json *j, const char *key, uint64_t value) {
  begin_value(j, key);
  fprintf(j->file, "%llu", (unsigned long long)value);
}

void json_bool(json *j, const char *key, int value) {
  begin_value(j, key);
  fputs(value ? "true" : "false", j->file);
}

void json_number(json *j, const char *key, double value) {
  begin_value(j, key);
  if (!isfinite(value)) {
    fputs("null", j->file);
    return;
  }
  char text[32];
  for (int digits = 15; digits <= 17; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, value);
    if (strtod(text, NULL) == value) break;
  }
  fputs(text, j->file);
}

void json_float(json *j, const char *key, float value) {
  char text[32];
  for (int digits = 6; digits <= 9; digits++) {
    snprintf(text, sizeof text, "%.*g", digits, (double)value);
    if (strtof(text, NULL) == value) break;
  }
  json_number(j, key, strtod(text, NULL));
}

void json_hwc(json *j, const char *key, dpb_hwc value) {
  dpb_shape shape = {3, {value.h, value.w, value.c}};
  json_shape(j, key, &shape);
}

void json_shape(json *j, const char *key, const dpb_shape *shape) {
  json_array(j, key);
  for (int i = 0; i < shape->rank; i++) json_count(j, NULL, (uint64_t)shape->dim[i]);
  json_end_array(j);
}
