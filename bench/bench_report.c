/* SPDX-License-Identifier: MIT
 *
 * For people, as CSV, or as one JSON object, row by row as they are measured.
 */
#include "bench_report.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/deepblas.h>

#include "bench_error.h"

static bench_output output;
static FILE *json; /* NULL: no JSON is wanted */
static bool plain; /* the table goes to stdout */
static const bench_column *columns;
static size_t column_count;
static size_t rows;

/* -- JSON */

static void json_text(const char *text) {
  fputc('"', json);
  for (const char *c = text; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\') fputc('\\', json);
    if ((unsigned char)*c >= ' ')
      fputc(*c, json);
    else
      fprintf(json, "\\u%04x", (unsigned)*c);
  }
  fputc('"', json);
}

static void json_member(const char *key, const char *text) {
  fprintf(json, ", \"%s\": ", key);
  json_text(text);
}

static void json_row(const bench_value *values) {
  fputs(rows ? ",\n    {" : "\n    {", json);
  for (size_t i = 0; i < column_count; i++) {
    fprintf(json, "%s\"%s\": ", i ? ", " : "", columns[i].key);
    if (columns[i].digits == BENCH_TEXT)
      json_text(values[i].text);
    else if (isfinite(values[i].number))
      fprintf(json, "%.*f", columns[i].digits, values[i].number);
    else
      fputs("null", json);
  }
  fputc('}', json);
}

/* -- the machine */

/* "model name" of /proc/cpuinfo, where there is one. */
static void cpu_name(char name[128]) {
  snprintf(name, 128, "unknown CPU");
  FILE *file = fopen("/proc/cpuinfo", "r");
  if (!file) return;
  char line[256];
  while (fgets(line, sizeof line, file)) {
    const char *colon = strchr(line, ':');
    if (strncmp(line, "model name", 10) != 0 || !colon) continue;
    snprintf(name, 128, "%s", colon + 1 + strspn(colon + 1, " "));
    name[strcspn(name, "\n")] = '\0';
    break;
  }
  fclose(file);
}

void bench_report_begin(const bench_output *wanted) {
  output = *wanted;
  plain = !output.json;
  if (output.json) json = stdout;
  if (output.json_file && !(json = fopen(output.json_file, "w")))
    bench_quit(3, "cannot write %s", output.json_file);

  if (json) {
    fputs("{\"program\": ", json);
    json_text(output.program);
  }
  char cpu[128];
  cpu_name(cpu);
  dpb_blas_info blas;
  dpb_blas_get_info(&blas);
  bench_fact("deepblas", "deepblas", "%s", dpb_version());
  bench_fact("cpu", "CPU", "%s", cpu);
  bench_fact("isa", "ISA", "%s", output.isa);
  bench_fact("openblas", "OpenBLAS", "%s", blas.config);
  bench_fact("core", "kernels", "%s", blas.core);
  bench_fact("threads", "threads", "%d", output.threads);
}

void bench_fact(const char *key, const char *head, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (plain) printf("%s%-10s %s\n", output.csv ? "# " : "", head, text);
  if (!json) return;
  char *end;
  const double number = strtod(text, &end);
  if (end != text && *end == '\0' && isfinite(number))
    fprintf(json, ", \"%s\": %s", key, text);
  else
    json_member(key, text);
}

/* -- the table */

static bool is_hidden(const bench_column *c) {
  return !output.csv && c->width == 0;
}

static void print_head(void) {
  if (!output.csv) printf("\n");
  for (size_t i = 0; i < column_count; i++) {
    const bench_column *c = &columns[i];
    if (is_hidden(c)) continue;
    if (output.csv)
      printf("%s%s", i ? "," : "", c->key);
    else
      printf("%s%*s", i ? "  " : "", c->digits == BENCH_TEXT ? -c->width : c->width,
             c->head);
  }
  printf("\n");
}

void bench_columns(const bench_column *of_table, size_t count) {
  columns = of_table;
  column_count = count;
  if (json) fputs(",\n  \"rows\": [", json);
  if (plain) print_head();
}

static void print_cell(const bench_column *c, const bench_value *value) {
  if (c->digits == BENCH_TEXT)
    printf("%-*s", c->width, value->text);
  else if (isfinite(value->number))
    printf("%*.*f", c->width, c->digits, value->number);
  else
    printf("%*s", c->width, "-");
}

static void print_csv_cell(const bench_column *c, const bench_value *value) {
  if (c->digits != BENCH_TEXT) {
    if (isfinite(value->number)) printf("%.*f", c->digits, value->number);
    return;
  }
  const bool quoted = strpbrk(value->text, ",\"") != NULL;
  if (quoted) putchar('"');
  for (const char *t = value->text; *t != '\0'; t++) {
    if (*t == '"') putchar('"');
    putchar(*t);
  }
  if (quoted) putchar('"');
}

void bench_row(const bench_value *values) {
  if (json) json_row(values);
  for (size_t i = 0; plain && i < column_count; i++) {
    if (is_hidden(&columns[i])) continue;
    if (i) fputs(output.csv ? "," : "  ", stdout);
    (output.csv ? print_csv_cell : print_cell)(&columns[i], &values[i]);
  }
  if (plain) printf("\n");
  fflush(stdout);
  rows++;
}

void bench_note(const char *format, ...) {
  if (!plain || output.csv) return;
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  printf("\n");
}

void bench_finish(void) {
  if (json) fputs("\n  ]}\n", json);
  bool failed = ferror(stdout) != 0 || fflush(stdout) != 0;
  if (json && json != stdout) failed = ferror(json) != 0 || fclose(json) != 0 || failed;
  if (failed) bench_quit(3, "the report could not be written");
}
