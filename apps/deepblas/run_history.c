/* SPDX-License-Identifier: MIT
 *
 * Columns are found by their names, so that files of other versions can be read.
 */
#include "run_history.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

static const char *const names[RUN_COLUMNS] = {"epoch",           "steps",
                                               "train_loss",      "train_accuracy",
                                               "validation_loss", "validation_accuracy",
                                               "test_loss",       "test_accuracy"};

enum { MOST_FIELDS = 64 };

static double *add_row(run_history *run) {
  if (run->count == run->capacity) {
    size_t capacity = run->capacity ? 2 * run->capacity : 32;
    void *rows = need_memory(capacity * sizeof *run->rows);
    if (run->count) memcpy(rows, run->rows, run->count * sizeof *run->rows);
    free(run->rows);
    run->rows = rows;
    run->capacity = capacity;
  }
  return run->rows[run->count++];
}

/* Cuts a line at its commas. Returns the number of fields, at most MOST_FIELDS. */
static int split(char *line, char *fields[MOST_FIELDS]) {
  int count = 0;
  line[strcspn(line, "\r\n")] = '\0';
  for (char *at = line; count < MOST_FIELDS;) {
    fields[count++] = at;
    at = strchr(at, ',');
    if (at == NULL) break;
    *at++ = '\0';
  }
  return count;
}

/* Where each column of the file goes, -1: nowhere. */
static int read_header(char *line, int place[MOST_FIELDS]) {
  char *fields[MOST_FIELDS];
  int found = 0;
  int count = split(line, fields);
  for (int i = 0; i < count; i++) {
    place[i] = -1;
    for (int column = 0; column < RUN_COLUMNS; column++) {
      if (strcmp(fields[i], names[column]) != 0) continue;
      place[i] = column;
      found++;
    }
  }
  return found == RUN_COLUMNS ? count : 0;
}

static int read_row(char *line, const int place[MOST_FIELDS], int columns, double *row) {
  char *fields[MOST_FIELDS];
  if (split(line, fields) != columns) return 0;
  for (int i = 0; i < columns; i++) {
    if (place[i] < 0) continue;
    char *end = fields[i];
    double value = *fields[i] ? strtod(fields[i], &end) : (double)NAN;
    if (*end != '\0') return 0;
    row[place[i]] = value;
  }
  return row[RUN_EPOCH] >= 1 && row[RUN_STEPS] >= 1;
}

static int read_lines(FILE *file, const char *path, run_history *run) {
  char line[4096];
  int place[MOST_FIELDS];
  if (fgets(line, sizeof line, file) == NULL) line[0] = '\0';
  int columns = read_header(line, place);
  if (columns == 0) {
    return fail(EXIT_DATA, "%s is not the history of a training run: line 1 must name %s",
                path, "epoch, steps, train_loss, ...");
  }
  for (int number = 2; fgets(line, sizeof line, file); number++) {
    double *row = add_row(run);
    if (read_row(line, place, columns, row)) continue;
    return fail(EXIT_DATA, "%s, line %d: not %d numbers of an epoch", path, number,
                columns);
  }
  if (ferror(file)) return fail(EXIT_DATA, "%s: %s", path, strerror(errno));
  return EXIT_OK;
}

int run_history_read(const char *path, run_history *run) {
  FILE *file = fopen(path, "r");
  if (file == NULL) return fail(EXIT_DATA, "%s: %s", path, strerror(errno));
  int code = read_lines(file, path, run);
  fclose(file);
  return code;
}

void run_history_take(const dpb_trainer *trainer, run_history *run) {
  size_t count = 0;
  const dpb_epoch *e = dpb_trainer_history(trainer, &count);
  for (size_t i = 0; i < count; i++) {
    const double row[RUN_COLUMNS] = {(double)e[i].epoch,   (double)e[i].steps,
                                     e[i].train_loss,      e[i].train_accuracy,
                                     e[i].validation_loss, e[i].validation_accuracy,
                                     e[i].test_loss,       e[i].test_accuracy};
    memcpy(add_row(run), row, sizeof row);
  }
}

void run_history_free(run_history *run) {
  free(run->name);
  free(run->rows);
  *run = (run_history){0};
}

double run_history_epoch_steps(const run_history *run) {
  for (size_t i = 0; i < run->count; i++) {
    const double *row = run->rows[i];
    int last = i + 1 < run->count ? run->rows[i + 1][RUN_EPOCH] > row[RUN_EPOCH]
                                  : !isnan(row[RUN_TRAIN_ACCURACY]);
    if (last) return row[RUN_STEPS] / row[RUN_EPOCH];
  }
  return 0;
}
