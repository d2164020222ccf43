/* SPDX-License-Identifier: MIT
 *
 * Text in aligned columns, and numbers as people read them.
 */
#ifndef APP_TABLE_H
#define APP_TABLE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { TABLE_MAX_COLUMNS = 12 };

/* Start with {.align = "lrr"}: a column per letter, left or right. */
typedef struct table {
  const char *align;
  char **cells; /* row after row */
  size_t count;
  size_t capacity;
} table;

/* Adds the next cell, row by row. */
void table_cell(table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the cells of a whole row, of which each | ends one: "%s|%d|%.4f". */
void table_row(table *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Adds the cells of a whole row of plain words, "name|shape|verdict". */
void table_head(table *t, const char *words);

/* Prints with two blanks between columns and none at the end, then frees the cells. */
void table_print(table *t, FILE *file);

/* Frees the cells unprinted. */
void table_drop(table *t);

/* "235,146" */
const char *count_text(uint64_t value, char text[32]);

/* "1.8 MiB" */
const char *bytes_text(uint64_t bytes, char text[32]);

#endif
