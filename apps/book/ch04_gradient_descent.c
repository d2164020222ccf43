/* SPDX-License-Identifier: MIT
 *
 * Section 4.4.1: gradient descent on f(x0, x1) = x0^2 + x1^2 from (-3, 4), x -= rate *
 * gradient, with a good rate (figure 4-10: the path over the contours), one that is too
 * large and one that is too small. A good one comes to the minimum, (0, 0); the too large
 * one is thrown out, ever farther, until differences of h = 1e-4 are below rounding and
 * the gradient with them is nonsense; the too small one stays where it is.
 */
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/gradient.h>

#include "csv.h"
#include "figure.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Gradient descent on x0^2 + x1^2 from (-3, 4): good and bad rates.",
    .after = "--out writes gradient_descent.csv (rate, step, x0, x1, f) and the picture\n"
             "gradient_descent.\n"
             "\n"
             "Example:\n"
             "  ch04_gradient_descent --rate 0.9 --steps 20 --out figures\n"};

enum { STEPS_MAX = 10000, RATES = 3 };
static const double rates[RATES] = {0.1, 10, 1e-10}; /* the book's */

/* Where a descent has been. */
typedef struct walk {
  double rate;
  double step[STEPS_MAX + 1], x0[STEPS_MAX + 1], x1[STEPS_MAX + 1], f[STEPS_MAX + 1];
  size_t count;
} walk;

static double f(size_t n, const double *x, void *unused) {
  (void)unused;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
  return sum;
}

static void keep(size_t step, size_t n, const double *x, void *user) {
  walk *w = user;
  w->step[step] = (double)step;
  w->x0[step] = x[0];
  w->x1[step] = x[1];
  w->f[step] = f(n, x, NULL);
  w->count = step + 1;
}

static dpb_status descend(walk *w, double rate, size_t steps, csv_file *csv, table *t) {
  double x[2] = {-3, 4}, scratch[2];
  w->rate = rate;
  const dpb_status status = dpb_gradient_descent(f, 2, x, rate, steps, scratch, keep, w);
  for (size_t i = 0; i < w->count; i++)
    csv_row(csv, "%g,%zu,%.9g,%.9g,%.9g", rate, i, w->x0[i], w->x1[i], w->f[i]);
  table_cell(t, "%g", rate);
  table_cell(t, "%.8e", x[0]);
  table_cell(t, "%.8e", x[1]);
  table_cell(t, "%.2e", f(2, x, NULL));
  return status;
}

static void draw_path(figure *fig, const walk *w) {
  enum { SIDE = 61 };
  static double z[SIDE * SIDE];
  for (int i = 0; i < SIDE * SIDE; i++) {
    const double x[2] = {-4.5 + 0.15 * (i % SIDE), -4.5 + 0.15 * (i / SIDE)};
    z[i] = f(2, x, NULL);
  }
  char title[40];
  snprintf(title, sizeof title, "rate %g", w->rate);
  figure_panel(fig, title, "x0", "x1");
  figure_equal_axes(fig);
  figure_range(fig, 'x', -4.5, 4.5);
  figure_range(fig, 'y', -4.5, 4.5);
  figure_contours(fig, z, SIDE, SIDE, -4.5, 4.5, -4.5, 4.5, 8);
  figure_path(fig, "", w->x0, w->x1, w->count);
}

static void draw_values(figure *fig, const walk *walks, int count) {
  figure_panel(fig, "f at each step", "step", "f(x0, x1)");
  figure_log_axis(fig, 'y');
  for (int i = 0; i < count; i++) {
    char label[40];
    snprintf(label, sizeof label, "rate %g", walks[i].rate);
    figure_line(fig, label, walks[i].step, walks[i].f, walks[i].count);
  }
}

/* The book's three rates, or one's own. */
static int run(double rate, size_t steps, const char *out, csv_file *csv) {
  const int count = rate > 0 ? 1 : RATES;
  walk *walks = need_memory((size_t)count * sizeof *walks);
  table t = {.align = "rrrr"};
  table_head(&t, "rate|x0|x1|f");
  dpb_status status = DPB_OK;
  for (int i = 0; i < count && status == DPB_OK; i++) {
    walks[i].count = 0;
    status = descend(&walks[i], rate > 0 ? rate : rates[i], steps, csv, &t);
  }
  printf("after %zu steps from (-3, 4):\n", steps);
  table_print(&t, stdout);
  int code =
      csv_close(csv, status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status)));
  if (code == EXIT_OK) {
    figure *fig = figure_new("Gradient descent on x0^2 + x1^2", 2, 1);
    draw_path(fig, &walks[0]);
    draw_values(fig, walks, count);
    code = figure_show(fig, out, "gradient_descent");
  }
  free(walks);
  return code;
}

int main(int argc, char *argv[]) {
  report_program("ch04_gradient_descent");
  const char *out = NULL;
  double rate = 0;
  int steps = 100;
  const option_spec list[] = {
      {OPTION_POSITIVE, "rate", 'r', "X", "one of your own (default: 0.1, 10 and 1e-10)",
       &rate, NULL, 0, 0},
      {OPTION_INT, "steps", 's', "N", "(default: 100)", &steps, NULL, 1, STEPS_MAX},
      {OPTION_TEXT, "out", 'o', "DIR", "write the picture and its numbers to this folder",
       &out, NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  csv_file csv = {0};
  code = csv_open(&csv, out, "gradient_descent.csv", "rate,step,x0,x1,f");
  if (code == EXIT_OK) code = run(rate, (size_t)steps, out, &csv);
  return finish_output(code);
}
