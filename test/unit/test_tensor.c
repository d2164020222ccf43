/* SPDX-License-Identifier: MIT
 *
 * Shapes: counted with care, compared, written down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <limits.h>
#include <string.h>

#include <deepblas/tensor.h>

static void test_count_is_the_product(void **state) {
  (void)state;
  const struct {
    dpb_shape shape;
    size_t count;
  } good[] = {
      {{0, {0}}, 1},
      {{1, {5}}, 5},
      {{2, {3, 4}}, 12},
      {{4, {100, 28, 28, 1}}, 78400},
      {{2, {INT_MAX, INT_MAX}}, (size_t)INT_MAX * INT_MAX},
  };
  /* The largest product has 2^62 - 2^32 + 1 elements, four bytes each: too many. */
  for (size_t i = 0; i < 4; i++) {
    size_t count = 0;
    assert_int_equal(dpb_shape_count(&good[i].shape, &count), DPB_OK);
    assert_true(count == good[i].count);
  }
  size_t count = 7;
  assert_int_equal(dpb_shape_count(&good[4].shape, &count), DPB_ERR_SIZE);
  assert_true(count == 0);
  assert_string_equal(dpb_error_message(),
                      "shape (2147483647, 2147483647): more floats than memory can hold");
}

static void test_count_at_the_edge(void **state) {
  (void)state;
  /* 2^61 floats are 2^63 bytes, one more than PTRDIFF_MAX. */
  dpb_shape over = {3, {1 << 30, 1 << 30, 2}}, below = {3, {1 << 30, 1 << 30, 1}};
  dpb_shape wraps = {4, {1 << 30, 1 << 30, 1 << 30, 1 << 30}};
  size_t count = 7;
  assert_int_equal(dpb_shape_count(&below, &count), DPB_OK);
  assert_true(count == (size_t)1 << 60);
  assert_int_equal(dpb_shape_count(&over, &count), DPB_ERR_SIZE);
  assert_int_equal(dpb_shape_count(&wraps, &count), DPB_ERR_SIZE);
  assert_true(count == 0);
}

static void test_bad_shapes_are_named(void **state) {
  (void)state;
  size_t count = 7;
  dpb_shape zero = {3, {2, 0, 4}};
  assert_int_equal(dpb_shape_count(&zero, &count), DPB_ERR_SHAPE);
  assert_true(count == 0);
  assert_string_equal(dpb_error_message(),
                      "shape (2, 0, 4): extent 1 is 0, must be at least 1");
  /* An extent that is no extent counts for more than a product that is too large. */
  dpb_shape both = {4, {INT_MAX, INT_MAX, INT_MAX, -5}};
  assert_int_equal(dpb_shape_count(&both, &count), DPB_ERR_SHAPE);
  assert_non_null(strstr(dpb_error_message(), "-5"));

  dpb_shape high = {5, {1, 1, 1, 1}}, low = {-1, {1}};
  assert_int_equal(dpb_shape_count(&high, &count), DPB_ERR_SHAPE);
  assert_string_equal(dpb_error_message(), "shape: rank is 5, must be 0 to 4");
  assert_int_equal(dpb_shape_count(&low, &count), DPB_ERR_SHAPE);
  assert_non_null(strstr(dpb_error_message(), "-1"));
}

static void test_null_is_an_argument_error(void **state) {
  (void)state;
  dpb_shape shape = {1, {5}};
  size_t count = 7;
  assert_int_equal(dpb_shape_count(NULL, &count), DPB_ERR_ARG);
  assert_true(count == 0);
  assert_int_equal(dpb_shape_count(&shape, NULL), DPB_ERR_ARG);
}

static void test_equal(void **state) {
  (void)state;
  dpb_shape a = {2, {3, 4, 9, 9}}, same = {2, {3, 4, 7, 7}};
  dpb_shape other = {2, {3, 5}}, longer = {3, {3, 4, 9}};
  dpb_shape scalar = {0, {1}}, another = {0, {2}};
  assert_true(dpb_shape_equal(&a, &same));
  assert_false(dpb_shape_equal(&a, &other));
  assert_false(dpb_shape_equal(&a, &longer));
  assert_true(dpb_shape_equal(&scalar, &another));
}

static void test_text(void **state) {
  (void)state;
  char text[64];
  dpb_shape image = {4, {100, 28, 28, 1}}, scalar = {0, {0}};
  dpb_shape widest = {4, {INT_MIN, INT_MIN, INT_MIN, INT_MIN}};
  dpb_shape_text(&image, text, sizeof text);
  assert_string_equal(text, "(100, 28, 28, 1)");
  dpb_shape_text(&scalar, text, sizeof text);
  assert_string_equal(text, "()");
  dpb_shape_text(&widest, text, sizeof text);
  assert_string_equal(text, "(-2147483648, -2147483648, -2147483648, -2147483648)");
}

static void test_text_is_cut_off_at_capacity(void **state) {
  (void)state;
  char text[8] = "zzzzzzz";
  dpb_shape image = {4, {100, 28, 28, 1}};
  dpb_shape_text(&image, text, 5);
  assert_memory_equal(text, "(100\0zz", 8);
  dpb_shape_text(&image, text, 1);
  assert_memory_equal(text,
                      "\0"
                      "100\0zz",
                      8);
  text[0] = 'y';
  dpb_shape_text(&image, text, 0);
  assert_int_equal(text[0], 'y');
  dpb_shape_text(&image, NULL, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_count_is_the_product),
      cmocka_unit_test(test_count_at_the_edge),
      cmocka_unit_test(test_bad_shapes_are_named),
      cmocka_unit_test(test_null_is_an_argument_error),
      cmocka_unit_test(test_equal),
      cmocka_unit_test(test_text),
      cmocka_unit_test(test_text_is_cut_off_at_capacity),
  };
  return cmocka_run_group_tests_name("tensor", tests, NULL, NULL);
}
