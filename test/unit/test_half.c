/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include <deepblas/half.h>

static uint16_t half_from_float(float value) {
  uint16_t half = 0x5555;
  assert_int_equal(dpb_half_from_floats(1, &value, &half), DPB_OK);
  return half;
}

static float half_to_float(uint16_t half) {
  float value = 0.5f;
  assert_int_equal(dpb_half_to_floats(1, &half, &value), DPB_OK);
  return value;
}

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

static void test_arrays(void **state) {
  (void)state;
  const float values[] = {1, -2, 1.0f / 3.0f, 0, 7};
  uint16_t halfs[] = {9, 9, 9, 9, 9};
  float back[] = {5, 5, 5, 5, 5};
  assert_int_equal(dpb_half_from_floats(4, values, halfs), DPB_OK);
  assert_int_equal(halfs[0], 0x3c00);
  assert_int_equal(halfs[1], 0xc000);
  assert_int_equal(halfs[2], 0x3555);
  assert_int_equal(halfs[3], 0);
  assert_int_equal(halfs[4], 9);
  assert_int_equal(dpb_half_to_floats(4, halfs, back), DPB_OK);
  assert_true(back[1] == -2 && back[2] == 0.333251953125f && back[4] == 5);
  assert_int_equal(dpb_half_from_floats(0, values, halfs), DPB_OK);
  assert_int_equal(halfs[0], 0x3c00);
}

static void test_null(void **state) {
  (void)state;
  float value = 1;
  uint16_t half = 1;
  assert_int_equal(dpb_half_from_floats(1, NULL, &half), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "half: values is NULL");
  assert_int_equal(dpb_half_from_floats(1, &value, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_half_to_floats(1, NULL, &value), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "half: halfs is NULL");
  assert_int_equal(dpb_half_to_floats(1, &half, NULL), DPB_ERR_ARG);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_half), cmocka_unit_test(test_rounding),
      cmocka_unit_test(test_ends), cmocka_unit_test(test_arrays),
      cmocka_unit_test(test_null)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
