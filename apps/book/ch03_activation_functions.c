/* SPDX-License-Identifier: MIT
 *
 * Sections 3.2.2 to 3.2.7: the step function (figure 3-6), sigmoid (3-7), the two of them
 * together (3-8) and ReLU (3-9), and tanh, which a note of the book names. Sigmoid is a
 * step made smooth; what that is good for is in its slope, which learning needs and the
 * step has not: the last panel.
 */
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/functions.h>

#include "csv.h"
#include "figure.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Activation functions: step, sigmoid, ReLU and tanh, and their slopes.",
    .after = "--out writes activation_functions.csv (x, a column for each function and\n"
             "each slope) and the picture activation_functions.\n"
             "\n"
             "Example:\n"
             "  ch03_activation_functions --out figures\n"};

enum { STEP, SIGMOID, RELU, TANH, SIGMOID_SLOPE, RELU_SLOPE, TANH_SLOPE, CURVES };
static const char *const names[CURVES] = {
    "step", "sigmoid", "ReLU", "tanh", "sigmoid slope", "ReLU slope", "tanh slope"};

/* All functions at the n numbers of x. Slopes are the gradient that a gradient of 1 in
 * the output makes. */
static void evaluate(size_t n, const float *x, float *y[CURVES]) {
  float *ones = need_memory(n * sizeof *ones);
  for (size_t i = 0; i < n; i++) ones[i] = 1;
  dpb_step(n, x, y[STEP]);
  dpb_sigmoid(n, x, y[SIGMOID]);
  dpb_relu(n, x, y[RELU]);
  dpb_tanh(n, x, y[TANH]);
  dpb_sigmoid_gradient(n, y[SIGMOID], ones, y[SIGMOID_SLOPE]);
  dpb_relu_gradient(n, x, ones, y[RELU_SLOPE]);
  dpb_tanh_gradient(n, y[TANH], ones, y[TANH_SLOPE]);
  free(ones);
}

static void print_some(void) {
  const float x[] = {-5, -2, -1, -0.5f, 0, 0.5f, 1, 2, 5};
  enum { SOME = sizeof x / sizeof *x };
  float values[CURVES][SOME], *y[CURVES];
  for (int c = 0; c < CURVES; c++) y[c] = values[c];
  evaluate(SOME, x, y);
  table t = {.align = "rrrrrrrr"};
  table_head(&t, "x|step|sigmoid|ReLU|tanh|sigmoid slope|ReLU slope|tanh slope");
  for (int i = 0; i < SOME; i++) {
    table_cell(&t, "%g", (double)x[i]);
    for (int c = 0; c < CURVES; c++)
      table_cell(&t, c == STEP || c == RELU || c == RELU_SLOPE ? "%g" : "%.4f",
                 (double)y[c][i]);
  }
  table_print(&t, stdout);
}

/* A panel of the curves that are in shown, a bit each. */
static void draw_panel(figure *f, const char *title, unsigned shown, size_t n,
                       const float *x, float *const y[CURVES]) {
  double *at = need_memory(2 * n * sizeof *at), *value = at + n;
  figure_panel(f, title, "x", shown >> SIGMOID_SLOPE ? "dy / dx" : "y");
  for (int c = 0; c < CURVES; c++) {
    if (!(shown >> c & 1)) continue;
    for (size_t i = 0; i < n; i++) {
      at[i] = (double)x[i];
      value[i] = (double)y[c][i];
    }
    const int alone = !(shown & (shown - 1));
    figure_line(f, alone ? "" : names[c], at, value, n);
  }
  free(at);
}

static int draw(const char *out, size_t n, const float *x, float *const y[CURVES]) {
  figure *f = figure_new("Activation functions", 3, 2);
  draw_panel(f, "step (figure 3-6)", 1u << STEP, n, x, y);
  figure_range(f, 'y', -0.1, 1.1);
  draw_panel(f, "sigmoid (3-7)", 1u << SIGMOID, n, x, y);
  figure_range(f, 'y', -0.1, 1.1);
  draw_panel(f, "sigmoid and step (3-8)", 1u << SIGMOID | 1u << STEP, n, x, y);
  figure_range(f, 'y', -0.1, 1.1);
  draw_panel(f, "ReLU (3-9)", 1u << RELU, n, x, y);
  draw_panel(f, "tanh", 1u << TANH, n, x, y);
  figure_range(f, 'y', -1.1, 1.1);
  draw_panel(f, "slopes", 1u << SIGMOID_SLOPE | 1u << RELU_SLOPE | 1u << TANH_SLOPE, n, x,
             y);
  figure_range(f, 'y', -0.1, 1.1);
  return figure_show(f, out, "activation_functions");
}

static int run(const char *out, size_t n, csv_file *csv) {
  float *x = need_memory((CURVES + 1) * n * sizeof *x), *y[CURVES];
  for (size_t i = 0; i < n; i++) x[i] = (float)(-5 + 10 * (double)i / (double)(n - 1));
  for (int c = 0; c < CURVES; c++) y[c] = x + (size_t)(c + 1) * n;
  evaluate(n, x, y);
  for (size_t i = 0; i < n; i++)
    csv_row(csv, "%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g,%.9g", (double)x[i], (double)y[0][i],
            (double)y[1][i], (double)y[2][i], (double)y[3][i], (double)y[4][i],
            (double)y[5][i], (double)y[6][i]);
  int code = csv_close(csv, EXIT_OK);
  if (code == EXIT_OK) code = draw(out, n, x, y);
  free(x);
  return code;
}

int main(int argc, char *argv[]) {
  report_program("ch03_activation_functions");
  const char *out = NULL;
  int points = 1001;
  const option_spec list[] = {{OPTION_INT, "points", 'n', "N",
                               "in -5 .. 5 (default: 1001)", &points, NULL, 2, 1000000},
                              {OPTION_TEXT, "out", 'o', "DIR",
                               "write the picture and its numbers to this folder", &out,
                               NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  csv_file csv = {0};
  code = csv_open(&csv, out, "activation_functions.csv",
                  "x,step,sigmoid,relu,tanh,sigmoid_slope,relu_slope,tanh_slope");
  if (code != EXIT_OK) return code;
  print_some();
  return finish_output(run(out, (size_t)points, &csv));
}
