/* SPDX-License-Identifier: MIT
 *
 * Section 4.3: the derivative as a difference over a small step h. The function of figure
 * 4-6, f(x) = 0.01 x^2 + 0.1 x, and its tangents at 5 and 10 (figure 4-7). Then what the
 * book warns of: the error by h. A large h misses the tangent, a small one is lost in
 * rounding; the central difference wins over the forward one, and float32 has hardly a
 * good h at all.
 *
 * f is a parabola, which central differences get right at any h, so errors are shown for
 * the sigmoid at 1.
 */
#include <math.h>
#include <stdio.h>

#include <deepblas/gradient.h>

#include "csv.h"
#include "figure.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Numerical differentiation: tangents, and the error by the step h.",
    .after =
        "--out writes numerical_diff.csv (x, f, tangents), numerical_diff_error.csv\n"
        "(h, absolute errors) and the picture numerical_diff.\n"
        "\n"
        "Example:\n"
        "  ch04_numerical_diff --h 0.1 --out figures\n"};

static double f(double x, void *unused) {
  (void)unused;
  return 0.01 * (x * x) + 0.1 * x;
}

static double sigmoid(double x, void *unused) {
  (void)unused;
  return 1 / (1 + exp(-x));
}

/* The same, computed in float32. */
static double sigmoid_float(double x, void *unused) {
  (void)unused;
  return (double)(1 / (1 + expf(-(float)x)));
}

static double central(dpb_function_1d g, double x, double h) {
  double derivative = 0;
  return dpb_numerical_diff(g, x, h, NULL, &derivative) == DPB_OK ? derivative
                                                                  : (double)NAN;
}

static double forward(dpb_function_1d g, double x, double h) {
  return (g(x + h, NULL) - g(x, NULL)) / h;
}

static void print_derivatives(double h) {
  table t = {.align = "rrrrr"};
  printf("f(x) = 0.01 x^2 + 0.1 x, h = %g\n", h);
  table_head(&t, "x|f'(x)|central difference|forward difference|1e-50 as h, forward");
  for (int x = 5; x <= 10; x += 5) {
    table_cell(&t, "%d", x);
    table_cell(&t, "%.16g", 0.02 * x + 0.1);
    table_cell(&t, "%.16g", central(f, x, h));
    table_cell(&t, "%.16g", forward(f, x, h));
    table_cell(&t, "%g", forward(f, x, 1e-50));
  }
  table_print(&t, stdout);
}

enum { POINTS = 201 };

/* f over 0 .. 20, by itself and with the tangent at 5 and at 10. */
static void draw_tangents(figure *fig, double h, csv_file *csv) {
  static double x[POINTS], y[POINTS], tangent[2][POINTS];
  for (int i = 0; i < POINTS; i++) {
    x[i] = 0.1 * i;
    y[i] = f(x[i], NULL);
    for (int k = 0; k < 2; k++) {
      const double at = 5.0 * (k + 1);
      tangent[k][i] = f(at, NULL) + central(f, at, h) * (x[i] - at);
    }
    csv_row(csv, "%.9g,%.9g,%.9g,%.9g", x[i], y[i], tangent[0][i], tangent[1][i]);
  }
  figure_panel(fig, "f(x) = 0.01 x^2 + 0.1 x", "x", "f(x)");
  figure_line(fig, "", x, y, POINTS);
  for (int k = 0; k < 2; k++) {
    const double at = 5.0 * (k + 1), value = f(at, NULL);
    figure_panel(fig, k ? "tangent at x = 10" : "tangent at x = 5", "x", "f(x)");
    figure_line(fig, "f", x, y, POINTS);
    figure_line(fig, "tangent", x, tangent[k], POINTS);
    figure_points(fig, "", &at, &value, 1);
  }
}

/* Errors of the sigmoid's derivative at 1, h = 1, 10^-1/4, ... 1e-16. */
static void draw_errors(figure *fig, csv_file *csv) {
  enum { STEPS = 65, COLUMNS = 3 };
  static const char *const names[COLUMNS] = {"central", "forward", "central, float32"};
  double hs[STEPS], error[COLUMNS][STEPS];
  int best[COLUMNS] = {0};
  const double y = sigmoid(1, NULL), right = y * (1 - y);
  for (int i = 0; i < STEPS; i++) {
    hs[i] = pow(10, -0.25 * i);
    error[0][i] = fabs(central(sigmoid, 1, hs[i]) - right);
    error[1][i] = fabs(forward(sigmoid, 1, hs[i]) - right);
    error[2][i] = fabs(central(sigmoid_float, 1, hs[i]) - right);
    csv_row(csv, "%.9g,%.3g,%.3g,%.3g", hs[i], error[0][i], error[1][i], error[2][i]);
    for (int c = 0; c < COLUMNS; c++)
      if (error[c][i] < error[c][best[c]]) best[c] = i;
  }
  figure_panel(fig, "sigmoid's derivative at 1", "h", "absolute error");
  figure_log_axis(fig, 'x');
  figure_log_axis(fig, 'y');
  table t = {.align = "lrrrr"};
  printf("\nerrors of the sigmoid's derivative at 1, %.10f\n", right);
  table_head(&t, "difference|h = 0.1|h = 1e-4|h = 1e-10|best h");
  for (int c = 0; c < COLUMNS; c++) {
    figure_line(fig, names[c], hs, error[c], STEPS);
    table_cell(&t, "%s", names[c]);
    for (int i = 4; i <= 40; i += i == 4 ? 12 : 24) table_cell(&t, "%.1e", error[c][i]);
    table_cell(&t, "%.0e", hs[best[c]]);
  }
  table_print(&t, stdout);
}

int main(int argc, char *argv[]) {
  report_program("ch04_numerical_diff");
  const char *out = NULL;
  double h = 1e-4;
  const option_spec list[] = {{OPTION_POSITIVE, "h", 0, "X",
                               "step of the tangents (default: 1e-4)", &h, NULL, 0, 0},
                              {OPTION_TEXT, "out", 'o', "DIR",
                               "write the picture and its numbers to this folder", &out,
                               NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  csv_file csv = {0}, errors = {0};
  code = csv_open(&csv, out, "numerical_diff.csv", "x,f,tangent_5,tangent_10");
  if (code == EXIT_OK)
    code = csv_open(&errors, out, "numerical_diff_error.csv",
                    "h,central,forward,central_float");
  figure *fig = figure_new("Numerical differentiation", 2, 2);
  if (code == EXIT_OK) {
    print_derivatives(h);
    draw_tangents(fig, h, &csv);
    draw_errors(fig, &errors);
  }
  code = csv_close(&csv, code);
  code = csv_close(&errors, code);
  if (code == EXIT_OK) {
    code = figure_show(fig, out, "numerical_diff");
  } else {
    figure_free(fig);
  }
  return finish_output(code);
}
