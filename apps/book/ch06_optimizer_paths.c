/* SPDX-License-Identifier: MIT
 *
 * Sections 6.1.3 to 6.1.7: the paths that optimisers take down f(x, y) = x^2 / 20 + y^2,
 * a valley that is long in x, from (-7, 2). The gradient, (x / 10, 2 y), hardly ever
 * points at the minimum: SGD goes zigzag, the others less so.
 */
#include <stdio.h>

#include <deepblas/optimizer.h>

#include "csv.h"
#include "kernels.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Walk down f(x, y) = x^2 / 20 + y^2 from (-7, 2) by SGD, Momentum,\n"
               "AdaGrad and Adam, each with the learning rate that the book chose.",
    .after = "--out writes optimizer_paths.csv: optimizer, step, x, y, f.\n"
             "\n"
             "Examples:\n"
             "  ch06_optimizer_paths --out figures\n"
             "  ch06_optimizer_paths --optimizer nesterov --lr 0.1\n"};

static const float start[2] = {-7.0f, 2.0f};

/* The book's. */
static const dpb_optimizer_config chosen[] = {{.kind = DPB_SGD, .lr = 0.95f},
                                              {.kind = DPB_MOMENTUM, .lr = 0.1f},
                                              {.kind = DPB_ADAGRAD, .lr = 1.5f},
                                              {.kind = DPB_ADAM, .lr = 0.3f}};

static float f(const float p[2]) {
  return p[0] * p[0] / 20.0f + p[1] * p[1];
}

static dpb_status walk(const dpb_optimizer_config *config, int steps, csv_file *csv,
                       table *t) {
  const char *name = dpb_optimizer_name(config->kind);
  dpb_optimizer *optimizer;
  dpb_status status = dpb_optimizer_create(config, 2, &optimizer);
  if (status != DPB_OK) return status;
  const float lr = dpb_optimizer_lr(optimizer);
  float p[2] = {start[0], start[1]};
  for (int step = 0; status == DPB_OK && step <= steps; step++) {
    csv_row(csv, "%s,%d,%.9g,%.9g,%.9g", name, step, (double)p[0], (double)p[1],
            (double)f(p));
    if (step == steps) break;
    const float gradient[2] = {p[0] / 10.0f, 2.0f * p[1]};
    status = dpb_optimizer_step(optimizer, 2, p, gradient);
  }
  table_cell(t, "%s", name);
  table_cell(t, "%g", (double)lr);
  table_cell(t, "%.4f", (double)p[0]);
  table_cell(t, "%.4f", (double)p[1]);
  table_cell(t, "%.2g", (double)f(p));
  dpb_optimizer_destroy(optimizer);
  return status;
}

int main(int argc, char *argv[]) {
  kernels_choose(argv);
  report_program("ch06_optimizer_paths");
  int steps = 30, kind = -1;
  double lr = 0;
  const char *out = NULL;
  const option_spec list[] = {
      {OPTION_INT, "steps", 's', "N", "steps of each (default: 30)", &steps, NULL, 1,
       1000000},
      {OPTION_CHOICE, "optimizer", 0, "NAME",
       "this one alone: sgd, momentum, nesterov, adagrad,\nrmsprop, adam or adamw", &kind,
       "sgd|momentum|nesterov|adagrad|rmsprop|adam|adamw", 0, 0},
      {OPTION_POSITIVE, "lr", 'l', "X",
       "its learning rate (default: the book's, else the\nlibrary's)", &lr, NULL, 0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the paths as CSV to this folder", &out,
       NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  if (lr > 0 && kind < 0)
    return fail_usage("--lr goes with --optimizer: each of the four has its own");

  csv_file csv = {0};
  code = csv_open(&csv, out, "optimizer_paths.csv", "optimizer,step,x,y,f");
  if (code != EXIT_OK) return code;
  table t = {.align = "lrrrr"};
  table_head(&t, "optimizer|lr|x|y|f");
  dpb_status status = DPB_OK;
  const int known = (int)(sizeof chosen / sizeof *chosen);
  dpb_optimizer_config own = {.kind = (dpb_optimizer_kind)(kind < 0 ? 0 : kind)};
  for (int i = 0; i < known; i++) {
    if (kind < 0 && status == DPB_OK) status = walk(&chosen[i], steps, &csv, &t);
    if ((int)chosen[i].kind == kind) own = chosen[i];
  }
  if (lr > 0) own.lr = (float)lr;
  if (kind >= 0) status = walk(&own, steps, &csv, &t);
  code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK) printf("after %d steps from (%g, %g):\n", steps, -7.0, 2.0);
  table_print(&t, stdout);
  code = csv_close(&csv, code);
  return finish_output(code);
}
