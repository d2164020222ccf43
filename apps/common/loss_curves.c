/* SPDX-License-Identifier: MIT
 *
 * Losses of several ways to learn.
 */
#include "loss_curves.h"

#include <stdio.h>
#include <stdlib.h>

#include "csv.h"
#include "report.h"
#include "smooth.h"
#include "table.h"

static void print_table(const loss_curves *c, int iterations, int last) {
  char head[80];
  table t = {.align = "lrr"};
  snprintf(head, sizeof head, "%s|first loss|mean loss", c->what);
  table_head(&t, head);
  for (int i = 0; i < c->count; i++) {
    const double *losses = c->losses + (size_t)i * (size_t)iterations;
    double mean = 0;
    for (int k = iterations - last; k < iterations; k++) mean += losses[k] / last;
    table_row(&t, "%s|%.4f|%.4f", c->names[i], losses[0], mean);
  }
  printf("the first, and over the last %d of %d iterations:\n", last, iterations);
  table_print(&t, stdout);
}

static int write_numbers(const experiment *e, const loss_curves *c) {
  csv_file csv = {0};
  char file[80], columns[80];
  snprintf(file, sizeof file, "%s.csv", c->name);
  snprintf(columns, sizeof columns, "%s,iteration,loss", c->what);
  const int code = csv_open(&csv, e->out, file, columns);
  for (int i = 0; i < c->count && code == EXIT_OK; i++)
    for (int k = 0; k < e->iterations; k++)
      csv_row(&csv, "%s,%d,%.9g", c->names[i], k + 1,
              c->losses[(size_t)i * (size_t)e->iterations + (size_t)k]);
  return csv_close(&csv, code);
}

static figure *draw(const loss_curves *c, size_t iterations) {
  double *smooth = need_memory(iterations * sizeof *smooth);
  figure *f = figure_new(c->title, 1, 1);
  figure_panel(f, "", "iteration", "loss of the mini-batch, smoothed");
  figure_range(f, 'y', 0, c->top);
  for (int i = 0; i < c->count; i++) {
    smooth_curve(c->losses + (size_t)i * iterations, smooth, iterations);
    figure_line(f, c->names[i], NULL, smooth, iterations);
  }
  free(smooth);
  return f;
}

int loss_curves_show(const experiment *e, const loss_curves *c) {
  print_table(c, e->iterations, c->last < e->iterations ? c->last : e->iterations);
  const int code = write_numbers(e, c);
  return experiment_show(e, draw(c, (size_t)e->iterations), c->name, code);
}
