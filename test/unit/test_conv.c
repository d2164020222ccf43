/* SPDX-License-Identifier: MIT
 *
 * Convolution by every lowering against plain loops, over a sweep of shapes. All numbers
 * are small and whole, so that sums are exact in any order: results must be equal.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blas_fixture.h"

#include "blas/gemm.h"
#include "conv/conv.h"
#include "whole_numbers.h"

/* One convolution with its operands and the results of plain loops. */
typedef struct problem {
  dpb_window window;
  dpb_hwc in;
  int filters;
  int groups;
  int n;
  int out_h;
  int out_w;
  size_t x_count, w_count, y_count;
  float *x, *w, *b, *dy;
  float *y, *dw, *db, *dx;
} problem;

/* y and db, and with them dw and dx: every multiply-add of the forward is one of each
 * gradient. */
static void plain_loops(const problem *p) {
  const dpb_window *win = &p->window;
  const int channels = p->in.c / p->groups;
  const int block = p->filters / p->groups;
  for (int i = 0; i < p->n; i++)
    for (int oy = 0; oy < p->out_h; oy++)
      for (int ox = 0; ox < p->out_w; ox++)
        for (int f = 0; f < p->filters; f++) {
          const int yi = ((i * p->out_h + oy) * p->out_w + ox) * p->filters + f;
          p->y[yi] = p->b[f];
          p->db[f] += p->dy[yi];
          for (int q = 0; q < win->kernel_h * win->kernel_w * channels; q++) {
            const int iy = oy * win->stride_h - win->pad_h +
                           q / channels / win->kernel_w * win->dilation_h;
            const int ix = ox * win->stride_w - win->pad_w +
                           q / channels % win->kernel_w * win->dilation_w;
            if (iy < 0 || iy >= p->in.h || ix < 0 || ix >= p->in.w) continue;
            const int xi = ((i * p->in.h + iy) * p->in.w + ix) * p->in.c +
                           f / block * channels + q % channels;
            const int wi = q * p->filters + f;
            p->y[yi] += p->x[xi] * p->w[wi];
            p->dw[wi] += p->x[xi] * p->dy[yi];
            p->dx[xi] += p->w[wi] * p->dy[yi];
          }
        }
}

static problem make(dpb_window window, dpb_hwc in, int filters, int groups, int n) {
  problem p = {.window = window, .in = in, .filters = filters, .groups = groups, .n = n};
  assert_int_equal(dpb_window_places(&window, &in, &p.out_h, &p.out_w), DPB_OK);
  p.x_count = (size_t)(n * in.h * in.w * in.c);
  p.w_count = (size_t)(window.kernel_h * window.kernel_w * in.c / groups * filters);
  p.y_count = (size_t)(n * p.out_h * p.out_w * filters);
  p.x = whole_numbers(p.x_count, 1);
  p.w = whole_numbers(p.w_count, 2);
  p.b = whole_numbers((size_t)filters, 3);
  p.dy = whole_numbers(p.y_count, 4);
  p.y = calloc(p.y_count, sizeof *p.y);
  p.dw = calloc(p.w_count, sizeof *p.dw);
  p.db = calloc((size_t)filters, sizeof *p.db);
  p.dx = calloc(p.x_count, sizeof *p.dx);
  assert_true(p.y && p.dw && p.db && p.dx);
  plain_loops(&p);
  return p;
}

static void drop(problem *p) {
  float *all[] = {p->x, p->w, p->b, p->dy, p->y, p->dw, p->db, p->dx};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

/* NaNs, so that what is not written shows. */
static float *unwritten(size_t count) {
  float *x = malloc(count * sizeof *x);
  assert_non_null(x);
  memset(x, 0xff, count * sizeof *x);
  return x;
}

static void expect_equal(const float *a, const float *b, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (a[i] != b[i] || a[i] != a[i])
      fail_msg("[%zu] is %g, not %g", i, (double)a[i], (double)b[i]);
}

/* With and without bias and ReLU; with the gradient of a ReLU at the end. */
static void check_forward(const problem *p, const dpb__conv *conv, float *scratch) {
  for (int way = 0; way < 8; way++) {
    const bool bias = way & 1;
    const dpb__finish finish = {
        .b = bias ? p->b : NULL, .relu = way & 2, .relu_y = way & 4 ? p->dy : NULL};
    float *y = unwritten(p->y_count);
    dpb__conv_forward(&conv->forward, p->n, p->x, p->w, finish, y, scratch);
    for (size_t i = 0; i < p->y_count; i++) {
      float expected = p->y[i] - (bias ? 0.0f : p->b[i % (size_t)p->filters]);
      if ((finish.relu && expected < 0.0f) || (finish.relu_y && p->dy[i] <= 0.0f))
        expected = 0.0f;
      if (y[i] != expected) fail_msg("way %d: [%zu] is %g", way, i, (double)y[i]);
    }
    free(y);
  }
}

static void check_products(const problem *p, const dpb__conv *conv) {
  size_t most = conv->scratch;
  float *scratch = unwritten(most > 0 ? most : 1);
  check_forward(p, conv, scratch);
  float *dw = unwritten(p->w_count);
  dpb__conv_weights(&conv->weights, p->n, p->x, p->dy, false, dw, NULL, scratch);
  expect_equal(dw, p->dw, p->w_count);
  memset(dw, 0xff, p->w_count * sizeof *dw);
  float *db = unwritten((size_t)p->filters);
  dpb__conv_weights(&conv->weights, p->n, p->x, p->dy, false, dw, db, scratch);
  expect_equal(dw, p->dw, p->w_count);
  expect_equal(db, p->db, (size_t)p->filters);
  float *dx = unwritten(p->x_count);
  dpb__conv_data(conv, p->n, p->dy, p->w, NULL, dx, scratch);
  expect_equal(dx, p->dx, p->x_count);
  memset(dx, 0xff, p->x_count * sizeof *dx);
  dpb__conv_data(conv, p->n, p->dy, p->w, p->x, dx, scratch);
  for (size_t i = 0; i < p->x_count; i++)
    assert_true(dx[i] == (p->x[i] > 0.0f ? p->dx[i] : 0.0f));
  free(scratch);
  free(dw);
  free(db);
  free(dx);
}

static size_t larger(size_t a, size_t b) {
  return a > b ? a : b;
}

static int used[8]; /* how often each lowering was tried */

/* All three products by one lowering, where it can be; tiny tiles, then planned ones. */
static void check_lowering(const problem *p, dpb__lowering how) {
  for (size_t tile = 0; tile <= 4096; tile += 4096) {
    dpb__conv conv;
    assert_int_equal(dpb__conv_plan(&p->window, &p->in, p->filters, p->groups, 0, &conv),
                     DPB_OK);
    if (!dpb__conv_lower(&conv.forward, how, 0)) return;
    assert_true(dpb__conv_lower(&conv.weights, how, 0));
    const bool lower_data =
        conv.data_is_forward || how == DPB__LOWER_ROWS || how == DPB__LOWER_GROUPS;
    if (lower_data) dpb__conv_lower(&conv.data, how, 0);
    dpb__product *products[] = {&conv.forward, &conv.weights, &conv.data};
    for (int i = 0; i < 3 && tile > 0; i++) {
      products[i]->images = 1;
      products[i]->rows = products[i]->rows > 2 ? 2 : 1;
    }
    conv.scratch = larger(conv.forward.scratch, conv.weights.scratch);
    conv.scratch = larger(conv.scratch, conv.weight_count + conv.data.scratch);
    check_products(p, &conv);
    used[how]++;
  }
}

static void check_problem(dpb_window window, dpb_hwc in, int filters, int groups, int n) {
  problem p = make(window, in, filters, groups, n);
  dpb__conv conv;
  assert_int_equal(dpb__conv_plan(&window, &in, filters, groups, 0, &conv), DPB_OK);
  check_products(&p, &conv);
  assert_int_equal(dpb__conv_plan(&window, &in, filters, groups, 2000, &conv), DPB_OK);
  check_products(&p, &conv);
  for (int how = DPB__LOWER_ROWS; how <= DPB__LOWER_GROUPS; how++)
    check_lowering(&p, (dpb__lowering)how);
  drop(&p);
}

static void test_sweep_of_windows(void **state) {
  (void)state;
  static const int channels[] = {1, 2, 3, 5, 8, 16, 17};
  int turn = 0;
  for (int kernel = 1; kernel <= 7; kernel++) {
    for (int stride = 1; stride <= 3; stride++) {
      for (int pad = 0; pad <= 3; pad++, turn++) {
        const int dilation = 1 + turn % 2;
        const dpb_hwc in = {13 + turn % 3, 14, channels[turn % 7]};
        const dpb_window square = {kernel, kernel, stride,   stride,
                                   pad,    pad,    dilation, dilation};
        check_problem(square, in, channels[turn % 5], 1, 1 + turn % 2);
        const dpb_window oblong = {
            kernel, 1 + turn % 3, 1 + turn % 2, stride, pad, turn % 2, 1, dilation};
        check_problem(oblong, in, 1 + turn % 4, 1, 3);
      }
    }
  }
  for (int how = DPB__LOWER_ROWS; how <= DPB__LOWER_PLANE_LINES; how++)
    assert_true(used[how] > 0);
}

static void test_groups_and_depthwise(void **state) {
  (void)state;
  for (int stride = 1; stride <= 2; stride++) {
    for (int pad = 0; pad <= 2; pad++) {
      const dpb_window window = {3, 2, stride, stride, pad, pad, 1, 1 + pad % 2};
      check_problem(window, (dpb_hwc){7, 8, 6}, 4, 2, 2);
      check_problem(window, (dpb_hwc){7, 8, 6}, 12, 6, 2);
      check_problem(window, (dpb_hwc){7, 8, 17}, 17, 17, 2);
      check_problem((dpb_window){1, 1, stride, stride, 0, 0, 1, 1}, (dpb_hwc){7, 8, 6}, 9,
                    3, 2);
    }
  }
  check_problem((dpb_window){3, 3, 1, 1, 1, 1, 1, 1}, (dpb_hwc){6, 5, 3}, 210, 3, 2);
  check_problem((dpb_window){2, 2, 2, 3, 0, 1, 2, 1}, (dpb_hwc){9, 11, 36}, 4, 4, 3);
  check_problem((dpb_window){1, 1, 5, 5, 0, 0, 1, 1}, (dpb_hwc){6, 8, 20}, 20, 20, 40);
  check_problem((dpb_window){3, 3, 9, 9, 1, 0, 1, 1}, (dpb_hwc){8, 8, 4}, 8, 4, 2);
  assert_true(used[DPB__LOWER_GROUPS] > 0);
}

static void test_pad_beyond_the_kernel(void **state) {
  (void)state;
  check_problem((dpb_window){1, 1, 1, 1, 2, 1, 1, 1}, (dpb_hwc){4, 4, 3}, 5, 1, 2);
  check_problem((dpb_window){2, 3, 1, 1, 3, 3, 1, 1}, (dpb_hwc){3, 2, 3}, 5, 1, 2);
}

static void test_layers_of_the_book(void **state) {
  (void)state;
  const dpb_window same = {3, 3, 1, 1, 1, 1, 1, 1};
  check_problem((dpb_window){5, 5, 1, 1, 0, 0, 1, 1}, (dpb_hwc){28, 28, 1}, 30, 1, 3);
  check_problem(same, (dpb_hwc){28, 28, 16}, 16, 1, 2);
  check_problem((dpb_window){3, 3, 1, 1, 2, 2, 1, 1}, (dpb_hwc){14, 14, 32}, 32, 1, 2);
  check_problem(same, (dpb_hwc){8, 8, 64}, 64, 1, 3);
}

static void refuse(dpb_window window, dpb_hwc in, int filters, int groups,
                   dpb_status status, const char *text) {
  dpb__conv conv;
  assert_int_equal(dpb__conv_plan(&window, &in, filters, groups, 0, &conv), status);
  assert_string_equal(dpb_error_message(), text);
}

static void test_bad_shapes_are_named(void **state) {
  (void)state;
  const dpb_window window = {3, 3, 1, 1, 0, 0, 1, 1};
  const dpb_hwc in = {8, 8, 6};
  refuse(window, in, 0, 1, DPB_ERR_ARG, "filters is 0, must be at least 1");
  refuse(window, in, 4, -2, DPB_ERR_ARG, "groups is -2, must be at least 1");
  refuse(window, in, 4, 4, DPB_ERR_SHAPE, "groups is 4, must divide the 6 channels");
  refuse(window, in, 4, 3, DPB_ERR_SHAPE, "groups is 3, must divide the 4 filters");
  refuse(window, (dpb_hwc){2, 8, 6}, 4, 1, DPB_ERR_SHAPE,
         "kernel 3x3 is larger than its padded input 2x8");
  refuse((dpb_window){1, 1, 1, 1, 0, 0, 1, 1}, (dpb_hwc){60000, 60000, 1}, 4, 1,
         DPB_ERR_SIZE, "output 60000x60000x4 is too large");
  refuse((dpb_window){40000, 40000, 1, 1, 0, 0, 1, 1}, (dpb_hwc){40000, 40000, 6}, 4, 1,
         DPB_ERR_SIZE, "W (4, 6, 40000, 40000) is too large");
}

static void test_lowering_is_chosen_from_the_shapes(void **state) {
  (void)state;
  dpb__conv conv;
  const dpb_window same = {3, 3, 1, 1, 1, 1, 1, 1};
  assert_int_equal(dpb__conv_plan(&same, &(dpb_hwc){28, 28, 32}, 32, 1, 0, &conv), 0);
  assert_string_equal(dpb__lowering_name(conv.forward.how), "along x");
  assert_true(conv.data_is_forward);
  const size_t scratch = conv.scratch;
  assert_int_equal(dpb__conv_plan(&same, &(dpb_hwc){28, 28, 32}, 32, 1, 4000, &conv), 0);
  assert_string_equal(dpb__lowering_name(conv.forward.how), "full");
  assert_true(conv.scratch < scratch);
  const dpb_window point = {1, 1, 1, 1, 0, 0, 1, 1};
  assert_int_equal(dpb__conv_plan(&point, &(dpb_hwc){7, 7, 64}, 64, 1, 0, &conv), 0);
  assert_string_equal(dpb__lowering_name(conv.forward.how), "none");
  assert_int_equal(conv.forward.scratch, 0);
  assert_int_equal(dpb__conv_plan(&same, &(dpb_hwc){28, 28, 1}, 16, 1, 0, &conv), 0);
  assert_string_equal(dpb__lowering_name(conv.forward.how), "full, planes");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sweep_of_windows),
      cmocka_unit_test(test_groups_and_depthwise),
      cmocka_unit_test(test_pad_beyond_the_kernel),
      cmocka_unit_test(test_layers_of_the_book),
      cmocka_unit_test(test_bad_shapes_are_named),
      cmocka_unit_test(test_lowering_is_chosen_from_the_shapes),
  };
  return cmocka_run_group_tests(tests, begin_blas, end_blas);
}
