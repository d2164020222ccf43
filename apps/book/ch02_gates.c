/* SPDX-License-Identifier: MIT
 *
 * Sections 2.3 to 2.5: AND, NAND and OR are one perceptron each, y = 1 where w1 x1 + w2
 * x2 + b > 0, and differ in their numbers alone. Each cuts the plane in two by a straight
 * line (figure 2-6). No line has XOR's ones on one side (figure 2-7): it takes two
 * layers, AND of NAND and OR, and their ones are the strip between two lines (figure
 * 2-8).
 */
#include <math.h>
#include <stdio.h>

#include <deepblas/perceptron.h>

#include "csv.h"
#include "figure.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "AND, NAND, OR and XOR by perceptrons, and how they cut the plane.",
    .after = "--out writes gates.csv (gate, x1, x2, y) and the picture gates.\n"
             "\n"
             "Example:\n"
             "  ch02_gates --out figures\n"};

typedef struct gate {
  const char *name;
  int (*function)(double x1, double x2);
  double w[2], b; /* the book's; none make an XOR */
} gate;

enum { AND, NAND, OR, XOR, GATES };
static const gate gates[GATES] = {[AND] = {"AND", dpb_gate_and, {0.5, 0.5}, -0.7},
                                  [NAND] = {"NAND", dpb_gate_nand, {-0.5, -0.5}, 0.7},
                                  [OR] = {"OR", dpb_gate_or, {0.5, 0.5}, -0.2},
                                  [XOR] = {"XOR", dpb_gate_xor, {0, 0}, 0}};
static const double inputs[4][2] = {{0, 0}, {1, 0}, {0, 1}, {1, 1}};

static void print_weights(void) {
  table t = {.align = "lrrr"};
  table_head(&t, "perceptron|w1|w2|b");
  for (int g = 0; g < XOR; g++) {
    table_cell(&t, "%s", gates[g].name);
    table_cell(&t, "%g", gates[g].w[0]);
    table_cell(&t, "%g", gates[g].w[1]);
    table_cell(&t, "%g", gates[g].b);
  }
  table_print(&t, stdout);
}

/* What each perceptron says, and XOR's two layers: s1, s2 and the AND of them. */
static void print_truth(csv_file *csv) {
  table t = {.align = "rrrrrrrr"};
  printf("\nXOR: s1 = NAND(x1, x2), s2 = OR(x1, x2), y = AND(s1, s2)\n");
  table_head(&t, "x1|x2|AND|NAND|OR|s1|s2|XOR");
  for (int i = 0; i < 4; i++) {
    const double *x = inputs[i];
    const double s[2] = {dpb_perceptron(2, gates[NAND].w, gates[NAND].b, x),
                         dpb_perceptron(2, gates[OR].w, gates[OR].b, x)};
    table_cell(&t, "%g", x[0]);
    table_cell(&t, "%g", x[1]);
    for (int g = 0; g < XOR; g++)
      table_cell(&t, "%d", dpb_perceptron(2, gates[g].w, gates[g].b, x));
    table_cell(&t, "%g", s[0]);
    table_cell(&t, "%g", s[1]);
    table_cell(&t, "%d", dpb_perceptron(2, gates[AND].w, gates[AND].b, s));
    for (int g = 0; g < GATES; g++)
      csv_row(csv, "%s,%g,%g,%d", gates[g].name, x[0], x[1],
              gates[g].function(x[0], x[1]));
  }
  table_print(&t, stdout);
}

enum { POINTS = 41 };

/* Where w1 x1 + w2 x2 + b = 0; of XOR, NAND's line and, behind a gap, OR's. */
static void draw_lines(figure *f, int g) {
  const gate *first = &gates[g == XOR ? NAND : g], *second = &gates[OR];
  double x1[2 * POINTS + 1], x2[2 * POINTS + 1];
  for (int i = 0; i < POINTS; i++) {
    const int k = POINTS + 1 + i;
    x1[i] = x1[k] = -0.5 + 2.0 * i / (POINTS - 1);
    x2[i] = -(first->b + first->w[0] * x1[i]) / first->w[1];
    x2[k] = -(second->b + second->w[0] * x1[k]) / second->w[1];
  }
  x1[POINTS] = x2[POINTS] = (double)NAN;
  figure_line(f, "w x + b = 0", x1, x2, g == XOR ? 2 * POINTS + 1 : POINTS);
}

static void draw_outputs(figure *f, const gate *g) {
  for (int y = 0; y <= 1; y++) {
    double x1[4], x2[4];
    size_t n = 0;
    for (int i = 0; i < 4; i++)
      if (g->function(inputs[i][0], inputs[i][1]) == y) {
        x1[n] = inputs[i][0];
        x2[n++] = inputs[i][1];
      }
    figure_points(f, y ? "y = 1" : "y = 0", x1, x2, n);
  }
}

static int draw(const char *out) {
  static const char *const titles[GATES] = {"AND", "NAND", "OR",
                                            "XOR: between NAND's and OR's"};
  figure *f = figure_new("Gates: where perceptrons cut the plane", 2, 2);
  for (int g = 0; g < GATES; g++) {
    figure_panel(f, titles[g], "x1", "x2");
    figure_equal_axes(f);
    figure_range(f, 'x', -0.5, 1.5);
    figure_range(f, 'y', -0.5, 1.5);
    draw_lines(f, g);
    draw_outputs(f, &gates[g]);
  }
  return figure_show(f, out, "gates");
}

int main(int argc, char *argv[]) {
  report_program("ch02_gates");
  const char *out = NULL;
  const option_spec list[] = {{OPTION_TEXT, "out", 'o', "DIR",
                               "write the picture and its numbers to this folder", &out,
                               NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  csv_file csv = {0};
  code = csv_open(&csv, out, "gates.csv", "gate,x1,x2,y");
  if (code != EXIT_OK) return code;
  print_weights();
  print_truth(&csv);
  code = csv_close(&csv, code);
  if (code == EXIT_OK) code = draw(out);
  return finish_output(code);
}
