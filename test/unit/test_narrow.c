/* SPDX-License-Identifier: MIT
 *
 * Products without packing against plain loops: whole numbers, so that sums are exact in
 * any order; nothing is written beside C.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "math/narrow.h"
#include "math/vec.h"
#include "whole_numbers.h"

enum { GAP = 5 }; /* floats between rows */

static void check(const dpb__narrow *kernels, bool transposed, int m, int n, int k,
                  bool add) {
  const int lda = (transposed ? m : k) + GAP, ldb = n + GAP, ldc = n + GAP;
  const size_t c_count = (size_t)(m * ldc);
  float *a = whole_numbers((size_t)((transposed ? k : m) * lda), 1);
  float *b = whole_numbers((size_t)(k * ldb), 2);
  float *c = whole_numbers(c_count, 3), *expected = whole_numbers(c_count, 3);
  for (int i = 0; i < m; i++)
    for (int j = 0; j < n; j++) {
      float sum = add ? expected[i * ldc + j] : 0.0f;
      for (int p = 0; p < k; p++)
        sum += a[transposed ? p * lda + i : i * lda + p] * b[p * ldb + j];
      expected[i * ldc + j] = sum;
    }
  (transposed ? kernels->transposed : kernels->plain)(m, n, k, a, lda, b, ldb, add, c,
                                                      ldc);
  if (memcmp(c, expected, c_count * sizeof *c) != 0)
    fail_msg("%s %d x %d x %d%s", transposed ? "A^T B" : "A B", m, n, k,
             add ? ", added" : "");
  free(a);
  free(b);
  free(c);
  free(expected);
}

static void test_products(void **state) {
  (void)state;
  const dpb__narrow *kernels = dpb__narrow_for("Haswell");
  if (!kernels) skip();
  const int depths[] = {1, 2, 31, 32, 33, 64, 100};
  for (int m = 1; m <= 27; m++)
    for (int n = 16; n <= 64; n += 16)
      for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++)
        for (int how = 0; how < 4; how++)
          check(kernels, how & 1, m, n, depths[d], how & 2);
}

/* What was in C, a NaN included, does not matter where it is written. */
static void test_writes(void **state) {
  (void)state;
  const dpb__narrow *kernels = dpb__narrow_for("Zen");
  if (!kernels) skip();
  float a[8], b[16], c[16];
  for (int i = 0; i < 8; i++) a[i] = 1.0f;
  for (int i = 0; i < 16; i++) b[i] = (float)i;
  memset(c, 0xff, sizeof c);
  kernels->plain(1, 16, 1, a, 8, b, 16, false, c, 16);
  assert_memory_equal(c, b, sizeof c);
  memset(c, 0xff, sizeof c);
  kernels->transposed(1, 16, 1, a, 8, b, 16, false, c, 16);
  assert_memory_equal(c, b, sizeof c);
}

static void test_when_they_are_used(void **state) {
  (void)state;
  assert_null(dpb__narrow_for("Cooperlake"));
  assert_null(dpb__narrow_for("SkylakeX"));
  assert_null(dpb__narrow_for("Sandybridge"));
  assert_null(dpb__narrow_for("ARMV8"));
  if (strcmp(dpb__vec_get()->name, "generic") == 0)
    assert_null(dpb__narrow_for("Haswell"));
  const struct {
    dpb__transpose a, b;
    int m, n, k;
    bool pays;
  } sizes[] = {
      {DPB__PLAIN, DPB__PLAIN, 224, 64, 64, true},
      {DPB__PLAIN, DPB__PLAIN, 224, 64, 128, true},
      {DPB__PLAIN, DPB__PLAIN, 224, 64, 129, false},
      {DPB__PLAIN, DPB__PLAIN, 224, 63, 64, false},
      {DPB__PLAIN, DPB__PLAIN, 224, 128, 64, true},
      {DPB__PLAIN, DPB__PLAIN, 224, 144, 40, false},
      {DPB__PLAIN, DPB__PLAIN, 224, 16, 31, false},
      {DPB__PLAIN, DPB__PLAIN, 224, 16, 32, true},
      {DPB__PLAIN, DPB__TRANSPOSED, 224, 64, 64, false},
      {DPB__TRANSPOSED, DPB__PLAIN, 128, 128, 784, true},
      {DPB__TRANSPOSED, DPB__PLAIN, 129, 128, 784, false},
      {DPB__TRANSPOSED, DPB__PLAIN, 64, 64, 1 << 20, true},
      {DPB__TRANSPOSED, DPB__TRANSPOSED, 64, 64, 64, false},
  };
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    if (dpb__narrow_pays(sizes[i].a, sizes[i].b, sizes[i].m, sizes[i].n, sizes[i].k) !=
        sizes[i].pays)
      fail_msg("size %zu", i);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_products),
      cmocka_unit_test(test_writes),
      cmocka_unit_test(test_when_they_are_used),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
