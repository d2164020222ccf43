/* SPDX-License-Identifier: MIT
 *
 * The losses of chapter 4: the book's numbers, the floor, double sums, bad targets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include <deepblas/loss.h>

/* Section 4.2.1: ten outputs, the right answer is 2; in b the network says 7. */
static const float y_right[10] = {0.1F, 0.05F, 0.6F, 0, 0.05F, 0.1F, 0, 0.1F, 0, 0};
static const float y_wrong[10] = {0.1F, 0.05F, 0.1F, 0, 0.05F, 0.1F, 0, 0.6F, 0, 0};
static const float two[10] = {0, 0, 1, 0, 0, 0, 0, 0, 0, 0};

static void check_close(double is, double should, double tolerance) {
  if (!(fabs(is - should) <= tolerance))
    fail_msg("is %.17g, should be %.17g", is, should);
}

static void test_book_mean_squared_error(void **state) {
  (void)state;
  double loss = -1;
  assert_int_equal(dpb_mean_squared_error(1, 10, y_right, two, &loss), DPB_OK);
  check_close(loss, 0.0975, 1e-7);
  assert_int_equal(dpb_mean_squared_error(1, 10, y_wrong, two, &loss), DPB_OK);
  check_close(loss, 0.5975, 1e-7);
}

static void test_book_cross_entropy(void **state) {
  (void)state;
  const int32_t label = 2;
  double loss = -1;
  assert_int_equal(dpb_cross_entropy_labels(1, 10, y_right, &label, &loss), DPB_OK);
  check_close(loss, 0.510825457099338, 2e-7);
  assert_int_equal(dpb_cross_entropy_labels(1, 10, y_wrong, &label, &loss), DPB_OK);
  check_close(loss, 2.302584092994546, 1.5e-6);
  assert_int_equal(dpb_cross_entropy_one_hot(1, 10, y_right, two, &loss), DPB_OK);
  check_close(loss, -log((double)0.6F), 1e-15);
}

static void test_mean_is_over_the_rows(void **state) {
  (void)state;
  const float y[6] = {0.5F, 0.25F, 0.25F, 0.125F, 0.75F, 0.125F};
  const float t[6] = {1, 0, 0, 0, 0, 1};
  const int32_t labels[2] = {0, 2};
  double loss = -1;
  assert_int_equal(dpb_cross_entropy_labels(2, 3, y, labels, &loss), DPB_OK);
  check_close(loss, (log(2) + log(8)) / 2, 1e-15);
  assert_int_equal(dpb_cross_entropy_one_hot(2, 3, y, t, &loss), DPB_OK);
  check_close(loss, (log(2) + log(8)) / 2, 1e-15);
  assert_int_equal(dpb_mean_squared_error(2, 3, y, t, &loss), DPB_OK);
  double squares = 0.25 + 2 * 0.0625 + 0.015625 + 0.5625 + 0.765625;
  check_close(loss, squares / 4, 1e-15);
}

static void test_soft_targets(void **state) {
  (void)state;
  const float y[2] = {0.25F, 0.75F}, t[2] = {0.5F, 0.5F};
  double loss = -1;
  assert_int_equal(dpb_cross_entropy_one_hot(1, 2, y, t, &loss), DPB_OK);
  check_close(loss, -0.5 * log(0.25) - 0.5 * log(0.75), 1e-15);
}

static void test_floor_of_probability(void **state) {
  (void)state;
  const float y[3] = {0, 1e-8F, 1}, t[3] = {0, 1, 0};
  double loss = -1;
  for (int32_t label = 0; label < 3; label++) {
    assert_int_equal(dpb_cross_entropy_labels(1, 3, y, &label, &loss), DPB_OK);
    check_close(loss, label < 2 ? 7 * log(10) : 0, 1e-12);
  }
  assert_int_equal(dpb_cross_entropy_one_hot(1, 3, y, t, &loss), DPB_OK);
  check_close(loss, 16.11809565095832, 1e-12);
}

static void test_nan_shows(void **state) {
  (void)state;
  const float y[2] = {(float)NAN, 0.5F}, t[2] = {1, 0};
  const int32_t labels[2] = {0, 1};
  double loss = 0;
  assert_int_equal(dpb_cross_entropy_labels(1, 2, y, labels, &loss), DPB_OK);
  assert_true(isnan(loss));
  assert_int_equal(dpb_cross_entropy_one_hot(1, 2, y, t, &loss), DPB_OK);
  assert_true(isnan(loss));
  assert_int_equal(dpb_mean_squared_error(1, 2, y, t, &loss), DPB_OK);
  assert_true(isnan(loss));
}

/* A million equal terms: a sum in float would be off in the third digit. */
static void test_sums_run_in_double(void **state) {
  (void)state;
  enum { ROWS = 1000000 };
  float *y = malloc(ROWS * sizeof *y), *t = malloc(ROWS * sizeof *t);
  int32_t *labels = calloc(ROWS, sizeof *labels);
  for (int i = 0; i < ROWS; i++) {
    y[i] = 0.1F;
    t[i] = 1;
  }
  double squares = -1, labelled = -1, one_hot = -1;
  dpb_status a = dpb_mean_squared_error(ROWS, 1, y, t, &squares);
  dpb_status b = dpb_cross_entropy_labels(ROWS, 1, y, labels, &labelled);
  dpb_status c = dpb_cross_entropy_one_hot(ROWS, 1, y, t, &one_hot);
  free(y);
  free(t);
  free(labels);
  assert_true(a == DPB_OK && b == DPB_OK && c == DPB_OK);
  double p = (double)0.1F;
  check_close(squares, 0.5 * (1 - p) * (1 - p), 1e-10);
  check_close(labelled, -log(p), 1e-10);
  check_close(one_hot, -log(p), 1e-10);
}

static void test_bad_labels_are_named(void **state) {
  (void)state;
  const float y[6] = {0.5F, 0.25F, 0.25F, 0.125F, 0.75F, 0.125F};
  const int32_t high[2] = {0, 3}, low[2] = {-1, 7};
  double loss = -1;
  assert_int_equal(dpb_cross_entropy_labels(2, 3, y, high, &loss), DPB_ERR_DATA);
  assert_true(loss == 0);
  assert_string_equal(dpb_error_message(),
                      "cross-entropy: label of row 1 is 3, not in 0..2");
  loss = -1;
  assert_int_equal(dpb_cross_entropy_labels(2, 3, y, low, &loss), DPB_ERR_DATA);
  assert_true(loss == 0);
  assert_string_equal(dpb_error_message(),
                      "cross-entropy: label of row 0 is -1, not in 0..2");
}

static dpb_status one_hot_of(float t0, float t1) {
  const float y[4] = {0.5F, 0.5F, 0.5F, 0.5F};
  const float t[4] = {1, 0, t0, t1};
  double loss = -1;
  dpb_status status = dpb_cross_entropy_one_hot(2, 2, y, t, &loss);
  assert_true(status == DPB_OK ? loss > 0 : loss == 0);
  return status;
}

static void test_bad_targets_are_named(void **state) {
  (void)state;
  assert_int_equal(one_hot_of(0.5F, 0.4995F), DPB_OK);
  assert_int_equal(one_hot_of(0.5F, 0.5005F), DPB_OK);
  assert_int_equal(one_hot_of(0.5F, 0.498F), DPB_ERR_DATA);
  assert_int_equal(one_hot_of(0.5F, 0.502F), DPB_ERR_DATA);
  assert_int_equal(one_hot_of(0, 0), DPB_ERR_DATA);
  assert_string_equal(dpb_error_message(),
                      "cross-entropy: targets of row 1 add up to 0, not 1");
  assert_int_equal(one_hot_of((float)NAN, 1), DPB_ERR_DATA);
  assert_int_equal(one_hot_of(1.0005F, 0), DPB_ERR_DATA);
  assert_int_equal(one_hot_of(1.5F, -0.5F), DPB_ERR_DATA);
  assert_string_equal(dpb_error_message(),
                      "cross-entropy: target of row 1, column 0 is 1.5, not in 0..1");
  assert_int_equal(one_hot_of(-0.5F, 1.5F), DPB_ERR_DATA);
}

static void test_bad_arguments(void **state) {
  (void)state;
  const int32_t label = 2;
  double loss = -1;
  assert_int_equal(dpb_mean_squared_error(1, 10, NULL, two, &loss), DPB_ERR_ARG);
  assert_true(loss == 0);
  assert_int_equal(dpb_mean_squared_error(1, 10, two, NULL, &loss), DPB_ERR_ARG);
  assert_int_equal(dpb_mean_squared_error(1, 10, two, two, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_cross_entropy_labels(1, 10, two, NULL, &loss), DPB_ERR_ARG);
  assert_int_equal(dpb_cross_entropy_labels(1, 10, NULL, &label, &loss), DPB_ERR_ARG);
  assert_int_equal(dpb_cross_entropy_labels(1, 10, two, &label, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_cross_entropy_one_hot(1, 10, two, NULL, &loss), DPB_ERR_ARG);
  assert_int_equal(dpb_mean_squared_error(0, 10, two, two, &loss), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(),
                      "mean squared error: 0 rows of 10 columns, at least 1 of 1 needed");
  loss = -1;
  assert_int_equal(dpb_cross_entropy_one_hot(1, 0, two, two, &loss), DPB_ERR_ARG);
  assert_true(loss == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_book_mean_squared_error),
      cmocka_unit_test(test_book_cross_entropy),
      cmocka_unit_test(test_mean_is_over_the_rows),
      cmocka_unit_test(test_soft_targets),
      cmocka_unit_test(test_floor_of_probability),
      cmocka_unit_test(test_nan_shows),
      cmocka_unit_test(test_sums_run_in_double),
      cmocka_unit_test(test_bad_labels_are_named),
      cmocka_unit_test(test_bad_targets_are_named),
      cmocka_unit_test(test_bad_arguments),
  };
  return cmocka_run_group_tests_name("loss", tests, NULL, NULL);
}
