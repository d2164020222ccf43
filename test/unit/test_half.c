/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "half.h"

/* What a half is, by its definition. */
static double defined(uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 0x3ff;
  const double sign = half & 0x8000 ? -1 : 1;
  if (exponent == 31) return fraction ? (double)NAN : sign * (double)INFINITY;
  if (exponent == 0) return sign * ldexp(fraction, -24);
  return sign * ldexp(1024 + fraction, exponent - 25);
}

static void test_every_half(void **state) {
  (void)state;
  for (int h = 0; h < 65536; h++) {
    const uint16_t half = (uint16_t)h;
    const double wanted = defined(half);
    const float value = half_to_float(half);
    if (isnan(wanted)) {
      assert_true(isnan(value));
      assert_int_equal(half_from_float(value) & 0x7e00, 0x7e00);
      continue;
    }
    assert_true((double)value == wanted);
    assert_int_equal(signbit(value) != 0, half >> 15);
    assert_int_equal(half_from_float(value), half);
  }
}

/* Between every two neighbours: nearer ones win, of equals the even. */
static void test_rounding(void **state) {
  (void)state;
  for (int h = 0; h < 0x7bff; h++) {
    const double low = defined((uint16_t)h), high = defined((uint16_t)(h + 1));
    const float middle = (float)((low + high) / 2); /* exact */
    const int even = h % 2 == 0 ? h : h + 1;
    assert_int_equal(half_from_float(middle), even);
    assert_int_equal(half_from_float(nextafterf(middle, 0.0f)), h);
    assert_int_equal(half_from_float(nextafterf(middle, INFINITY)), h + 1);
    assert_int_equal(half_from_float(-middle), even | 0x8000);
  }
}

static void test_ends(void **state) {
  (void)state;
  assert_int_equal(half_from_float(65504.0f), 0x7bff);
  assert_int_equal(half_from_float(nextafterf(65520.0f, 0.0f)), 0x7bff);
  assert_int_equal(half_from_float(65520.0f), 0x7c00);
  assert_int_equal(half_from_float(1e30f), 0x7c00);
  assert_int_equal(half_from_float(-INFINITY), 0xfc00);
  assert_int_equal(half_from_float(0x1p-25f), 0);
  assert_int_equal(half_from_float(nextafterf(0x1p-25f, 1.0f)), 1);
  assert_int_equal(half_from_float(1e-40f), 0);
  assert_int_equal(half_from_float(-0.0f), 0x8000);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_half),
                                     cmocka_unit_test(test_rounding),
                                     cmocka_unit_test(test_ends)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
