/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>

#include "byte_order.h"
#include "file/npy_convert.h"
#include "file_fixture.h"

/* All of bytes at once. */
static dpb_status convert(const dpb__npy *npy, const void *bytes, float *floats,
                          int64_t *ints) {
  dpb__npy_target target = {.name = "x", .npy = npy, .floats = floats, .ints = ints};
  dpb_status status = dpb__npy_begin(&target);
  if (status == DPB_OK) status = dpb__npy_take(&target, bytes, npy->count);
  return status;
}

static dpb__npy vector(char kind, size_t item, size_t count) {
  return (dpb__npy){.kind = kind,
                    .rank = 1,
                    .dim = {count},
                    .item = item,
                    .count = count,
                    .bytes = count * item};
}

/* The same of numbers that this CPU has: at most two. */
static dpb_status convert_own(const dpb__npy *npy, const void *numbers, float *floats,
                              int64_t *ints) {
  uint8_t bytes[16];
  memcpy(bytes, numbers, npy->bytes);
  little_endian(bytes, npy->item, npy->bytes);
  return convert(npy, bytes, floats, ints);
}

/* Every binary16 number, by its definition: (-1)^s 2^(e-15) (1 + f/1024). */
static void halves(void **state) {
  (void)state;
  const dpb__npy npy = vector('f', 2, 1);
  for (unsigned bits = 0; bits < 0x10000; bits++) {
    const uint8_t bytes[] = {(uint8_t)bits, (uint8_t)(bits >> 8)};
    float got;
    assert_ok(convert(&npy, bytes, &got, NULL));
    unsigned e = bits >> 10 & 31, f = bits & 1023;
    double expected =
        e == 0 ? f / 1024.0 * pow(2, -14) : (1.0 + f / 1024.0) * pow(2, (double)e - 15.0);
    if (e == 31) {
      assert_true(f == 0 ? isinf(got) : isnan(got));
    } else {
      assert_true((double)fabsf(got) == expected);
    }
    if (e != 31 || f == 0) assert_int_equal(signbit(got) != 0, bits >> 15);
  }
}

static void both_byte_orders(void **state) {
  (void)state;
  dpb__npy npy = vector('u', 4, 2);
  const uint8_t bytes[] = {1, 2, 3, 4, 0, 0, 0, 255};
  int64_t got[2];
  assert_ok(convert(&npy, bytes, NULL, got));
  assert_int_equal(got[0], 0x04030201);
  assert_int_equal(got[1], 0xff000000);
  npy.big_endian = true;
  assert_ok(convert(&npy, bytes, NULL, got));
  assert_int_equal(got[0], 0x01020304);
  assert_int_equal(got[1], 255);
  npy.kind = 'i';
  const uint8_t minus[] = {0xff, 0xff, 0xff, 0xfe, 0x80, 0, 0, 0};
  assert_ok(convert(&npy, minus, NULL, got));
  assert_int_equal(got[0], -2);
  assert_true(got[1] == -2147483648LL);
}

static void signed_extremes(void **state) {
  (void)state;
  for (size_t item = 1; item <= 8; item *= 2) {
    dpb__npy npy = vector('i', item, 2);
    uint8_t bytes[16] = {0};
    memset(bytes + item, 0xff, item);
    bytes[item - 1] = 0x80;     /* the least */
    bytes[2 * item - 1] = 0x7f; /* the greatest */
    int64_t got[2];
    float floats[2];
    assert_ok(convert(&npy, bytes, NULL, got));
    assert_ok(convert(&npy, bytes, floats, NULL));
    assert_true(got[0] == INT64_MIN >> (64 - 8 * item));
    assert_true(got[1] == INT64_MAX >> (64 - 8 * item));
    assert_true(floats[0] == (float)got[0] && floats[1] == (float)got[1]);
  }
}

/* In Fortran order the first index counts fastest: the value is where NumPy puts it. */
static void fortran_order(void **state) {
  (void)state;
  enum { A = 2, B = 3, C = 4 };
  const dpb__npy npy = {.kind = 'u',
                        .fortran = true,
                        .rank = 3,
                        .dim = {A, B, C},
                        .item = 1,
                        .count = A * B * C,
                        .bytes = A * B * C};
  uint8_t bytes[A * B * C];
  for (int a = 0; a < A; a++)
    for (int b = 0; b < B; b++)
      for (int c = 0; c < C; c++)
        bytes[a + A * (b + B * c)] = (uint8_t)(100 * a + 10 * b + c);
  float got[A * B * C];
  dpb__npy_target target = {.name = "x", .npy = &npy, .floats = got};
  assert_ok(dpb__npy_begin(&target));
  for (size_t at = 0; at < sizeof bytes; at += 5) { /* in pieces */
    size_t n = sizeof bytes - at < 5 ? sizeof bytes - at : 5;
    assert_ok(dpb__npy_take(&target, bytes + at, n));
  }
  for (int a = 0; a < A; a++)
    for (int b = 0; b < B; b++)
      for (int c = 0; c < C; c++)
        assert_true(got[(a * B + b) * C + c] == (float)(100 * a + 10 * b + c));
}

static void doubles_must_fit(void **state) {
  (void)state;
  const dpb__npy npy = vector('f', 8, 2);
  const double fits[] = {(double)FLT_MAX, -1e-300}, large[] = {0.0, -3.5e38},
               special[] = {(double)NAN, -(double)INFINITY};
  float got[2];
  int64_t ints[2];
  assert_ok(convert_own(&npy, fits, got, NULL));
  assert_true(got[0] == FLT_MAX && got[1] == 0.0f);
  assert_ok(convert_own(&npy, special, got, NULL));
  assert_true(isnan(got[0]) && isinf(got[1]));
  assert_fails(convert_own(&npy, large, got, NULL), DPB_ERR_DATA,
               "x: number 1 is -3.5e+38, which float32 cannot hold");
  assert_fails(convert_own(&npy, special, NULL, ints), DPB_ERR_DATA, "nan");

  const double whole[] = {-0x1p63, 0x1p62}, half[] = {1.0, 0.5}, above[] = {1.0, 0x1p63};
  assert_ok(convert_own(&npy, whole, NULL, ints));
  assert_true(ints[0] == INT64_MIN && ints[1] == INT64_MAX / 2 + 1);
  assert_fails(convert_own(&npy, half, NULL, ints), DPB_ERR_DATA, "number 1 is 0.5");
  assert_fails(convert_own(&npy, above, NULL, ints), DPB_ERR_DATA, "number 1 is 9.22");
}

static void unsigned_must_fit(void **state) {
  (void)state;
  const dpb__npy npy = vector('u', 8, 1);
  const uint64_t most = INT64_MAX, above = most + 1;
  int64_t got;
  float f;
  assert_ok(convert_own(&npy, &most, NULL, &got));
  assert_true(got == INT64_MAX);
  assert_fails(convert_own(&npy, &above, NULL, &got), DPB_ERR_DATA, "cannot hold");
  assert_ok(convert_own(&npy, &above, &f, NULL));
  assert_true(f == 0x1p63f);
}

static void bools_and_text(void **state) {
  (void)state;
  dpb__npy npy = vector('b', 1, 2);
  const uint8_t bytes[] = {0, 1};
  float floats[2];
  int64_t ints[2];
  assert_ok(convert(&npy, bytes, floats, NULL));
  assert_true(floats[0] == 0.0f && floats[1] == 1.0f);
  assert_ok(convert(&npy, bytes, NULL, ints));
  assert_true(ints[0] == 0 && ints[1] == 1);
  npy.kind = 'U';
  assert_fails(convert(&npy, bytes, floats, NULL), DPB_ERR_UNSUPPORTED, "is text");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(halves),           cmocka_unit_test(both_byte_orders),
      cmocka_unit_test(signed_extremes),  cmocka_unit_test(fortran_order),
      cmocka_unit_test(doubles_must_fit), cmocka_unit_test(unsigned_must_fit),
      cmocka_unit_test(bools_and_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
