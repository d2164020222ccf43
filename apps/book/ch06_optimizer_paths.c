/* SPDX-License-Identifier: MIT
 *
 * Sections 6.1.3 to 6.1.7, figures 6-3 and 6-5 to 6-8: the paths that optimisers take
 * down f(x, y) = x^2 / 20 + y^2, a valley that is long in x, from (-7, 2). The gradient,
 * (x / 10, 2 y), hardly ever points at the minimum: SGD goes zigzag, the others less so.
 */
#include <stdio.h>

#include <deepblas/optimizer.h>

#include "csv.h"
#include "experiment.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Walk down f(x, y) = x^2 / 20 + y^2 from (-7, 2) by SGD, Momentum,\n"
               "AdaGrad and Adam, each with the learning rate that the book chose.",
    .after =
        "--out writes optimizer_paths.csv (optimizer, step, x, y, f) and the picture\n"
        "optimizer_paths.\n"
        "\n"
        "Examples:\n"
        "  ch06_optimizer_paths --out figures\n"
        "  ch06_optimizer_paths --optimizer nesterov --lr 0.1\n"};

/* The book's. */
static const dpb_optimizer_config chosen[] = {{.kind = DPB_SGD, .lr = 0.95f},
                                              {.kind = DPB_MOMENTUM, .lr = 0.1f},
                                              {.kind = DPB_ADAGRAD, .lr = 1.5f},
                                              {.kind = DPB_ADAM, .lr = 0.3f}};
enum { CHOSEN = sizeof chosen / sizeof *chosen, STEPS = 10000 };

static double f(double x, double y) {
  return x * x / 20 + y * y;
}

/* The valley and a path through it. */
static void draw(figure *fig, const char *name, const double *x, const double *y,
                 size_t n) {
  enum { COLUMNS = 81, ROWS = 41 };
  double z[ROWS * COLUMNS];
  for (int i = 0; i < ROWS * COLUMNS; i++)
    z[i] = f(-8 + 0.2 * (i % COLUMNS), -4 + 0.2 * (double)(i / COLUMNS));
  figure_panel(fig, name, "x", "y");
  figure_range(fig, 'x', -8, 8);
  figure_range(fig, 'y', -4, 4);
  figure_contours(fig, z, COLUMNS, ROWS, -8, 8, -4, 4, 12);
  figure_path(fig, "", x, y, n);
}

static dpb_status walk(const dpb_optimizer_config *config, int steps, csv_file *csv,
                       table *t, figure *fig) {
  const char *name = dpb_optimizer_name(config->kind);
  double x[STEPS + 1], y[STEPS + 1];
  float p[2] = {-7, 2};
  dpb_optimizer *optimizer;
  dpb_status status = dpb_optimizer_create(config, 2, &optimizer);
  for (int step = 0; status == DPB_OK && step <= steps; step++) {
    x[step] = (double)p[0];
    y[step] = (double)p[1];
    csv_row(csv, "%s,%d,%.9g,%.9g,%.9g", name, step, x[step], y[step],
            (double)(p[0] * p[0] / 20.0f + p[1] * p[1]));
    const float gradient[2] = {p[0] / 10.0f, 2.0f * p[1]};
    if (step < steps) status = dpb_optimizer_step(optimizer, 2, p, gradient);
  }
  if (status == DPB_OK) {
    table_cell(t, "%s", name);
    table_cell(t, "%g", (double)dpb_optimizer_lr(optimizer));
    table_cell(t, "%.4f", x[steps]);
    table_cell(t, "%.4f", y[steps]);
    table_cell(t, "%.2g", f(x[steps], y[steps]));
    draw(fig, name, x, y, (size_t)steps + 1);
  }
  dpb_optimizer_destroy(optimizer);
  return status;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch06_optimizer_paths"};
  int steps = 30, kind = -1;
  double lr = 0;
  const option_spec own[] = {
      {OPTION_INT, "steps", 's', "N", "steps of each (default: 30)", &steps, NULL, 1,
       STEPS},
      {OPTION_CHOICE, "optimizer", 0, "NAME",
       "this one alone: sgd, momentum, nesterov, adagrad,\nrmsprop, adam or adamw", &kind,
       "sgd|momentum|nesterov|adagrad|rmsprop|adam|adamw", 0, 0},
      {OPTION_POSITIVE, "lr", 'l', "X",
       "its learning rate (default: the book's, else the\nlibrary's)", &lr, NULL, 0, 0}};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  if (lr > 0 && kind < 0)
    return fail_usage("--lr goes with --optimizer: each of the four has its own");

  csv_file csv = {0};
  code = csv_open(&csv, e.out, "optimizer_paths.csv", "optimizer,step,x,y,f");
  if (code != EXIT_OK) return code;
  dpb_optimizer_config own_kind = {.kind = (dpb_optimizer_kind)kind};
  for (int i = 0; i < CHOSEN; i++)
    if ((int)chosen[i].kind == kind) own_kind = chosen[i];
  if (lr > 0) own_kind.lr = (float)lr;
  const dpb_optimizer_config *first = kind < 0 ? chosen : &own_kind;
  const int count = kind < 0 ? CHOSEN : 1;

  table t = {.align = "lrrrr"};
  table_head(&t, "optimizer|lr|x|y|f");
  figure *fig = figure_new("Down f(x, y) = x²/20 + y² from (-7, 2)", count > 1 ? 2 : 1,
                           count > 1 ? 2 : 1);
  dpb_status status = DPB_OK;
  for (int i = 0; status == DPB_OK && i < count; i++)
    status = walk(&first[i], steps, &csv, &t, fig);
  code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK) printf("after %d steps from (-7, 2):\n", steps);
  table_print(&t, stdout);
  code = csv_close(&csv, code);
  return experiment_end(&e, experiment_show(&e, fig, "optimizer_paths", code));
}
