/* SPDX-License-Identifier: MIT
 *
 * Numerical gradients and gradient descent: the book's examples of chapter 4, functions
 * that go wrong, positions that stay whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <deepblas/gradient.h>

static void check_close(double is, double should, double tolerance) {
  if (!(fabs(is - should) <= tolerance))
    fail_msg("is %.17g, should be %.17g", is, should);
}

/* 0.01 x^2 + 0.1 x (section 4.3.2); counts its calls. */
static double parabola(double x, void *user) {
  ++*(int *)user;
  return 0.01 * (x * x) + 0.1 * x;
}

static double root(double x, void *user) {
  (void)user;
  return sqrt(x);
}

/* x0^2 + x1^2 + ... (section 4.3.3). */
static double sum_of_squares(size_t n, const double *x, void *user) {
  (void)user;
  double sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * x[i];
  return sum;
}

/* Finite for x1 > 0 alone. */
static double logarithm(size_t n, const double *x, void *user) {
  (void)n;
  (void)user;
  return x[0] * x[0] + log(x[1]);
}

static void test_book_derivatives(void **state) {
  (void)state;
  int calls = 0;
  double slope = -1;
  assert_int_equal(dpb_numerical_diff(parabola, 5, 1e-4, &calls, &slope), DPB_OK);
  check_close(slope, 0.1999999999990898, 1e-11);
  assert_int_equal(dpb_numerical_diff(parabola, 10, 1e-4, &calls, &slope), DPB_OK);
  check_close(slope, 0.2999999999986347, 1e-11);
  assert_int_equal(calls, 4);
}

/* The error of the central difference shrinks with h^2, not h. */
static void test_difference_is_central(void **state) {
  (void)state;
  double wide = 0, narrow = 0;
  assert_int_equal(dpb_numerical_diff(root, 1, 1e-2, NULL, &wide), DPB_OK);
  assert_int_equal(dpb_numerical_diff(root, 1, 1e-3, NULL, &narrow), DPB_OK);
  check_close((wide - 0.5) / (narrow - 0.5), 100, 0.1);
}

static void test_diff_refuses(void **state) {
  (void)state;
  const double bad[] = {0, -1e-4, (double)NAN, HUGE_VAL};
  double slope = -1;
  for (int i = 0; i < 4; i++) {
    slope = -1;
    assert_int_equal(dpb_numerical_diff(root, 1, bad[i], NULL, &slope), DPB_ERR_ARG);
    assert_true(slope == 0);
  }
  assert_int_equal(dpb_numerical_diff(NULL, 1, 1e-4, NULL, &slope), DPB_ERR_ARG);
  assert_int_equal(dpb_numerical_diff(root, 1, 1e-4, NULL, NULL), DPB_ERR_ARG);
  slope = -1;
  assert_int_equal(dpb_numerical_diff(root, 0, 0.25, NULL, &slope), DPB_ERR_DIVERGED);
  assert_true(slope == 0);
  assert_non_null(strstr(dpb_error_message(), "f is 0.5 and"));
  assert_non_null(strstr(dpb_error_message(), "nan around x = 0"));
}

static void test_book_gradients(void **state) {
  (void)state;
  const double points[3][2] = {{3, 4}, {0, 2}, {3, 0}};
  for (int i = 0; i < 3; i++) {
    double x[2] = {points[i][0], points[i][1]}, gradient[2] = {-1, -1};
    assert_int_equal(dpb_numerical_gradient(sum_of_squares, 2, x, 1e-4, NULL, gradient),
                     DPB_OK);
    check_close(gradient[0], 2 * points[i][0], 1e-9);
    check_close(gradient[1], 2 * points[i][1], 1e-9);
    assert_memory_equal(x, points[i], sizeof x);
  }
}

static void test_gradient_names_the_coordinate(void **state) {
  (void)state;
  double x[2] = {2, 0}, gradient[2];
  assert_int_equal(dpb_numerical_gradient(logarithm, 2, x, 1e-4, NULL, gradient),
                   DPB_ERR_DIVERGED);
  /* Already the first coordinate's two calls yield -infinity. */
  assert_non_null(strstr(dpb_error_message(), "x[0] = 2"));
  x[1] = 5e-5;
  assert_int_equal(dpb_numerical_gradient(logarithm, 2, x, 1e-4, NULL, gradient),
                   DPB_ERR_DIVERGED);
  assert_non_null(strstr(dpb_error_message(), "x[1] = 5e-05"));
  assert_true(x[0] == 2 && x[1] == 5e-5);
}

static void test_gradient_refuses(void **state) {
  (void)state;
  double x[2] = {3, 4}, g[2];
  dpb_function_nd f = sum_of_squares;
  assert_int_equal(dpb_numerical_gradient(NULL, 2, x, 1e-4, NULL, g), DPB_ERR_ARG);
  assert_int_equal(dpb_numerical_gradient(f, 2, NULL, 1e-4, NULL, g), DPB_ERR_ARG);
  assert_int_equal(dpb_numerical_gradient(f, 2, x, 1e-4, NULL, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_numerical_gradient(f, 0, x, 1e-4, NULL, g), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(),
                      "numerical gradient: n is 0, must be at least 1");
  assert_int_equal(dpb_numerical_gradient(f, 2, x, 0, NULL, g), DPB_ERR_ARG);
  assert_int_equal(dpb_numerical_gradient(f, 2, x, (double)NAN, NULL, g), DPB_ERR_ARG);
}

static dpb_status descend(double rate, size_t steps, double x[2]) {
  double scratch[2];
  x[0] = -3;
  x[1] = 4;
  return dpb_gradient_descent(sum_of_squares, 2, x, rate, steps, scratch, NULL, NULL);
}

static void test_book_descent(void **state) {
  (void)state;
  double x[2];
  assert_int_equal(descend(0.1, 100, x), DPB_OK);
  check_close(x[0], -6.11110793e-10, 1e-14);
  check_close(x[1], 8.14814391e-10, 1e-14);
  /* Too large and too small a rate. */
  assert_int_equal(descend(10, 100, x), DPB_OK);
  assert_true(fabs(x[0]) > 1e12 && isfinite(x[0]) && isfinite(x[1]));
  assert_int_equal(descend(1e-10, 100, x), DPB_OK);
  check_close(x[0], -2.99999994, 1e-12);
  check_close(x[1], 3.99999992, 1e-12);
  assert_int_equal(descend(0.1, 0, x), DPB_OK);
  assert_true(x[0] == -3 && x[1] == 4);
}

typedef struct trail {
  size_t steps[8];
  double x0[8];
  int count;
} trail;

static void follow(size_t step, size_t n, const double *x, void *user) {
  trail *t = user;
  assert_int_equal(n, 2);
  t->steps[t->count] = step;
  t->x0[t->count++] = x[0];
}

static void test_path_sees_every_position(void **state) {
  (void)state;
  trail t = {.count = 0};
  double x[2] = {-3, 4}, scratch[2];
  assert_int_equal(
      dpb_gradient_descent(sum_of_squares, 2, x, 0.1, 3, scratch, follow, &t), DPB_OK);
  assert_int_equal(t.count, 4);
  double expected = -3;
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(t.steps[i], i);
    check_close(t.x0[i], expected, 1e-9);
    expected *= 0.8;
  }
  assert_true(t.x0[3] == x[0]);
}

/* The position left is the last one that was finite, and whole. */
static void test_descent_stops_at_the_last_finite_position(void **state) {
  (void)state;
  /* The first step leaves the logarithm's domain, the second one sees that. */
  double x[2] = {1, 0.5}, scratch[2];
  assert_int_equal(dpb_gradient_descent(logarithm, 2, x, 0.5, 9, scratch, NULL, NULL),
                   DPB_ERR_DIVERGED);
  check_close(x[0], 0, 1e-9);
  check_close(x[1], -0.5, 1e-6);
  assert_non_null(strstr(dpb_error_message(), "gradient descent, step 1: "));

  /* A gradient that is finite while the step is not moves no coordinate. */
  double y[2] = {1, 1e200};
  assert_int_equal(
      dpb_gradient_descent(sum_of_squares, 2, y, 1e308, 1, scratch, NULL, NULL),
      DPB_ERR_DIVERGED);
  assert_true(y[0] == 1 && y[1] == 1e200);
  double z[2] = {1, 100};
  assert_int_equal(
      dpb_gradient_descent(sum_of_squares, 2, z, 1e307, 1, scratch, NULL, NULL),
      DPB_ERR_DIVERGED);
  assert_true(z[0] == 1 && z[1] == 100);
  assert_non_null(strstr(dpb_error_message(), "gradient descent, step 0: x[1] = 100"));
}

static void test_descent_refuses(void **state) {
  (void)state;
  const double bad[] = {0, -0.1, (double)NAN, HUGE_VAL};
  double x[2];
  for (int i = 0; i < 4; i++) {
    assert_int_equal(descend(bad[i], 1, x), DPB_ERR_ARG);
    assert_true(x[0] == -3 && x[1] == 4);
  }
  assert_int_equal(dpb_gradient_descent(sum_of_squares, 2, x, 0.1, 1, NULL, NULL, NULL),
                   DPB_ERR_ARG);
  assert_int_equal(dpb_gradient_descent(NULL, 2, x, 0.1, 1, x, NULL, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_gradient_descent(sum_of_squares, 0, x, 0.1, 1, x, NULL, NULL),
                   DPB_ERR_ARG);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_book_derivatives),
      cmocka_unit_test(test_difference_is_central),
      cmocka_unit_test(test_diff_refuses),
      cmocka_unit_test(test_book_gradients),
      cmocka_unit_test(test_gradient_names_the_coordinate),
      cmocka_unit_test(test_gradient_refuses),
      cmocka_unit_test(test_book_descent),
      cmocka_unit_test(test_path_sees_every_position),
      cmocka_unit_test(test_descent_stops_at_the_last_finite_position),
      cmocka_unit_test(test_descent_refuses),
  };
  return cmocka_run_group_tests_name("gradient", tests, NULL, NULL);
}
