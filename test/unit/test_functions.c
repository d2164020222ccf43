/* SPDX-License-Identifier: MIT
 *
 * The functions of chapter 3 against the formulas in double, their gradients against
 * central differences, in place, at the edges.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <deepblas/functions.h>
#include <deepblas/rng.h>

#define COUNT 203 /* no multiple of any vector's length */

typedef void (*unary)(size_t n, const float *x, float *y);
typedef void (*gradient_of)(size_t n, const float *from, const float *dy, float *dx);

static void check_close(double is, double should, double tolerance) {
  if (!(fabs(is - should) <= tolerance)) fail_msg("is %.9g, should be %.9g", is, should);
}

static void draw(size_t n, float *x, float scale) {
  dpb_rng rng = dpb_rng_seed(n);
  for (size_t i = 0; i < n; i++) x[i] = scale * dpb_rng_normal(&rng);
}

static double exact_sigmoid(double x) {
  return 1 / (1 + exp(-x));
}

static double exact_relu(double x) {
  return x > 0 ? x : 0;
}

static double exact_step(double x) {
  return x > 0;
}

static double exact_identity(double x) {
  return x;
}

static double exact_leaky(double x) {
  return x > 0 ? x : (double)0.1F * x;
}

static double exact_elu(double x) {
  return x > 0 ? x : 2 * expm1(x);
}

static double exact_softplus(double x) {
  return log1p(exp(x));
}

static double exact_gelu(double x) {
  return 0.5 * x * erfc(-x / sqrt(2.0));
}

static double exact_gelu_tanh(double x) {
  return x / (1 + exp(-2 * sqrt(2 / acos(-1.0)) * (x + 0.044715 * x * x * x)));
}

/* Those with a number of their own, with that number. */
static void leaky(size_t n, const float *x, float *y) {
  dpb_leaky_relu(n, 0.1F, x, y);
}

static void leaky_gradient(size_t n, const float *x, const float *dy, float *dx) {
  dpb_leaky_relu_gradient(n, 0.1F, x, dy, dx);
}

static void elu(size_t n, const float *x, float *y) {
  dpb_elu(n, 2, x, y);
}

static void elu_gradient(size_t n, const float *y, const float *dy, float *dx) {
  dpb_elu_gradient(n, 2, y, dy, dx);
}

enum { FUNCTIONS = 10 };

static const struct {
  const char *name;
  unary function;
  double (*exact)(double);
  double tolerance; /* relative */
} functions[] = {
    {"identity", dpb_identity, exact_identity, 3e-7},
    {"step", dpb_step, exact_step, 3e-7},
    {"sigmoid", dpb_sigmoid, exact_sigmoid, 3e-7},
    {"tanh", dpb_tanh, tanh, 3e-7},
    {"relu", dpb_relu, exact_relu, 3e-7},
    {"leaky relu", leaky, exact_leaky, 3e-7},
    {"elu", elu, exact_elu, 3e-7},
    {"softplus", dpb_softplus, exact_softplus, 3e-7},
    {"gelu", dpb_gelu, exact_gelu, 1e-6},
    {"gelu tanh", dpb_gelu_tanh, exact_gelu_tanh, 2e-5},
};

static void test_functions_follow_their_formulas(void **state) {
  (void)state;
  float x[COUNT], y[COUNT];
  draw(COUNT, x, 4);
  x[0] = 0;
  for (size_t f = 0; f < FUNCTIONS; f++) {
    functions[f].function(COUNT, x, y);
    for (int i = 0; i < COUNT; i++) {
      double should = functions[f].exact((double)x[i]);
      if (!(fabs((double)y[i] - should) <= functions[f].tolerance * fabs(should) + 1e-35))
        fail_msg("%s(%g) is %.9g", functions[f].name, (double)x[i], (double)y[i]);
    }
  }
}

static void test_functions_work_in_place_and_stay_inside(void **state) {
  (void)state;
  for (size_t f = 0; f < FUNCTIONS; f++) {
    for (size_t n = 0; n < 40; n++) {
      float x[41], apart[41];
      draw(41, x, 1);
      memcpy(apart, x, sizeof x);
      functions[f].function(n, x, apart);
      assert_true(apart[n] == x[n]);
      functions[f].function(n, x, x);
      assert_memory_equal(x, apart, sizeof x);
    }
    functions[f].function(0, NULL, NULL);
  }
}

/* Section 3.2: the book's own numbers. */
static void test_book_examples(void **state) {
  (void)state;
  const float x[3] = {-1, 1, 2};
  float y[3];
  dpb_step(3, x, y);
  assert_true(y[0] == 0 && y[1] == 1 && y[2] == 1);
  dpb_sigmoid(3, x, y);
  check_close((double)y[0], 0.26894142, 1e-7);
  check_close((double)y[1], 0.73105858, 1e-7);
  check_close((double)y[2], 0.88079708, 1e-7);
}

static void test_extremes_are_stable(void **state) {
  (void)state;
  const float x[6] = {-HUGE_VALF, -200, -0.0F, 0, 200, HUGE_VALF};
  const float sigmoid[6] = {0, 0, 0.5F, 0.5F, 1, 1}, tanh_[6] = {-1, -1, 0, 0, 1, 1};
  float y[6];
  dpb_sigmoid(6, x, y);
  for (int i = 0; i < 6; i++) check_close((double)y[i], (double)sigmoid[i], 1e-37);
  dpb_tanh(6, x, y);
  for (int i = 0; i < 6; i++) assert_true(y[i] == tanh_[i]);
  dpb_relu(6, x, y);
  assert_true(y[0] == 0 && y[2] == 0 && y[4] == 200 && y[5] == HUGE_VALF);
  dpb_step(6, x, y);
  assert_true(y[2] == 0 && y[3] == 0 && y[4] == 1);
  const float nan[1] = {(float)NAN};
  dpb_relu(1, nan, y);
  assert_true(isnan(y[0]));
  dpb_sigmoid(1, nan, y);
  assert_true(isnan(y[0]));
  dpb_tanh(1, nan, y);
  assert_true(isnan(y[0]));
}

static void check_gradient(const char *name, gradient_of gradient,
                           double (*exact)(double), int from_output) {
  float x[COUNT], from[COUNT], dy[COUNT], dx[COUNT];
  draw(COUNT, x, 2);
  draw(COUNT, dy, 1);
  for (int i = 0; i < COUNT; i++)
    from[i] = from_output ? (float)exact((double)x[i]) : x[i];
  gradient(COUNT, from, dy, dx);
  for (int i = 0; i < COUNT; i++) {
    double h = 1e-5, at = (double)x[i];
    double slope = (exact(at + h) - exact(at - h)) / (2 * h);
    if (!(fabs((double)dx[i] - (double)dy[i] * slope) <= 1e-6))
      fail_msg("%s gradient at %g is %g", name, at, (double)dx[i]);
  }
  gradient(COUNT, from, dy, dy);
  assert_memory_equal(dy, dx, sizeof dx);
}

static void test_gradients_are_slopes(void **state) {
  (void)state;
  check_gradient("sigmoid", dpb_sigmoid_gradient, exact_sigmoid, 1);
  check_gradient("tanh", dpb_tanh_gradient, tanh, 1);
  check_gradient("relu", dpb_relu_gradient, exact_relu, 0);
  check_gradient("leaky relu", leaky_gradient, exact_leaky, 0);
  check_gradient("elu", elu_gradient, exact_elu, 1);
  check_gradient("softplus", dpb_softplus_gradient, exact_softplus, 0);
  check_gradient("gelu", dpb_gelu_gradient, exact_gelu, 0);
  check_gradient("gelu tanh", dpb_gelu_tanh_gradient, exact_gelu_tanh, 0);
}

static void test_flat_gradients(void **state) {
  (void)state;
  const float dy[3] = {1, -2, 3}, x[3] = {0, -0.0F, 1e-30F};
  float dx[3] = {9, 9, 9};
  dpb_identity_gradient(3, dy, dx);
  assert_memory_equal(dx, dy, sizeof dx);
  dpb_step_gradient(3, dy, dx);
  assert_true(dx[0] == 0 && dx[1] == 0 && dx[2] == 0);
  dpb_relu_gradient(3, x, dy, dx);
  assert_true(dx[0] == 0 && dx[1] == 0 && dx[2] == 3);
}

static void test_softmax_rows(void **state) {
  (void)state;
  float x[7 * 29], y[7 * 29];
  draw(7 * 29, x, 3);
  dpb_softmax(7, 29, x, y);
  for (int r = 0; r < 7; r++) {
    double sum = 0, total = 0;
    for (int c = 0; c < 29; c++) sum += exp((double)x[r * 29 + c]);
    for (int c = 0; c < 29; c++) {
      double should = exp((double)x[r * 29 + c]) / sum;
      check_close((double)y[r * 29 + c], should, 1e-6 * should);
      total += (double)y[r * 29 + c];
    }
    check_close(total, 1, 1e-6);
  }
  dpb_softmax(7, 29, x, x);
  assert_memory_equal(x, y, sizeof x);
}

/* Section 3.5.2: the maximum is taken off, so that nothing overflows. */
static void test_softmax_book_examples(void **state) {
  (void)state;
  const float x[6] = {0.3F, 2.9F, 4.0F, 1010, 1000, 990};
  float y[6];
  dpb_softmax(2, 3, x, y);
  const double should[6] = {0.01821127,     0.24519181,     0.73659691,
                            9.99954600e-01, 4.53978686e-05, 2.06106005e-09};
  for (int i = 0; i < 6; i++) check_close((double)y[i], should[i], 1e-6 * should[i]);
  const float equal[2] = {-3e38F, -3e38F};
  dpb_softmax(1, 2, equal, y);
  assert_true(y[0] == 0.5F && y[1] == 0.5F);
  dpb_softmax(2, 1, x, y);
  assert_true(y[0] == 1 && y[1] == 1);
  y[0] = 7;
  dpb_softmax(0, 3, x, y);
  dpb_softmax(3, 0, x, y);
  assert_true(y[0] == 7);
}

/* sum_j dy_j softmax_j(x) in double, differentiated along one coordinate. */
static double weighted(const float *x, const float *dy, int at, double shift) {
  double sum = 0, result = 0;
  for (int c = 0; c < 5; c++) sum += exp((double)x[c] + (c == at ? shift : 0));
  for (int c = 0; c < 5; c++)
    result += (double)dy[c] * exp((double)x[c] + (c == at ? shift : 0)) / sum;
  return result;
}

static void test_softmax_gradient(void **state) {
  (void)state;
  float x[10], y[10], dy[10], dx[10];
  draw(10, x, 1);
  for (int i = 0; i < 10; i++) dy[i] = (float)(i % 3) - 0.5F;
  dpb_softmax(2, 5, x, y);
  dpb_softmax_gradient(2, 5, y, dy, dx);
  for (int i = 0; i < 10; i++) {
    int row = i / 5 * 5;
    double slope = (weighted(x + row, dy + row, i % 5, 1e-5) -
                    weighted(x + row, dy + row, i % 5, -1e-5)) /
                   2e-5;
    check_close((double)dx[i], slope, 1e-6);
  }
  float in_y[10];
  memcpy(in_y, y, sizeof y);
  dpb_softmax_gradient(2, 5, in_y, dy, in_y);
  assert_memory_equal(in_y, dx, sizeof dx);
  dpb_softmax_gradient(2, 5, y, dy, dy);
  assert_memory_equal(dy, dx, sizeof dx);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_functions_follow_their_formulas),
      cmocka_unit_test(test_functions_work_in_place_and_stay_inside),
      cmocka_unit_test(test_book_examples),
      cmocka_unit_test(test_extremes_are_stable),
      cmocka_unit_test(test_gradients_are_slopes),
      cmocka_unit_test(test_flat_gradients),
      cmocka_unit_test(test_softmax_rows),
      cmocka_unit_test(test_softmax_book_examples),
      cmocka_unit_test(test_softmax_gradient),
  };
  return cmocka_run_group_tests_name("functions", tests, NULL, NULL);
}
