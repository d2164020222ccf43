/* SPDX-License-Identifier: MIT
 *
 * Cholesky's factor and the systems solved with it, against a factor that is known.
 */
#include "search_fixture.h"

#include "blas/lapack.h"

enum { N = 70 }; /* more than a block of OpenBLAS's own */

/* Lower triangle in columns; what is above it must not matter. */
static void known_factor(double *l) {
  for (int j = 0; j < N; j++)
    for (int i = 0; i < N; i++)
      l[i + j * N] = i < j ? 0.0 : i == j ? 2.0 + 0.1 * i : sin(i * 7.0 + j);
}

static void multiply(const double *l, double *a) {
  for (int j = 0; j < N; j++)
    for (int i = 0; i < N; i++) {
      double sum = 0;
      for (int k = 0; k < N; k++) sum += l[i + k * N] * l[j + k * N];
      a[i + j * N] = i >= j ? sum : (double)NAN;
    }
}

static void test_factor(void **state) {
  (void)state;
  static double l[N * N], a[N * N];
  known_factor(l);
  multiply(l, a);
  assert_int_equal(dpb__cholesky(N, a), 0);
  for (int j = 0; j < N; j++)
    for (int i = j; i < N; i++) assert_near(a[i + j * N], l[i + j * N], 1e-9);
}

static void test_solving(void **state) {
  (void)state;
  static double l[N * N], b[2 * N], lower[2 * N];
  known_factor(l);
  for (int i = 0; i < 2 * N; i++) lower[i] = b[i] = cos(i);
  dpb__cholesky_solve_lower(N, 2, l, lower);
  for (int c = 0; c < 2; c++)
    for (int i = 0; i < N; i++) {
      double sum = 0;
      for (int k = 0; k <= i; k++) sum += l[i + k * N] * lower[c * N + k];
      assert_near(sum, b[c * N + i], 1e-6);
    }
  double small[4] = {2, 1, (double)NAN, 3}; /* L = {2 0; 1 3}, A = {4 2; 2 10} */
  double x[2] = {8, 22};
  dpb__cholesky_solve(2, 1, small, x);
  assert_near(x[0], 1.0, 1e-14);
  assert_near(x[1], 2.0, 1e-14);
}

static void test_not_positive(void **state) {
  (void)state;
  double singular[4] = {1, 1, 1, 1};
  assert_int_equal(dpb__cholesky(2, singular), 2);
  double negative[1] = {-1};
  assert_int_equal(dpb__cholesky(1, negative), 1);
  double nan[4] = {1, (double)NAN, 0, 1};
  assert_int_equal(dpb__cholesky(2, nan), 2);
  double all_nan[N * N];
  for (int n = 1; n <= N; n += 23) { /* kernels of small and of large matrices */
    for (int i = 0; i < N * N; i++) all_nan[i] = (double)NAN;
    assert_int_equal(dpb__cholesky(n, all_nan), 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_factor),
      cmocka_unit_test(test_solving),
      cmocka_unit_test(test_not_positive),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
