/* SPDX-License-Identifier: MIT
 *
 * Section 7.4: im2col made visible. Each window of the image becomes a row of the column
 * matrix, and the convolution one matrix product (figures 7-17 to 7-19). To see: the rows
 * overlap, so that the matrix is larger than the image; the product gives, number by
 * number, what plain loops give. The first filter and the image are those of figure 7-3.
 */
#include <stdio.h>
#include <stdlib.h>

#include "csv.h"
#include "experiment.h"
#include "im2col_report.h"
#include "report.h"

static const option_page page = {
    .summary = "Show how a convolution becomes one matrix product.",
    .after = "--out writes im2col.csv (row, column, value: the column matrix) and the\n"
             "picture im2col: image, column matrix, filters as a matrix, and result.\n"
             "\n"
             "Example:\n"
             "  ch07_im2col --size 5 --pad 1 --filters 2 --out figures\n"};

/* A matrix as cells with numbers in them. */
static void draw_matrix(figure *f, const char *title, const float *values, size_t rows,
                        size_t columns) {
  double *copy = need_memory(rows * columns * sizeof *copy);
  for (size_t i = 0; i < rows * columns; i++) copy[i] = (double)values[i];
  figure_panel(f, title, "column", "row");
  figure_matrix(f, copy, (int)rows, (int)columns, NULL, NULL);
  free(copy);
}

static figure *draw(const im2col_example *e) {
  char title[80];
  figure *f = figure_new("A convolution as a matrix product", 2, 2);
  draw_matrix(f, "image", e->image, (size_t)e->in.h, (size_t)e->in.w);
  snprintf(title, sizeof title, "im2col: a row for each of %zu places", e->rows);
  draw_matrix(f, title, e->col, e->rows, e->columns);
  draw_matrix(f, "filters, one in each column", e->w, e->columns, (size_t)e->filters);
  draw_matrix(f, "product: a row for each place", e->product, e->rows,
              (size_t)e->filters);
  return f;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch07_im2col"};
  int size = 4, kernel = 3, stride = 1, pad = 0, filters = 1;
  const option_spec own[] = {
      {OPTION_INT, "size", 0, "N", "image of N x N (default: 4)", &size, NULL, 1, 14},
      {OPTION_INT, "kernel", 'k', "N", "filters of N x N (default: 3)", &kernel, NULL, 1,
       5},
      {OPTION_INT, "stride", 0, "N", "steps of the window (default: 1)", &stride, NULL, 1,
       14},
      {OPTION_INT, "pad", 'p', "N", "zeros around the image (default: 0)", &pad, NULL, 0,
       4},
      {OPTION_INT, "filters", 'f', "N", "(default: 1)", &filters, NULL, 1, 8}};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  im2col_example x = {.in = {size, size, 1},
                      .window = {.kernel_h = kernel,
                                 .kernel_w = kernel,
                                 .stride_h = stride,
                                 .stride_w = stride,
                                 .pad_h = pad,
                                 .pad_w = pad,
                                 .dilation_h = 1,
                                 .dilation_w = 1},
                      .filters = filters};
  csv_file csv = {0};
  code = im2col_example_make(&x);
  if (code == EXIT_OK) im2col_report_print(&x);
  if (code == EXIT_OK) code = csv_open(&csv, e.out, "im2col.csv", "row,column,value");
  for (size_t i = 0; code == EXIT_OK && i < x.rows * x.columns; i++)
    csv_row(&csv, "%zu,%zu,%g", i / x.columns, i % x.columns, (double)x.col[i]);
  code = csv_close(&csv, code);
  if (code == EXIT_OK && im2col_example_difference(&x) > 0)
    code = fail(EXIT_CHECK, "product and plain loops differ by %g",
                im2col_example_difference(&x));
  if (code == EXIT_OK && e.out) code = experiment_show(&e, draw(&x), "im2col", code);
  im2col_example_free(&x);
  return experiment_end(&e, code);
}
