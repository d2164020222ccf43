/* SPDX-License-Identifier: MIT
 *
 * im2col and col2im: the picture of the header, every entry against its definition over a
 * sweep of windows, the adjoint identity, and what is refused.
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

#include <deepblas/im2col.h>

static const dpb_window simple = {2, 2, 1, 1, 0, 0, 1, 1};

static float *numbers(size_t count, uint32_t seed) {
  float *x = malloc(count * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i < count; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(seed >> 20) - 2048.0f;
  }
  return x;
}

static void test_picture_of_the_header(void **state) {
  (void)state;
  const dpb_hwc in = {3, 3, 1};
  const float image[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const float expected[16] = {1, 2, 4, 5, 2, 3, 5, 6, 4, 5, 7, 8, 5, 6, 8, 9};
  float col[16];
  assert_int_equal(dpb_im2col(&simple, &in, 1, image, col), DPB_OK);
  assert_memory_equal(col, expected, sizeof col);
  /* each pixel times the number of windows that see it */
  const float back[9] = {1, 4, 3, 8, 20, 12, 7, 16, 9};
  float x[9];
  assert_int_equal(dpb_col2im(&simple, &in, 1, col, x), DPB_OK);
  assert_memory_equal(x, back, sizeof x);
}

static void test_channels_are_fastest(void **state) {
  (void)state;
  const dpb_hwc in = {1, 2, 2};
  const dpb_window window = {1, 2, 1, 1, 0, 1, 1, 1};
  const float image[4] = {1, 2, 3, 4};
  const float expected[12] = {0, 0, 1, 2, 1, 2, 3, 4, 3, 4, 0, 0};
  float col[12];
  assert_int_equal(dpb_im2col(&window, &in, 1, image, col), DPB_OK);
  assert_memory_equal(col, expected, sizeof col);
}

/* Entries by definition; then sum(col(x) * g) == sum(x * image(g)), in whole numbers. */
static void check_window(const dpb_window *window, const dpb_hwc *in, int n) {
  size_t rows = 0;
  size_t columns = 0;
  assert_int_equal(dpb_im2col_shape(window, in, n, &rows, &columns), DPB_OK);
  const size_t pixels = (size_t)n * (size_t)in->h * (size_t)in->w * (size_t)in->c;
  float *x = numbers(pixels, 1);
  float *g = numbers(rows * columns, 2);
  float *col = malloc(rows * columns * sizeof *col);
  float *back = malloc(pixels * sizeof *back);
  assert_true(col && back);
  memset(back, 0xff, pixels * sizeof *back);
  assert_int_equal(dpb_im2col(window, in, n, x, col), DPB_OK);
  assert_int_equal(dpb_col2im(window, in, n, g, back), DPB_OK);
  double forward = 0;
  double backward = 0;
  for (size_t r = 0; r < rows; r++) {
    for (size_t q = 0; q < columns; q++) {
      const ptrdiff_t source = dpb_im2col_source(window, in, r, q);
      assert_true(source < (ptrdiff_t)pixels);
      const float expected = source < 0 ? 0.0f : x[source];
      assert_true(col[r * columns + q] == expected);
      forward += (double)expected * (double)g[r * columns + q];
    }
  }
  for (size_t i = 0; i < pixels; i++) backward += (double)x[i] * (double)back[i];
  assert_true(forward == backward);
  free(x);
  free(g);
  free(col);
  free(back);
}

static void test_entries_and_adjoint_over_a_sweep(void **state) {
  (void)state;
  static const int channels[] = {1, 2, 3, 4, 7, 16, 17};
  for (int kernel = 1; kernel <= 7; kernel++) {
    for (int stride = 1; stride <= 3; stride++) {
      for (int pad = 0; pad <= 3; pad++) {
        for (int dilation = 1; dilation <= 2; dilation++) {
          const int c = channels[(kernel + stride + pad + dilation) % 7];
          const dpb_hwc in = {14 + pad % 2, 13, c};
          const dpb_window square = {kernel, kernel, stride,   stride,
                                     pad,    pad,    dilation, dilation};
          check_window(&square, &in, 2);
          const dpb_window oblong = {kernel, 1 + kernel % 3, stride, 1 + pad % 3,
                                     pad,    stride - 1,     1,      dilation};
          check_window(&oblong, &in, 1);
        }
      }
    }
  }
}

static void test_source_knows_the_definition(void **state) {
  (void)state;
  const dpb_hwc in = {5, 6, 3};
  const dpb_window window = {3, 2, 2, 1, 1, 0, 1, 2};
  /* image 1, place (1, 2): image row 1 * 2 - 1 + 2 = 3, column 2 + 2 = 4, channel 1 */
  const size_t row = (1 * 3 + 1) * 4 + 2;
  assert_int_equal(dpb_im2col_source(&window, &in, row, (2 * 2 + 1) * 3 + 1),
                   ((1 * 5 + 3) * 6 + 4) * 3 + 1);
  assert_int_equal(dpb_im2col_source(&window, &in, 0, 0), -1);
  assert_int_equal(dpb_im2col_source(&window, &in, 0, 18), -1);
  assert_int_equal(dpb_im2col_source(NULL, &in, 0, 0), -1);
}

static void refuse(dpb_window window, dpb_hwc in, dpb_status status, const char *text) {
  int out_h = 7;
  int out_w = 7;
  assert_int_equal(dpb_window_places(&window, &in, &out_h, &out_w), status);
  assert_int_equal(out_h, 0);
  assert_int_equal(out_w, 0);
  assert_string_equal(dpb_error_message(), text);
}

static void test_bad_windows_are_named(void **state) {
  (void)state;
  const dpb_hwc in = {4, 4, 1};
  refuse((dpb_window){5, 5, 1, 1, 0, 0, 1, 1}, in, DPB_ERR_SHAPE,
         "kernel 5x5 is larger than its padded input 4x4");
  refuse((dpb_window){3, 3, 1, 1, 0, 0, 1, 2}, in, DPB_ERR_SHAPE,
         "kernel 3x3, dilated to 3x5, is larger than its padded input 4x4");
  refuse((dpb_window){3, 0, 1, 1, 0, 0, 1, 1}, in, DPB_ERR_ARG,
         "kernel is 3x0, must be at least 1");
  refuse((dpb_window){3, 3, 0, 1, 0, 0, 1, 1}, in, DPB_ERR_ARG,
         "stride is 0x1, must be at least 1");
  refuse((dpb_window){3, 3, 1, 1, 0, -1, 1, 1}, in, DPB_ERR_ARG,
         "pad is 0x-1, must be at least 0");
  refuse((dpb_window){3, 3, 1, 1, 0, 0, 0, 1}, in, DPB_ERR_ARG,
         "dilation is 0x1, must be at least 1");
  refuse(simple, (dpb_hwc){4, 0, 1}, DPB_ERR_ARG, "image 4x0x1 has an extent below 1");
  refuse((dpb_window){3, 3, 1, 1, INT_MAX, 0, 1, 1}, in, DPB_ERR_SIZE,
         "padded input 4294967298x4 is too large");
  refuse((dpb_window){INT_MAX, 3, 1, 1, 0, 0, INT_MAX, 1}, in, DPB_ERR_SHAPE,
         "kernel 2147483647x3, dilated to 4611686011984936963x3, is larger than its "
         "padded input 4x4");
}

static void test_kernel_as_large_as_the_input_has_one_place(void **state) {
  (void)state;
  const dpb_hwc in = {2, 3, 1};
  const dpb_window window = {4, 5, 3, 3, 1, 1, 1, 1};
  int out_h = 0;
  int out_w = 0;
  assert_int_equal(dpb_window_places(&window, &in, &out_h, &out_w), DPB_OK);
  assert_int_equal(out_h, 1);
  assert_int_equal(out_w, 1);
}

static void test_matrices_that_cannot_be_are_refused(void **state) {
  (void)state;
  const dpb_hwc in = {4, 4, 1};
  size_t rows = 1;
  size_t columns = 1;
  float x[16] = {0};
  assert_int_equal(dpb_im2col_shape(&simple, &in, 0, &rows, &columns), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "n is 0, must be at least 1");
  assert_int_equal(rows, 0);
  assert_int_equal(columns, 0);
  const dpb_hwc huge = {40000, 40000, 40000};
  assert_int_equal(dpb_im2col_shape(&simple, &huge, INT_MAX, &rows, &columns),
                   DPB_ERR_SIZE);
  assert_non_null(strstr(dpb_error_message(), "40000x40000x40000"));
  assert_int_equal(dpb_im2col(&simple, &in, 1, x, NULL), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "col is NULL");
  assert_int_equal(dpb_col2im(&simple, &in, 1, NULL, x), DPB_ERR_ARG);
  assert_int_equal(dpb_im2col(NULL, &in, 1, x, x), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "window is NULL");
  assert_int_equal(dpb_window_places(&simple, NULL, &(int){0}, &(int){0}), DPB_ERR_ARG);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_picture_of_the_header),
      cmocka_unit_test(test_channels_are_fastest),
      cmocka_unit_test(test_entries_and_adjoint_over_a_sweep),
      cmocka_unit_test(test_source_knows_the_definition),
      cmocka_unit_test(test_bad_windows_are_named),
      cmocka_unit_test(test_kernel_as_large_as_the_input_has_one_place),
      cmocka_unit_test(test_matrices_that_cannot_be_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
