/* SPDX-License-Identifier: MIT
 *
 * Small whole numbers: sums of their products are exact in any order, so that results
 * must be equal.
 */
#ifndef TEST_WHOLE_NUMBERS_H
#define TEST_WHOLE_NUMBERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* count of them (and one), -3 to 4; freed by the caller. */
static inline float *whole_numbers(size_t count, uint32_t seed) {
  float *x = malloc((count + 1) * sizeof *x);
  assert_non_null(x);
  for (size_t i = 0; i <= count; i++) {
    seed = seed * 1664525u + 1013904223u;
    x[i] = (float)(int)(seed >> 24) / 32.0f;
    x[i] = (float)(int)x[i] - 3.0f;
  }
  return x;
}

#endif
