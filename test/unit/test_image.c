/* SPDX-License-Identifier: MIT
 *
 * Image kernels: every table against plain loops, for channels around the vector width,
 * and nothing written beside the result.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simd/image.h"
#include "simd/vec.h"

static const char *const names[] = {"generic", "avx2", "avx512"};
static const size_t widths[] = {1, 2, 3, 4, 5, 8, 15, 16, 17, 30, 32, 47, 64};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Guarded by NaNs behind each array of this many floats. */
enum { ROOM = 64 * 64 * 4 };
static float source[ROOM];
static float expected[ROOM];
static float result[ROOM];
static uint8_t which[ROOM];
static uint8_t expected_which[ROOM];

static void prepare(void) {
  for (size_t i = 0; i < ROOM; i++) {
    source[i] = (float)((i * 7919u) % 211u) - 100.0f;
    expected[i] = result[i] = (float)(i % 13u);
  }
}

static void compare(void) {
  assert_memory_equal(result, expected, sizeof result);
}

static void check_moves(const dpb__image *table, size_t c) {
  prepare();
  for (size_t r = 0; r < 5; r++)
    for (size_t i = 0; i < c; i++) expected[r * 70 + i] = source[r * 3 + i];
  table->copy_runs(5, c, source, 3, result, 70);
  compare();
  prepare();
  for (size_t r = 0; r < 5; r++)
    for (size_t i = 0; i < c; i++) expected[r * 2 + i] += source[r * 70 + i];
  table->add_runs(5, c, source, 70, result, 2);
  compare();
  for (size_t pixels = 1; pixels < 40; pixels += 1 + pixels % 5) {
    prepare();
    for (size_t p = 0; p < pixels; p++)
      for (size_t i = 0; i < c; i++) expected[i * 41 + p] = source[p * (c + 1) + i];
    table->to_planes(pixels, c, source, c + 1, result, 41);
    compare();
  }
}

/* b: NULL, or what is added to each maximum. */
static void check_pool(const dpb__image *table, size_t c, const float *b, bool relu) {
  const size_t row = 20 * c;
  const size_t offset[4] = {0, c, row, row + c};
  const uint8_t number[4] = {3, 4, 8, 9};
  const dpb__taps taps = {4, offset, number, b, relu};
  prepare();
  source[2 * c] = source[2 * c + row]; /* a tie */
  source[4 * c + c - 1] = NAN;         /* first tap of place 2, last channel */
  source[6 * c + row] = NAN;
  for (size_t t = 0; t < 4; t++) source[8 * c + offset[t]] = -0.0f;
  memset(which, 77, sizeof which);
  memset(expected_which, 77, sizeof expected_which);
  for (size_t p = 0; p < 7; p++) {
    for (size_t i = 0; i < c; i++) {
      int best = 0;
      for (int t = 1; t < 4; t++) {
        const float v = source[p * 2 * c + offset[t] + i];
        const float u = source[p * 2 * c + offset[best] + i];
        if (!isnan(u) && (isnan(v) || v > u)) best = t;
      }
      float most = source[p * 2 * c + offset[best] + i];
      if (b) most += b[i];
      const bool none = relu && !(most > 0.0f);
      expected[p * c + i] = none && !isnan(most) ? 0.0f : most;
      expected_which[p * c + i] = none ? DPB__NO_TAP : number[best];
    }
  }
  table->max_pool(7, c, &taps, source, 2 * c, result, which);
  compare();
  assert_memory_equal(which, expected_which, sizeof which);
  prepare();
  memcpy(expected, result, sizeof result);
  table->max_pool(7, c, &taps, source, 2 * c, result, NULL);
  table->max_pool(7, c, &taps, source, 2 * c, expected, which);
  compare();
}

static void check_pool_gradient(const dpb__image *table, size_t c) {
  const size_t row = 20 * c;
  const size_t offset[4] = {0, c, row, row + c};
  const uint8_t number[4] = {0, 1, 2, 3};
  const dpb__taps taps = {4, offset, number, NULL, false};
  for (size_t i = 0; i < ROOM; i++) which[i] = (uint8_t)(i * 31 / 7 % 4);
  for (int overlap = 0; overlap < 2; overlap++) {
    const size_t step = overlap ? c : 2 * c;
    prepare();
    for (size_t p = 0; p < 7; p++)
      for (size_t t = 0; t < 4; t++)
        for (size_t i = 0; i < c; i++) {
          const float d = which[p * c + i] == number[t] ? source[p * c + i] : 0.0f;
          float *to = &expected[p * step + offset[t] + i];
          *to = overlap ? *to + d : d;
        }
    (overlap ? table->max_pool_gradient : table->max_pool_scatter)(7, c, &taps, source,
                                                                   which, result, step);
    compare();
  }
}

static void test_tables_agree_with_plain_loops(void **state) {
  (void)state;
  int tables = 0;
  float bias[64];
  for (size_t i = 0; i < COUNT(bias); i++) bias[i] = (float)i * 5.0f - 90.0f;
  for (size_t i = 0; i < COUNT(names); i++) {
    const dpb__image *table = dpb__image_find(names[i]);
    if (!table) continue;
    tables++;
    assert_string_equal(table->name, names[i]);
    for (size_t w = 0; w < COUNT(widths); w++) {
      check_moves(table, widths[w]);
      for (int relu = 0; relu < 2; relu++) {
        check_pool(table, widths[w], NULL, relu);
        check_pool(table, widths[w], bias, relu);
      }
      check_pool_gradient(table, widths[w]);
    }
  }
  assert_true(tables >= 1);
}

static void test_the_table_goes_with_the_vector_kernels(void **state) {
  (void)state;
  assert_string_equal(dpb__image_get()->name, dpb__vec_get()->name);
  assert_null(dpb__image_find("abacus"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tables_agree_with_plain_loops),
      cmocka_unit_test(test_the_table_goes_with_the_vector_kernels),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
