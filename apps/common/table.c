/* SPDX-License-Identifier: MIT
 *
 * Cells are kept as text until the widths are known. Columns of words from the book may
 * hold UTF-8; widths count code points.
 */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static void append(table *t, char *cell) {
  if (t->count == t->capacity) {
    size_t capacity = t->capacity ? 2 * t->capacity : 64;
    char **cells = need_memory(capacity * sizeof *cells);
    if (t->count) memcpy(cells, t->cells, t->count * sizeof *cells);
    free(t->cells);
    t->cells = cells;
    t->capacity = capacity;
  }
  t->cells[t->count++] = cell;
}

static char *printed(const char *format, va_list arguments) {
  va_list again;
  va_copy(again, arguments);
  int length = vsnprintf(NULL, 0, format, again);
  va_end(again);
  size_t size = length < 0 ? 1 : (size_t)length + 1;
  char *text = need_memory(size);
  text[0] = '\0';
  vsnprintf(text, size, format, arguments);
  return text;
}

void table_cell(table *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  append(t, printed(format, arguments));
  va_end(arguments);
}

void table_row(table *t, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  char *row = printed(format, arguments);
  va_end(arguments);
  table_head(t, row);
  free(row);
}

void table_head(table *t, const char *words) {
  for (;;) {
    size_t length = strcspn(words, "|");
    table_cell(t, "%.*s", (int)length, words);
    if (words[length] == '\0') return;
    words += length + 1;
  }
}

static int width_of(const char *text) {
  int width = 0;
  for (; *text != '\0'; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
  return width;
}

static void print_cell(FILE *file, const char *cell, int width, int right, int last) {
  int blanks = width - width_of(cell);
  if (right) fprintf(file, "%*s", blanks, "");
  fputs(cell, file);
  if (!right && !last) fprintf(file, "%*s", blanks, "");
  fputs(last ? "\n" : "  ", file);
}

void table_print(table *t, FILE *file) {
  size_t columns = strlen(t->align);
  int widths[TABLE_MAX_COLUMNS] = {0};
  for (size_t i = 0; i < t->count; i++) {
    int width = width_of(t->cells[i]);
    if (width > widths[i % columns]) widths[i % columns] = width;
  }
  for (size_t i = 0; i < t->count; i++) {
    size_t column = i % columns;
    print_cell(file, t->cells[i], widths[column], t->align[column] == 'r',
               column + 1 == columns);
  }
  table_drop(t);
}

void table_drop(table *t) {
  for (size_t i = 0; i < t->count; i++) free(t->cells[i]);
  free(t->cells);
  *t = (table){.align = t->align};
}

const char *count_text(uint64_t value, char text[32]) {
  char digits[24];
  int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
  char *out = text;
  for (int i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0) *out++ = ',';
    *out++ = digits[i];
  }
  *out = '\0';
  return text;
}

const char *bytes_text(uint64_t bytes, char text[32]) {
  static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double value = (double)bytes;
  int unit = 0;
  while (value >= 1024 && unit < 4) {
    value /= 1024;
    unit++;
  }
  snprintf(text, 32, unit ? "%.1f %s" : "%.0f %s", value, units[unit]);
  return text;
}
