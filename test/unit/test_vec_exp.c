/* SPDX-License-Identifier: MIT
 *
 * sigmoid, tanh and softmax of every table against double precision: over the whole range
 * of floats, at its ends, and where exp is too small for a normal float.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "vec_fixture.h"

/* Distance in units of the last place of a float of want's size; 0 for 0 in the place of
 * a number that is too small. */
static double ulps(float got, double want) {
  if (isnan(want)) return isnan(got) ? 0.0 : HUGE_VAL;
  if (isnan(got)) return HUGE_VAL;
  if (got == 0.0f && fabs(want) < (double)FLT_MIN) return 0.0;
  int exponent;
  frexp(want, &exponent);
  if (exponent < -125) exponent = -125;
  return fabs((double)got - want) / ldexp(1.0, exponent - 24);
}

static double sigmoid_in_double(double x) {
  return x >= 0.0 ? 1.0 / (1.0 + exp(-x)) : exp(x) / (1.0 + exp(x));
}

typedef struct range {
  float from, to;
} range;

enum { COUNT = 4001 };

static void check_function(const char *name, void (*f)(size_t, const float *, float *),
                           double (*exact)(double), double most) {
  static const range ranges[] = {{-1e-3f, 1e-3f}, {-1.0f, 1.0f},       {-10.0f, 10.0f},
                                 {-90.0f, 90.0f}, {-105.0f, -85.0f},   {-1e6f, 1e6f},
                                 {0.0f, 1e-30f},  {-FLT_MIN, FLT_MIN}, {-1e38f, 1e38f}};
  static float x[COUNT], y[COUNT];
  for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
    float width = ranges[r].to - ranges[r].from;
    for (int i = 0; i < COUNT; i++)
      x[i] = ranges[r].from + width * ((float)i / (float)(COUNT - 1));
    f(COUNT, x, y);
    for (int i = 0; i < COUNT; i++) {
      double error = ulps(y[i], exact((double)x[i]));
      if (!(error <= most)) fail_msg("%s(%.9g): %g ulp", name, (double)x[i], error);
    }
  }
}

static void check_accuracy(const dpb__vec *v) {
  check_function("sigmoid", v->sigmoid, sigmoid_in_double, 2.5);
  check_function("tanh", v->tanh, tanh, 3.0);
}

static void test_accuracy(void **state) {
  (void)state;
  for_each_table(check_accuracy);
}

static void check_special(const dpb__vec *v) {
  const float x[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, FLT_MAX, -FLT_MAX, 1e-45f};
  const float sigmoid[] = {0.5f, 0.5f, 1.0f, 0.0f, NAN, 1.0f, 0.0f, 0.5f};
  const float tangent[] = {0.0f, -0.0f, 1.0f, -1.0f, NAN, 1.0f, -1.0f, 1e-45f};
  float a[8], b[8];
  v->sigmoid(8, x, a);
  v->tanh(8, x, b);
  for (int i = 0; i < 8; i++) {
    assert_true(isnan(sigmoid[i]) ? isnan(a[i]) : bits_of(a[i]) == bits_of(sigmoid[i]));
    assert_true(isnan(tangent[i]) ? isnan(b[i]) : bits_of(b[i]) == bits_of(tangent[i]));
  }
}

static void test_special_values(void **state) {
  (void)state;
  for_each_table(check_special);
}

/* Where exp(x) is no normal number any more, the result is 0, and not a moment before. */
static void check_underflow(const dpb__vec *v) {
  float x[] = {-87.33654f, -87.33655f, -95.0f, -104.0f, -FLT_MAX}, y[5];
  assert_true(exp((double)x[0]) > (double)FLT_MIN);
  assert_true(exp((double)x[1]) < (double)FLT_MIN);
  v->sigmoid(5, x, y);
  assert_true(ulps(y[0], exp((double)x[0])) <= 1.0);
  for (int i = 1; i < 5; i++) assert_true(bits_of(y[i]) == 0);
  float row[] = {0.0f, -87.0f, -88.0f, -INFINITY}, p[4];
  v->softmax(4, row, p);
  assert_true(p[0] == 1.0f && ulps(p[1], exp(-87.0)) <= 2.0);
  assert_true(bits_of(p[2]) == 0 && bits_of(p[3]) == 0);
}

static void test_underflow(void **state) {
  (void)state;
  for_each_table(check_underflow);
}

static void check_monotonous_at_the_sides(const dpb__vec *v) {
  float x[400], y[400];
  for (int i = 0; i < 400; i++) x[i] = -100.0f + 0.5f * (float)i;
  v->sigmoid(400, x, y);
  for (int i = 1; i < 400; i++) assert_true(y[i] >= y[i - 1]);
  v->tanh(400, x, y);
  for (int i = 1; i < 400; i++) assert_true(y[i] >= y[i - 1]);
  assert_true(y[0] == -1.0f && y[399] == 1.0f);
}

static void test_monotonous(void **state) {
  (void)state;
  for_each_table(check_monotonous_at_the_sides);
}

enum { CLASSES = 1000 };

static void check_softmax_row(const dpb__vec *v, size_t n, float shift, float spread) {
  float x[CLASSES] = {0}, y[CLASSES];
  fill_numbers(n, x, (uint32_t)n + 1);
  double max = -HUGE_VAL, sum = 0.0, total = 0.0;
  for (size_t i = 0; i < n; i++) {
    x[i] = x[i] * spread + shift;
    if ((double)x[i] > max) max = (double)x[i];
  }
  for (size_t i = 0; i < n; i++) sum += exp((double)x[i] - max);
  double log_sum = v->softmax(n, x, y);
  assert_true(fabs(log_sum - (max + log(sum))) <= 2e-7);
  for (size_t i = 0; i < n; i++) {
    double want = exp((double)x[i] - max) / sum;
    if (!(ulps(y[i], want) <= 5.0))
      fail_msg("softmax of %zu, element %zu: %g, not %g", n, i, (double)y[i], want);
    total += (double)y[i];
  }
  assert_true(fabs(total - 1.0) <= 3e-7);
}

static void check_softmax(const dpb__vec *v) {
  for (size_t n = 1; n <= 70; n++) {
    check_softmax_row(v, n, 0.0f, 1.0f);
    check_softmax_row(v, n, 8192.0f, 1.0f);
    check_softmax_row(v, n, -1000.0f, 20.0f);
  }
  check_softmax_row(v, CLASSES, 0.0f, 1.0f);
}

static void test_softmax(void **state) {
  (void)state;
  for_each_table(check_softmax);
}

/* A class that is certain: its loss, log_sum - x, keeps the part that a float sum of the
 * exponentials would lose. */
static void check_certain(const dpb__vec *v) {
  const float x[] = {20.0f, 0.0f, -INFINITY};
  float y[3];
  double loss = v->softmax(3, x, y) - 20.0;
  assert_true(fabs(loss - exp(-20.0)) <= 1e-6 * exp(-20.0) + 4e-15);
  assert_true(y[0] == 1.0f && y[2] == 0.0f);
}

static void check_softmax_at_an_edge(const dpb__vec *v) {
  for (size_t n = 1; n <= 40; n++) {
    edge in = edge_make(n * sizeof(float)), out = edge_make(n * sizeof(float));
    float x[40], y[40];
    fill_numbers(n, x, 2);
    memcpy(in.at, x, n * sizeof(float));
    double there = v->softmax(n, in.at, out.at), here = v->softmax(n, x, y);
    assert_true(there == here);
    assert_true(same_bits(n, out.at, y));
    v->softmax(n, in.at, in.at);
    assert_true(same_bits(n, in.at, y));
    edge_free(in);
    edge_free(out);
  }
}

static void check_softmax_of_bad(const dpb__vec *v) {
  static const float bad[] = {NAN, INFINITY};
  for (int b = 0; b < 2; b++) {
    for (size_t at = 0; at < 20; at++) {
      float x[20] = {0}, y[20];
      x[at] = bad[b];
      assert_true(isnan(v->softmax(20, x, y)));
      for (int i = 0; i < 20; i++) assert_true(isnan(y[i]));
    }
  }
  assert_true(v->softmax(0, NULL, NULL) == -HUGE_VAL);
}

static void test_softmax_edges(void **state) {
  (void)state;
  for_each_table(check_certain);
  for_each_table(check_softmax_at_an_edge);
  for_each_table(check_softmax_of_bad);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accuracy),  cmocka_unit_test(test_special_values),
      cmocka_unit_test(test_underflow), cmocka_unit_test(test_monotonous),
      cmocka_unit_test(test_softmax),   cmocka_unit_test(test_softmax_edges),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
