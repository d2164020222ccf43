/* SPDX-License-Identifier: MIT
 *
 * What 'deepblas train --plot' draws and 'deepblas plot' draws again is the same, byte
 * for byte: both draw the numbers of history.csv here.
 */
#include "train_plot.h"

#include <math.h>
#include <stdlib.h>

#include "figure.h"
#include "report.h"

typedef struct measure {
  const char *name, *title, *label;
  double scale;
  int columns[3]; /* of sets */
} measure;

static const char *const sets[3] = {"training", "validation", "test"};
static const measure measures[] = {
    {"loss",
     "Loss while training",
     "loss",
     1,
     {RUN_TRAIN_LOSS, RUN_VALIDATION_LOSS, RUN_TEST_LOSS}},
    {"accuracy",
     "Accuracy while training",
     "accuracy / %",
     100,
     {RUN_TRAIN_ACCURACY, RUN_VALIDATION_ACCURACY, RUN_TEST_ACCURACY}}};
enum { MEASURES = sizeof measures / sizeof *measures };

static int is_measured(const run_history *run, int column) {
  for (size_t i = 0; i < run->count; i++) {
    if (!isnan(run->rows[i][column])) return 1;
  }
  return 0;
}

static int is_measured_in_any(const run_history runs[], int count, int column) {
  for (int i = 0; i < count; i++) {
    if (is_measured(&runs[i], column)) return 1;
  }
  return 0;
}

/* A curve of the rows in which there is a number. What was not measured within an epoch
 * makes no gap. */
static void draw_curve(figure *f, const run_history *run, int column, double scale,
                       const char *label, double epoch_steps) {
  double *x = need_memory((2 * run->count + 1) * sizeof *x);
  double *y = x + run->count;
  size_t n = 0;
  for (size_t i = 0; i < run->count; i++) {
    const double *row = run->rows[i];
    if (isnan(row[column])) continue;
    x[n] = epoch_steps > 0 ? row[RUN_STEPS] / epoch_steps : row[RUN_STEPS];
    y[n++] = scale * row[column];
  }
  figure_line(f, label, x, y, n);
  free(x);
}

/* By epochs, unless a run does not tell how long its first one is. */
static int counts_epochs(const run_history runs[], int count) {
  for (int i = 0; i < count; i++) {
    if (!(run_history_epoch_steps(&runs[i]) > 0)) return 0;
  }
  return 1;
}

static void draw_set(figure *f, const run_history runs[], int count, const measure *m,
                     int set, int by_epoch) {
  for (int i = 0; i < count; i++) {
    if (!is_measured(&runs[i], m->columns[set])) continue;
    draw_curve(f, &runs[i], m->columns[set], m->scale,
               count > 1 ? runs[i].name : sets[set],
               by_epoch ? run_history_epoch_steps(&runs[i]) : 0);
  }
}

static figure *draw(const run_history runs[], int count, const measure *m) {
  int by_epoch = counts_epochs(runs, count);
  const char *x_label = by_epoch ? "epoch" : "step";
  int panels = 0;
  for (int set = 0; set < 3; set++) {
    panels += is_measured_in_any(runs, count, m->columns[set]);
  }
  figure *f = figure_new(m->title, count > 1 ? panels : 1, 1);
  if (count == 1) figure_panel(f, "", x_label, m->label);
  for (int set = 0; set < 3; set++) {
    if (!is_measured_in_any(runs, count, m->columns[set])) continue;
    if (count > 1) figure_panel(f, sets[set], x_label, m->label);
    draw_set(f, runs, count, m, set, by_epoch);
  }
  return f;
}

int train_plot_runs(const run_history runs[], int count, const char *folder, int quiet) {
  int code = EXIT_OK;
  for (int i = 0; i < MEASURES && code == EXIT_OK; i++) {
    figure *f = draw(runs, count, &measures[i]);
    if (quiet) {
      code = figure_save(f, folder, measures[i].name, NULL);
      figure_free(f);
    } else {
      code = figure_show(f, folder, measures[i].name);
    }
  }
  return code;
}

int train_plot(const train_job *job, int code) {
  const train_options *o = &job->options;
  const char *folder = o->plot == PLOT_TEXT ? NULL : o->out;
  run_history run = {0};
  int drawn = EXIT_OK;
  if (job->history_path) {
    drawn = run_history_read(job->history_path, &run);
  } else {
    run_history_take(job->trainer, &run);
  }
  if (drawn == EXIT_OK && run.count > 0)
    drawn = train_plot_runs(&run, 1, folder, o->json);
  if (drawn == EXIT_OK && run.count == 0) note("no epoch is finished: nothing to draw");
  run_history_free(&run);
  return code == EXIT_OK ? drawn : code;
}
