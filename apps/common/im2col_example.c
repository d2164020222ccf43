/* SPDX-License-Identifier: MIT
 *
 * Image and first filter continue the pattern of figure 7-3 of the book: with its sizes,
 * 4x4 and 3x3, they are the figure's own numbers, and so is the result, 15 16 6 15.
 */
#include "im2col_example.h"

#include <math.h>
#include <stdlib.h>

#include <deepblas/model.h>

#include "report.h"

/* What a person can follow, and a terminal can show. */
enum { MOST_PIXELS = 200, MOST_ROWS = 64, MOST_COLUMNS = 27 };

static float *numbers(size_t count) {
  return need_memory(count * sizeof(float));
}

static float *make_image(dpb_hwc in) {
  float *image = numbers((size_t)in.h * (size_t)in.w * (size_t)in.c);
  float *at = image;
  for (int y = 0; y < in.h; y++) {
    for (int x = 0; x < in.w * in.c; x++) {
      *at++ = (float)((x / in.c + x % in.c + 3 * y + 1) % 4);
    }
  }
  return image;
}

static float *make_filters(size_t columns, int filters) {
  static const float pattern[] = {2, 0, 1, 0, 1, 2, 1, 0, 2};
  float *w = numbers(columns * (size_t)filters);
  for (size_t i = 0; i < columns * (size_t)filters; i++) {
    w[i] = pattern[(i / (size_t)filters + i % (size_t)filters) % 9];
  }
  return w;
}

/* An Affine layer without bias is a matrix product; the places are its samples. */
static dpb_status multiply(im2col_example *e) {
  dpb_model_config config = {.input = {1, 1, (int)e->columns},
                             .max_batch = (int)e->rows,
                             .threads = 1,
                             .inference = 1};
  dpb_affine_config affine = {.out = e->filters, .no_bias = 1};
  dpb_batch batch = {.n = (int)e->rows, .features = e->col};
  size_t count = e->columns * (size_t)e->filters;
  dpb_model *model = NULL;
  dpb_status status = dpb_model_create(&config, &model);
  if (status == DPB_OK) status = dpb_add_affine(model, &affine);
  if (status == DPB_OK) status = dpb_add_mean_squared_error(model);
  if (status == DPB_OK) status = dpb_model_build(model);
  if (status == DPB_OK) status = dpb_model_set_parameter(model, "W1", e->w, count);
  if (status == DPB_OK) status = dpb_model_predict(model, &batch, e->product);
  dpb_model_destroy(model);
  return status;
}

/* The sum over one window, with every pixel looked up by its place. */
static float sum_at(const im2col_example *e, int oy, int ox, int filter) {
  const dpb_window *win = &e->window;
  float sum = 0;
  for (int ky = 0; ky < win->kernel_h; ky++) {
    for (int kx = 0; kx < win->kernel_w; kx++) {
      int y = oy * win->stride_h + ky * win->dilation_h - win->pad_h;
      int x = ox * win->stride_w + kx * win->dilation_w - win->pad_w;
      if (y < 0 || y >= e->in.h || x < 0 || x >= e->in.w) continue; /* the pad */
      const float *pixel = &e->image[(y * e->in.w + x) * e->in.c];
      const float *w = &e->w[(ky * win->kernel_w + kx) * e->in.c * e->filters + filter];
      for (int c = 0; c < e->in.c; c++) sum += pixel[c] * w[c * e->filters];
    }
  }
  return sum;
}

static void convolve_by_loops(im2col_example *e) {
  float *y = e->loops;
  for (int oy = 0; oy < e->out_h; oy++) {
    for (int ox = 0; ox < e->out_w; ox++) {
      for (int f = 0; f < e->filters; f++) *y++ = sum_at(e, oy, ox, f);
    }
  }
}

static int check_sizes(im2col_example *e) {
  double pixels = (double)e->in.h * e->in.w * e->in.c;
  if (dpb_im2col_shape(&e->window, &e->in, 1, &e->rows, &e->columns) != DPB_OK ||
      dpb_window_places(&e->window, &e->in, &e->out_h, &e->out_w) != DPB_OK) {
    return fail_library(EXIT_USAGE);
  }
  if (pixels > MOST_PIXELS) {
    return fail(EXIT_USAGE,
                "--input %dx%dx%d has %.0f numbers, more than %d cannot be followed",
                e->in.h, e->in.w, e->in.c, pixels, MOST_PIXELS);
  }
  if (e->rows > MOST_ROWS || e->columns > MOST_COLUMNS) {
    return fail(EXIT_USAGE,
                "a column matrix of %zu x %zu, more than %d x %d cannot be followed",
                e->rows, e->columns, MOST_ROWS, MOST_COLUMNS);
  }
  return EXIT_OK;
}

int im2col_example_make(im2col_example *e) {
  int code = check_sizes(e);
  if (code != EXIT_OK) return code;
  size_t filters = (size_t)e->filters;
  e->image = make_image(e->in);
  e->seen = numbers((size_t)e->in.h * (size_t)e->in.w * (size_t)e->in.c);
  e->w = make_filters(e->columns, e->filters);
  e->col = numbers(e->rows * e->columns);
  e->product = numbers(e->rows * filters);
  e->loops = numbers(e->rows * filters);
  for (size_t i = 0; i < e->rows * e->columns; i++) e->col[i] = 1;
  dpb_status status = dpb_col2im(&e->window, &e->in, 1, e->col, e->seen);
  if (status == DPB_OK) status = dpb_im2col(&e->window, &e->in, 1, e->image, e->col);
  if (status == DPB_OK) status = multiply(e);
  if (status != DPB_OK) return fail_library(exit_code_of(status));
  convolve_by_loops(e);
  return EXIT_OK;
}

void im2col_example_free(im2col_example *e) {
  free(e->image);
  free(e->seen);
  free(e->w);
  free(e->col);
  free(e->product);
  free(e->loops);
  *e = (im2col_example){0};
}

double im2col_example_difference(const im2col_example *e) {
  double most = 0;
  for (size_t i = 0; i < e->rows * (size_t)e->filters; i++) {
    const double difference = fabs((double)e->product[i] - (double)e->loops[i]);
    if (difference > most) most = difference;
  }
  return most;
}
