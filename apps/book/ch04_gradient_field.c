/* SPDX-License-Identifier: MIT
 *
 * Section 4.4: the gradient of f(x0, x1) = x0^2 + x1^2 by numerical differentiation, and
 * the field of its negative (figure 4-9). Every arrow points to where f falls most
 * steeply, here right at the minimum, and is the longer the farther that is.
 */
#include <stdio.h>

#include <deepblas/gradient.h>

#include "csv.h"
#include "figure.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "The field of the negative gradient of f(x0, x1) = x0^2 + x1^2.",
    .after = "--out writes gradient_field.csv (x0, x1, and the gradient g0, g1) and the\n"
             "picture gradient_field, in which arrows are drawn a twentieth as long.\n"
             "\n"
             "Example:\n"
             "  ch04_gradient_field --out figures\n"};

enum { SIDE = 17 }; /* points from -2 to 2 */
static const double drawn = 0.05;

static double f(size_t n, const double *x, void *unused) {
  (void)unused;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
  return sum;
}

/* The three places of the book. */
static dpb_status print_some(double h) {
  static const double places[3][2] = {{3, 4}, {0, 2}, {3, 0}};
  table t = {.align = "rrrr"};
  dpb_status status = DPB_OK;
  table_head(&t, "x0|x1|df/dx0|df/dx1");
  for (int i = 0; i < 3 && status == DPB_OK; i++) {
    double x[2] = {places[i][0], places[i][1]}, g[2] = {0, 0};
    status = dpb_numerical_gradient(f, 2, x, h, NULL, g);
    table_cell(&t, "%g", x[0]);
    table_cell(&t, "%g", x[1]);
    table_cell(&t, "%.10f", g[0]);
    table_cell(&t, "%.10f", g[1]);
  }
  table_print(&t, stdout);
  return status;
}

static dpb_status fill(figure *fig, double h, csv_file *csv) {
  static double x0[SIDE * SIDE], x1[SIDE * SIDE], d0[SIDE * SIDE], d1[SIDE * SIDE];
  for (int i = 0; i < SIDE * SIDE; i++) {
    double x[2] = {-2 + 0.25 * (i % SIDE), -2 + 0.25 * (i / SIDE)}, g[2];
    const dpb_status status = dpb_numerical_gradient(f, 2, x, h, NULL, g);
    if (status != DPB_OK) return status;
    x0[i] = x[0];
    x1[i] = x[1];
    d0[i] = -drawn * g[0];
    d1[i] = -drawn * g[1];
    csv_row(csv, "%g,%g,%.9g,%.9g", x[0], x[1], g[0], g[1]);
  }
  figure_panel(fig, "", "x0", "x1");
  figure_equal_axes(fig);
  figure_range(fig, 'x', -2.2, 2.2);
  figure_range(fig, 'y', -2.2, 2.2);
  figure_arrows(fig, "", x0, x1, d0, d1, SIDE * SIDE);
  return DPB_OK;
}

int main(int argc, char *argv[]) {
  report_program("ch04_gradient_field");
  const char *out = NULL;
  double h = 1e-4;
  const option_spec list[] = {{OPTION_POSITIVE, "h", 0, "X",
                               "step of the differences (default: 1e-4)", &h, NULL, 0, 0},
                              {OPTION_TEXT, "out", 'o', "DIR",
                               "write the picture and its numbers to this folder", &out,
                               NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  csv_file csv = {0};
  code = csv_open(&csv, out, "gradient_field.csv", "x0,x1,g0,g1");
  if (code != EXIT_OK) return code;
  figure *fig = figure_new("Negative gradient of x0^2 + x1^2", 1, 1);
  dpb_status status = print_some(h);
  if (status == DPB_OK) status = fill(fig, h, &csv);
  code = csv_close(&csv, status == DPB_OK ? EXIT_OK : fail_library(EXIT_USAGE));
  if (code == EXIT_OK) {
    code = figure_show(fig, out, "gradient_field");
  } else {
    figure_free(fig);
  }
  return finish_output(code);
}
