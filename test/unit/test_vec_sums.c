/* SPDX-License-Identifier: MIT
 *
 * The vector kernels for sums and multiples of gradients: values to the bit, sums of
 * squares against plain double loops, no byte touched beside the array.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "vec_fixture.h"

enum { LONGEST = 83 }; /* five AVX-512 vectors and a rest */

/* n floats that end at forbidden memory, behind a sentinel. */
static edge made(size_t n, uint32_t seed, float **x) {
  const edge e = edge_make((n + 1) * sizeof(float));
  float *sentinel = e.at;
  *sentinel = 4711.0f;
  *x = sentinel + 1;
  fill_numbers(n, *x, seed);
  return e;
}

static void check_multiples(const dpb__vec *v) {
  float x[LONGEST], y[LONGEST];
  fill_numbers(LONGEST, x, 1);
  fill_numbers(LONGEST, y, 2);
  for (size_t n = 0; n <= LONGEST; n++) {
    float *at_x, *at_y;
    const edge edge_x = made(n, 1, &at_x), edge_y = made(n, 2, &at_y);
    v->add_scaled(n, 0.3f, at_x, at_y);
    assert_true(same_bits(n, at_x, x));
    for (size_t i = 0; i < n; i++) /* exact products, rounded once more */
      assert_true(at_y[i] == (float)((double)y[i] + (double)(0.3f * x[i])));
    v->scale(n, -1.7f, at_x);
    for (size_t i = 0; i < n; i++) assert_true(at_x[i] == -1.7f * x[i]);
    assert_true(at_x[-1] == 4711.0f && at_y[-1] == 4711.0f);
    edge_free(edge_x);
    edge_free(edge_y);
  }
}

static void test_multiples(void **state) {
  (void)state;
  for_each_table(check_multiples);
}

static void check_squares(const dpb__vec *v) {
  for (size_t n = 0; n <= LONGEST; n++) {
    float *x;
    const edge e = made(n, 3, &x);
    double want = 0.0;
    for (size_t i = 0; i < n; i++) want += (double)x[i] * (double)x[i];
    const double got = v->sum_squares(n, x);
    if (!(fabs(got - want) <= 1e-15 * (double)LONGEST * want))
      fail_msg("table %s, %zu numbers: %.17g, not %.17g", v->name, n, got, want);
    edge_free(e);
  }
  /* neither too small nor too large for a double */
  const float ends[] = {3e38f, -3e38f, 1e-30f};
  const double want = 2.0 * (double)3e38f * (double)3e38f;
  assert_true(fabs(v->sum_squares(3, ends) / want - 1.0) < 1e-12);
  const float small = 1e-30f;
  assert_true(v->sum_squares(1, &small) == (double)small * (double)small);
  float bad[LONGEST] = {0};
  for (size_t i = 0; i < LONGEST; i++) {
    bad[i] = NAN;
    assert_true(isnan(v->sum_squares(LONGEST, bad)));
    bad[i] = -INFINITY;
    assert_true(isinf(v->sum_squares(LONGEST, bad)));
    bad[i] = 0.0f;
  }
}

static void test_squares(void **state) {
  (void)state;
  for_each_table(check_squares);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_multiples),
      cmocka_unit_test(test_squares),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
