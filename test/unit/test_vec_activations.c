/* SPDX-License-Identifier: MIT
 *
 * The kernels of leaky ReLU, ELU, softplus and GELU, every table of them, against double
 * precision: over the whole range of floats and at its ends; the same value wherever an
 * element lies; in place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "vec_fixture.h"

static const float slope = 0.01f, alpha = 1.5f;

/* The kernels with their constants; a gradient takes dy = 1. */
enum { LEAKY, ELU, SOFTPLUS, GELU, GELU_TANH, FORWARD };
enum { LONGEST = 83, COUNT = 4001 };

static void run(const dpb__vec *v, int kernel, size_t n, const float *x, float *y) {
  switch (kernel) {
  case LEAKY:
    v->leaky_relu(n, slope, x, y);
    break;
  case ELU:
    v->elu(n, alpha, x, y);
    break;
  case SOFTPLUS:
    v->softplus(n, x, y);
    break;
  case GELU:
    v->gelu(n, x, y);
    break;
  default:
    v->gelu_tanh(n, x, y);
    break;
  }
}

/* from: the input, of ELU the output. */
static void run_back(const dpb__vec *v, int kernel, size_t n, const float *from,
                     const float *dy, float *dx) {
  switch (kernel) {
  case LEAKY:
    v->leaky_relu_gradient(n, slope, from, dy, dx);
    break;
  case ELU:
    v->elu_gradient(n, alpha, from, dy, dx);
    break;
  case SOFTPLUS:
    v->softplus_gradient(n, from, dy, dx);
    break;
  case GELU:
    v->gelu_gradient(n, from, dy, dx);
    break;
  default:
    v->gelu_tanh_gradient(n, from, dy, dx);
    break;
  }
}

static double u_of(double x) {
  return sqrt(2 / acos(-1.0)) * (x + 0.044715 * x * x * x);
}

static double exact(int kernel, double x) {
  switch (kernel) {
  case LEAKY:
    return x > 0 ? x : (double)slope * x;
  case ELU:
    return x > 0 ? x : (double)alpha * expm1(x);
  case SOFTPLUS:
    return fmax(x, 0) + log1p(exp(-fabs(x)));
  case GELU:
    return 0.5 * x * erfc(-x / sqrt(2.0));
  default:
    return x / (1 + exp(-2 * u_of(x)));
  }
}

static double exact_slope(int kernel, double x) {
  const double s = 1 / (1 + exp(-2 * u_of(x))), pi = acos(-1.0);
  switch (kernel) {
  case LEAKY:
    return x > 0 ? 1 : (double)slope;
  case ELU:
    return x > 0 ? 1 : (double)alpha * exp(x);
  case SOFTPLUS:
    return 1 / (1 + exp(-x));
  case GELU:
    return 0.5 * erfc(-x / sqrt(2.0)) + x * exp(-x * x / 2) / sqrt(2 * pi);
  default:
    return s +
           x * s / (1 + exp(2 * u_of(x))) * 2 * sqrt(2 / pi) * (1 + 3 * 0.044715 * x * x);
  }
}

/* Distance in units of the last place of a float of want's size. */
static double ulps(float got, double want) {
  int exponent;
  if (!isfinite(want) || !isfinite(got)) return (double)got == want ? 0 : HUGE_VAL;
  frexp(want, &exponent);
  if (exponent < -125) exponent = -125;
  return fabs((double)got - want) / ldexp(1.0, exponent - 24);
}

/* Below these, a value may be 0: where a factor of it is below FLT_MIN. */
static double least_value(int kernel) {
  if (kernel == SOFTPLUS) return (double)FLT_MIN;
  return kernel == GELU || kernel == GELU_TANH ? 14 * (double)FLT_MIN : 0;
}

static const double most_ulps[FORWARD] = {0.51, 1.5, 3, 8, 250};

static void check_value(const dpb__vec *v, int kernel, float x, float y, float dx) {
  const double want = exact(kernel, (double)x);
  const int vanishes = fabs(want) <= least_value(kernel);
  if (!(vanishes && y == 0.0f) && !(ulps(y, want) <= most_ulps[kernel]))
    fail_msg("%s, kernel %d: %.9g becomes %.9g, %g ulp off", v->name, kernel, (double)x,
             (double)y, ulps(y, want));
  const double gradient = exact_slope(kernel, (double)x);
  if (!(fabs((double)dx - gradient) <= 2.5e-7))
    fail_msg("%s, kernel %d: the slope at %.9g is %.9g, not %.9g", v->name, kernel,
             (double)x, (double)dx, gradient);
}

static void check_accuracy(const dpb__vec *v) {
  static const float ranges[][2] = {
      {-1e-3f, 1e-3f}, {-1, 1},    {-5, 5},       {-13, 13},   {-15, -9},
      {-40, 40},       {-90, -80}, {-1e6f, 1e6f}, {0, 1e-30f}, {-1e38f, 1e38f}};
  static float x[COUNT], y[COUNT], dy[COUNT], dx[COUNT];
  for (int i = 0; i < COUNT; i++) dy[i] = 1.0f;
  for (int kernel = 0; kernel < FORWARD; kernel++)
    for (size_t r = 0; r < sizeof ranges / sizeof ranges[0]; r++) {
      for (int i = 0; i < COUNT; i++)
        x[i] = ranges[r][0] + (ranges[r][1] - ranges[r][0]) * ((float)i / (COUNT - 1));
      run(v, kernel, COUNT, x, y);
      run_back(v, kernel, COUNT, kernel == ELU ? y : x, dy, dx);
      for (int i = 0; i < COUNT; i++) check_value(v, kernel, x[i], y[i], dx[i]);
    }
}

static void test_accuracy(void **state) {
  (void)state;
  for_each_table(check_accuracy);
}

static void check_special(const dpb__vec *v) {
  const float x[] = {0.0f, -0.0f, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX, 1e-45f, NAN};
  const float want[FORWARD][7] = {
      {0, 0, INFINITY, -INFINITY, FLT_MAX, -FLT_MAX * 0.01f, 1e-45f},
      {0, 0, INFINITY, -1.5f, FLT_MAX, -1.5f, 1e-45f},
      {0.693147181f, 0.693147181f, INFINITY, 0, FLT_MAX, 0, 0.693147181f},
      {0, 0, INFINITY, 0, FLT_MAX, 0, 1e-45f},
      {0, 0, INFINITY, 0, FLT_MAX, 0, 1e-45f}};
  const float slopes[FORWARD][7] = {{slope, slope, 1, slope, 1, slope, 1},
                                    {alpha, alpha, 1, 0, 1, 0, 1},
                                    {0.5f, 0.5f, 1, 0, 1, 0, 0.5f},
                                    {0.5f, 0.5f, 1, 0, 1, 0, 0.5f},
                                    {0.5f, 0.5f, 1, 0, 1, 0, 0.5f}};
  for (int kernel = 0; kernel < FORWARD; kernel++) {
    const float dy[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    float y[8], dx[8];
    run(v, kernel, 8, x, y);
    run_back(v, kernel, 8, kernel == ELU ? y : x, dy, dx);
    for (int i = 0; i < 7; i++) {
      assert_true(y[i] == want[kernel][i]);
      assert_true(fabsf(dx[i] - slopes[kernel][i]) <= 1e-7f);
    }
    assert_true(isnan(y[7]));
    if (kernel != LEAKY) assert_true(isnan(dx[7]));
  }
}

static void test_special_values(void **state) {
  (void)state;
  for_each_table(check_special);
}

/* n elements up to forbidden memory, in place, give what each gives alone. */
static void check_places(const dpb__vec *v) {
  float x[LONGEST], dy[LONGEST], y[LONGEST], dx[LONGEST];
  fill_numbers(LONGEST, x, 3);
  fill_numbers(LONGEST, dy, 4);
  for (int kernel = 0; kernel < FORWARD; kernel++) {
    for (size_t i = 0; i < LONGEST; i++) {
      run(v, kernel, 1, x + i, y + i);
      run_back(v, kernel, 1, x + i, dy + i, dx + i);
    }
    for (size_t n = 0; n <= LONGEST; n++) {
      edge in = edge_make(n * sizeof(float)), back = edge_make(n * sizeof(float));
      memcpy(in.at, x, n * sizeof *x);
      memcpy(back.at, dy, n * sizeof *dy);
      run_back(v, kernel, n, in.at, back.at, back.at);
      run(v, kernel, n, in.at, in.at);
      assert_true(same_bits(n, in.at, y));
      assert_true(same_bits(n, back.at, dx));
      edge_free(in);
      edge_free(back);
    }
  }
}

static void test_place_does_not_matter(void **state) {
  (void)state;
  for_each_table(check_places);
}

/* Those without exp: the same bits from every table. */
static void check_same_as_generic(const dpb__vec *v) {
  const dpb__vec *generic = dpb__vec_find("generic");
  float x[LONGEST], dy[LONGEST], a[LONGEST], b[LONGEST];
  fill_numbers(LONGEST, x, 5);
  fill_numbers(LONGEST, dy, 6);
  run(v, LEAKY, LONGEST, x, a);
  run(generic, LEAKY, LONGEST, x, b);
  assert_true(same_bits(LONGEST, a, b));
  for (int kernel = LEAKY; kernel <= ELU; kernel++) {
    run_back(v, kernel, LONGEST, x, dy, a);
    run_back(generic, kernel, LONGEST, x, dy, b);
    assert_true(same_bits(LONGEST, a, b));
  }
}

static void test_tables_agree_to_the_bit(void **state) {
  (void)state;
  for_each_table(check_same_as_generic);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accuracy),
      cmocka_unit_test(test_special_values),
      cmocka_unit_test(test_place_does_not_matter),
      cmocka_unit_test(test_tables_agree_to_the_bit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
