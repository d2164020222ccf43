/* SPDX-License-Identifier: MIT
 *
 * Columns of the column matrix stand under each other in all of its pictures: kernel row,
 * kernel column and channel on top, then the pixels, the filters, and the values.
 */
#include "im2col_report.h"

#include <stdio.h>

#include "json.h"

static int digits(long long value) {
  return snprintf(NULL, 0, "%lld", value);
}

/* Digits of the largest of the values. */
static int width_of(const float *values, size_t count) {
  int width = 1;
  for (size_t i = 0; i < count; i++) {
    int needed = digits((long long)values[i]);
    if (needed > width) width = needed;
  }
  return width;
}

static void print_values(const float *values, size_t count, size_t step, int width) {
  for (size_t i = 0; i < count; i++) printf(" %*.0f", width, (double)values[i * step]);
}

/* -- the image */

static void print_image(const im2col_example *e) {
  size_t w = (size_t)e->in.w;
  size_t c = (size_t)e->in.c;
  size_t pixels = (size_t)e->in.h * w * c;
  int number = digits((long long)pixels - 1);
  int seen = width_of(e->seen, pixels);
  printf(
      "The image x has h, w, c = %d, %d, %d. Here are, side by side, the number of each\n"
      "pixel as it lies in memory, its value, and how many windows see it.\n\n",
      e->in.h, e->in.w, e->in.c);
  for (size_t channel = 0; channel < c; channel++) {
    if (c > 1) printf("  channel %zu\n", channel);
    for (size_t y = 0; y < (size_t)e->in.h; y++) {
      size_t first = y * w * c + channel;
      printf("  ");
      for (size_t x = 0; x < w; x++) printf(" %*zu", number, first + x * c);
      printf("    ");
      print_values(e->image + first, w, c, 1);
      printf("    ");
      print_values(e->seen + first, w, c, seen);
      printf("\n");
    }
  }
}

/* -- its places */

static void print_extent(const char *name, int in, int pad, int dilation, int kernel,
                         int stride, int out) {
  printf("  %s = (%d + 2*%d - %d*(%d - 1) - 1) / %d + 1 = %d\n", name, in, pad, dilation,
         kernel, stride, out);
}

static void print_places(const im2col_example *e) {
  const dpb_window *win = &e->window;
  size_t pixels = (size_t)e->in.h * (size_t)e->in.w * (size_t)e->in.c;
  printf("\nThe window has (in + 2 pad - dilation (kernel - 1) - 1) / stride + 1 places, "
         "with\n"
         "the quotient rounded down:\n\n");
  print_extent("out_h", e->in.h, win->pad_h, win->dilation_h, win->kernel_h,
               win->stride_h, e->out_h);
  print_extent("out_w", e->in.w, win->pad_w, win->dilation_w, win->kernel_w,
               win->stride_w, e->out_w);
  printf(
      "\nEach of the %d*%d = %zu places becomes a row of the column matrix. Each of the\n"
      "%d*%d*%d = %zu numbers that the window sees there (kernel row ky, kernel column "
      "kx,\n"
      "channel c) becomes a column: %zu numbers, made of the %zu of the image.\n",
      e->out_h, e->out_w, e->rows, win->kernel_h, win->kernel_w, e->in.c, e->columns,
      e->rows * e->columns, pixels);
}

/* -- the matrices */

/* One line of the head: ky, kx or c of each column. */
static void print_head_line(const im2col_example *e, const char *name, size_t divisor,
                            size_t modulus, int width) {
  printf("  %10s ", name);
  for (size_t i = 0; i < e->columns; i++) printf(" %*zu", width, i / divisor % modulus);
}

/* Three lines; the last one goes on. */
static void print_head(const im2col_example *e, int width) {
  size_t c = (size_t)e->in.c;
  size_t kernel_w = (size_t)e->window.kernel_w;
  print_head_line(e, "ky", kernel_w * c, (size_t)e->window.kernel_h, width);
  printf("\n");
  print_head_line(e, "kx", c, kernel_w, width);
  printf("\n");
  print_head_line(e, "oy,ox    c", 1, c, width);
}

static void print_place(const im2col_example *e, size_t row) {
  char place[48];
  snprintf(place, sizeof place, "%zu,%zu", row / (size_t)e->out_w,
           row % (size_t)e->out_w);
  printf("  %-10s ", place);
}

static void print_sources(const im2col_example *e, int width) {
  printf("\nWhich pixel stands where in the column matrix ('.' is the pad, a zero):\n\n");
  print_head(e, width);
  printf("\n\n");
  for (size_t row = 0; row < e->rows; row++) {
    print_place(e, row);
    for (size_t column = 0; column < e->columns; column++) {
      ptrdiff_t source = dpb_im2col_source(&e->window, &e->in, row, column);
      if (source < 0) {
        printf(" %*s", width, ".");
      } else {
        printf(" %*td", width, source);
      }
    }
    printf("\n");
  }
}

static void print_filters(const im2col_example *e, int width) {
  size_t filters = (size_t)e->filters;
  for (size_t f = 0; f < filters; f++) {
    char name[32];
    snprintf(name, sizeof name, "filter %zu", f);
    printf("  %-10s ", name);
    print_values(e->w + f, e->columns, filters, width);
    printf("\n");
  }
}

/* The rows of col, of Y, and of what the loops made, beside each other. */
static void print_rows(const im2col_example *e, int width) {
  size_t filters = (size_t)e->filters;
  int sum = width_of(e->product, e->rows * filters);
  int needed = e->filters * (sum + 1);
  int block = needed < 6 ? 6 : needed; /* " loops" */
  printf("\n  %*s    %*s    %*s\n", 11 + (int)e->columns * (width + 1), "", block, "Y",
         block, "loops");
  for (size_t row = 0; row < e->rows; row++) {
    print_place(e, row);
    print_values(e->col + row * e->columns, e->columns, 1, width);
    printf("    %*s", block - needed, "");
    print_values(e->product + row * filters, filters, 1, sum);
    printf("    %*s", block - needed, "");
    print_values(e->loops + row * filters, filters, 1, sum);
    printf("\n");
  }
}

static void print_product(const im2col_example *e, int width) {
  printf(
      "\nThe same with the pixels' values. A filter is a column of W, written here as a\n"
      "line, so that its numbers stand over those which they are multiplied with:\n"
      "col [%zu x %zu] * W [%zu x %d] = Y [%zu x %d]. Beside Y is what plain loops "
      "make.\n\n",
      e->rows, e->columns, e->columns, e->filters, e->rows, e->filters);
  print_head(e, width);
  printf("\n\n");
  print_filters(e, width);
  print_rows(e, width);
}

static void print_output(const im2col_example *e) {
  size_t filters = (size_t)e->filters;
  size_t w = (size_t)e->out_w;
  int sum = width_of(e->product, e->rows * filters);
  printf(
      "\nThe largest difference is %g. The rows of Y are the places in order, so that Y\n"
      "is the output image already: h, w, c = %d, %d, %d.\n\n",
      im2col_example_difference(e), e->out_h, e->out_w, e->filters);
  for (size_t f = 0; f < filters; f++) {
    if (filters > 1) printf("  channel %zu\n", f);
    for (size_t y = 0; y < (size_t)e->out_h; y++) {
      printf("  ");
      print_values(e->product + y * w * filters + f, w, filters, sum);
      printf("\n");
    }
  }
}

void im2col_report_print(const im2col_example *e) {
  size_t pixels = (size_t)e->in.h * (size_t)e->in.w * (size_t)e->in.c;
  int width = digits((long long)pixels - 1);
  print_image(e);
  print_places(e);
  print_sources(e, width);
  print_product(e, width);
  print_output(e);
  if (e->in.c > 1) {
    printf(
        "\nThe book keeps images as c, h, w, so its columns count c, ky, kx: the same\n"
        "numbers in another order.\n");
  }
}

/* -- for machines */

static void json_pair(json *j, const char *key, int h, int w) {
  json_array(j, key);
  json_count(j, NULL, (uint64_t)h);
  json_count(j, NULL, (uint64_t)w);
  json_end_array(j);
}

static void json_matrix(json *j, const char *key, const float *values, size_t rows,
                        size_t columns) {
  json_array(j, key);
  for (size_t row = 0; row < rows; row++) {
    json_array(j, NULL);
    for (size_t i = 0; i < columns; i++) json_float(j, NULL, values[row * columns + i]);
    json_end_array(j);
  }
  json_end_array(j);
}

static void json_sources(json *j, const im2col_example *e) {
  json_array(j, "sources");
  for (size_t row = 0; row < e->rows; row++) {
    json_array(j, NULL);
    for (size_t column = 0; column < e->columns; column++) {
      ptrdiff_t source = dpb_im2col_source(&e->window, &e->in, row, column);
      json_number(j, NULL, (double)source);
    }
    json_end_array(j);
  }
  json_end_array(j);
}

void im2col_report_json(const im2col_example *e) {
  const dpb_window *win = &e->window;
  size_t pixels = (size_t)e->in.h * (size_t)e->in.w;
  size_t filters = (size_t)e->filters;
  json j = json_to(stdout);
  json_object(&j, NULL);
  json_hwc(&j, "input", e->in);
  json_pair(&j, "kernel", win->kernel_h, win->kernel_w);
  json_pair(&j, "stride", win->stride_h, win->stride_w);
  json_pair(&j, "pad", win->pad_h, win->pad_w);
  json_pair(&j, "dilation", win->dilation_h, win->dilation_w);
  json_hwc(&j, "output", (dpb_hwc){e->out_h, e->out_w, e->filters});
  json_count(&j, "rows", e->rows);
  json_count(&j, "columns", e->columns);
  json_matrix(&j, "image", e->image, pixels, (size_t)e->in.c);
  json_sources(&j, e);
  json_matrix(&j, "col", e->col, e->rows, e->columns);
  json_matrix(&j, "w", e->w, e->columns, filters);
  json_matrix(&j, "product", e->product, e->rows, filters);
  json_matrix(&j, "loops", e->loops, e->rows, filters);
  json_number(&j, "largest_difference", im2col_example_difference(e));
  json_end_object(&j);
}
