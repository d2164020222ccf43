/* SPDX-License-Identifier: MIT
 *
 * Reads what dpb_search_create says of its file, without opening the search: it may be
 * going on. The curves of trials are histories, curves/trial-1.csv and so on.
 */
#include "plot_search.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/search.h>

#include "out_folder.h"
#include "report.h"
#include "run_history.h"
#include "search_figure.h"

enum { MOST_DIMENSIONS = 32 };

static const char head[] = "# deepblas search 1\t";

/* The space belongs to it, the log borrows it. */
typedef struct trials_read {
  dpb_space *space;
  search_log log;
} trials_read;

/* The text up to the next tab, which is cut off; NULL behind the last. */
static char *next_field(char **rest) {
  char *field = *rest;
  if (field == NULL) return NULL;
  char *tab = strchr(field, '\t');
  if (tab) *tab = '\0';
  *rest = tab ? tab + 1 : NULL;
  return field;
}

/* "method bayes", "goal maximize", "space lr log 1e-3..1", ... */
static int read_head(char *line, trials_read *t) {
  if (strncmp(line, head, sizeof head - 1) != 0) return 0;
  char *rest = line + sizeof head - 1;
  for (char *field = next_field(&rest); field; field = next_field(&rest)) {
    if (strcmp(field, "goal maximize") == 0) t->log.goal = DPB_MAXIMIZE;
    if (strncmp(field, "space ", 6) == 0 && t->space == NULL &&
        dpb_space_parse(field + 6, &t->space) != DPB_OK)
      return 0;
  }
  t->log.space = t->space;
  return t->space != NULL;
}

static int read_number(const char *text, double *value) {
  char *end;
  if (text == NULL || *text == '\0') return 0;
  *value = strtod(text, &end);
  return *end == '\0';
}

static int read_value(const dpb_dimension *d, const char *text, double *value) {
  if (d->kind != DPB_CHOICE) return read_number(text, value) && isfinite(*value);
  for (int i = 0; text && i < d->choice_count; i++) {
    *value = i;
    if (strcmp(d->choices[i], text) == 0) return 1;
  }
  return 0;
}

static int read_trial(char *line, trials_read *t) {
  double id, budget, score;
  if (!read_number(next_field(&line), &id) || !read_number(next_field(&line), &budget) ||
      !read_number(next_field(&line), &score) || !(id >= 0 && id < 1e9))
    return 0;
  double values[MOST_DIMENSIONS];
  for (int i = 0; i < dpb_space_count(t->space) && i < MOST_DIMENSIONS; i++) {
    dpb_dimension d;
    if (dpb_space_dimension(t->space, i, &d) != DPB_OK ||
        !read_value(&d, next_field(&line), &values[i]))
      return 0;
  }
  if (line != NULL) return 0;
  search_log_add(&t->log, (int)id, score, values, NULL, 0);
  return 1;
}

/* A last line without its end is still being written, and left out. */
static int read_lines(FILE *file, const char *path, trials_read *t) {
  char *line = NULL;
  size_t size = 0;
  int code = EXIT_OK;
  for (int number = 1; code == EXIT_OK; number++) {
    const ssize_t length = getline(&line, &size, file);
    if (length <= 0 || line[length - 1] != '\n') break;
    line[length - 1] = '\0';
    if (number == 1 && !read_head(line, t))
      code = fail(EXIT_DATA, "%s: not the trials of a search", path);
    if (number > 2 && !read_trial(line, t))
      code = fail(EXIT_DATA, "%s, line %d: not a trial", path, number);
  }
  if (code == EXIT_OK && ferror(file))
    code = fail(EXIT_DATA, "%s: %s", path, strerror(errno));
  if (code == EXIT_OK && t->log.count == 0)
    code = fail(EXIT_DATA, "%s: no trial is finished yet", path);
  free(line);
  return code;
}

static int read_trials(const char *folder, trials_read *t) {
  char *path = folder_join(folder, "trials.tsv");
  FILE *file = fopen(path, "r");
  int code =
      file ? read_lines(file, path, t) : fail(EXIT_DATA, "%s: %s", path, strerror(errno));
  if (file) fclose(file);
  free(path);
  return code;
}

/* Reads the curve of a trial, where it was kept. */
static void read_curve(const char *folder, search_log *log, size_t index) {
  char name[64];
  run_history run = {0};
  snprintf(name, sizeof name, "curves/trial-%d.csv", log->entries[index].id + 1);
  char *path = folder_join(folder, name);
  if (access(path, R_OK) == 0 && run_history_read(path, &run) == EXIT_OK && run.count) {
    dpb_epoch *history = need_memory(run.count * sizeof *history);
    for (size_t i = 0; i < run.count; i++) {
      /* a search measures the validation set alone */
      history[i] =
          (dpb_epoch){.epoch = (size_t)run.rows[i][RUN_EPOCH],
                      .train_loss = (double)NAN,
                      .train_accuracy = (double)NAN,
                      .validation_loss = run.rows[i][RUN_VALIDATION_LOSS],
                      .validation_accuracy = run.rows[i][RUN_VALIDATION_ACCURACY]};
    }
    search_log_keep(log, index, history, run.count);
    free(history);
  }
  run_history_free(&run);
  free(path);
}

static int draw(const char *folder, search_log *log, const char *to) {
  size_t order[SEARCH_BEST];
  const size_t best = search_log_rank(log, order);
  for (size_t i = 0; i < best; i++) read_curve(folder, log, order[i]);
  int code = figure_show(search_figure_progress(log), to, "search");
  if (code == EXIT_OK) code = figure_show(search_figure_values(log), to, "search_values");
  figure *curves = code == EXIT_OK ? search_figure_curves(log) : NULL;
  if (curves) code = figure_show(curves, to, "search_curves");
  return code;
}

int plot_search(const char *folder, const char *out, int term) {
  trials_read t = {0};
  int code = read_trials(folder, &t);
  if (code == EXIT_OK && t.log.entries) code = draw(folder, &t.log, term ? NULL : out);
  search_log_free(&t.log);
  dpb_space_destroy(t.space);
  return code;
}
