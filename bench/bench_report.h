/* SPDX-License-Identifier: MIT
 *
 * The report of a measuring program: what machine this is, facts about the run, and one
 * table.
 */
#ifndef DEEPBLAS_BENCH_REPORT_H
#define DEEPBLAS_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>

/* Text columns have digits TEXT, numbers as many after the point. A column of width 0 is
 * for machines only. */
enum { BENCH_TEXT = -1 };

typedef struct bench_column {
  const char *key;  /* in JSON and CSV: "step_ms" */
  const char *head; /* for people: "step ms" */
  int width;
  int digits;
} bench_column;

typedef struct bench_value {
  const char *text;
  double number; /* NaN: not known; "-" for people, null in JSON, nothing in CSV */
} bench_value;

/* What the options say of it. */
typedef struct bench_output {
  const char *program;
  bool json;             /* JSON instead of the table */
  bool csv;              /* CSV instead of the table */
  const char *json_file; /* JSON beside the table; NULL: none */
  const char *isa;       /* the widest instruction set that may run */
  int threads;
} bench_output;

/* Begins with what machine this is. */
void bench_report_begin(const bench_output *output);

/* One more thing about the whole run, beside the machine; before bench_columns. */
void bench_fact(const char *key, const char *head, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Prints the head of the table; the columns stay borrowed. */
void bench_columns(const bench_column *columns, size_t count);

/* A row, one value for each column. Printed at once. */
void bench_row(const bench_value *values);

/* A sentence below the table, for people only. */
void bench_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Ends the report; ends the program with 3 if it could not be written. */
void bench_finish(void);

#endif
