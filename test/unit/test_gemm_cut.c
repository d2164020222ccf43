/* SPDX-License-Identifier: MIT
 *
 * The cutting of matrix products: the blocks cover the product, take the path without
 * packing, and what gains nothing is left whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "blas/gemm_cut.h"

#define PLAIN      DPB__PLAIN
#define TRANSPOSED DPB__TRANSPOSED

typedef struct shape {
  dpb__transpose ta, tb;
  int m, n, k;
} shape;

static dpb__gemm_cut choose(double limit, shape s) {
  return dpb__gemm_choose(limit, s.ta, s.tb, s.m, s.n, s.k);
}

static void check_way(double limit, shape s, dpb__gemm_way way) {
  dpb__gemm_cut cut = choose(limit, s);
  if (cut.way != way) print_error("m %d, n %d, k %d\n", s.m, s.n, s.k);
  assert_int_equal(cut.way, way);
}

static void test_small_products_go_through(void **state) {
  (void)state;
  check_way(1e6, (shape){PLAIN, PLAIN, 100, 100, 100}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){TRANSPOSED, PLAIN, 784, 50, 25}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 30, 40, 32}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 24, 50, 64}, DPB__GEMM_WHOLE); /* m n 1200 */
  check_way(1e6, (shape){PLAIN, PLAIN, 1, 10, 50}, DPB__GEMM_WHOLE);
}

static void test_large_products_are_cut(void **state) {
  (void)state;
  check_way(1e6, (shape){PLAIN, PLAIN, 101, 100, 100}, DPB__GEMM_BLOCKS);
  check_way(1e6, (shape){PLAIN, PLAIN, 100, 50, 784}, DPB__GEMM_BLOCKS);
  check_way(1e6, (shape){TRANSPOSED, PLAIN, 784, 50, 100}, DPB__GEMM_BLOCKS);
  check_way(1e6, (shape){PLAIN, PLAIN, 2000, 384, 2000}, DPB__GEMM_BLOCKS);
  check_way(1e6, (shape){TRANSPOSED, PLAIN, 2000, 192, 2000}, DPB__GEMM_BLOCKS);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 25, 256, 128}, DPB__GEMM_BLOCKS);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 24, 256, 64}, DPB__GEMM_BLOCKS);
}

static void test_what_gains_nothing_is_whole(void **state) {
  (void)state;
  check_way(1e6, (shape){PLAIN, PLAIN, 1024, 1024, 1024}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){PLAIN, PLAIN, 2000, 385, 2000}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){TRANSPOSED, PLAIN, 2000, 193, 2000}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 100, 4320, 100}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 25, 256, 127}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 24, 256, 63}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){TRANSPOSED, TRANSPOSED, 500, 500, 500}, DPB__GEMM_WHOLE);
}

static void test_vectors(void **state) {
  (void)state;
  check_way(1e6, (shape){PLAIN, PLAIN, 1, 100, 4320}, DPB__GEMM_VECTOR);
  check_way(1e6, (shape){PLAIN, PLAIN, 1, 256, 256}, DPB__GEMM_VECTOR);
  check_way(1e6, (shape){PLAIN, PLAIN, 1, 255, 256}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){PLAIN, TRANSPOSED, 1, 4320, 100}, DPB__GEMM_VECTOR);
  check_way(1e6, (shape){PLAIN, PLAIN, 4320, 1, 100}, DPB__GEMM_WHOLE);
  check_way(1e6, (shape){TRANSPOSED, PLAIN, 4320, 1, 100}, DPB__GEMM_VECTOR);
  check_way(0.0, (shape){PLAIN, PLAIN, 1, 10, 50}, DPB__GEMM_VECTOR);
  check_way(0.0, (shape){PLAIN, PLAIN, 10, 1, 50}, DPB__GEMM_VECTOR);
}

static void test_kernels_that_pack_get_it_whole(void **state) {
  (void)state;
  check_way(0.0, (shape){PLAIN, PLAIN, 100, 50, 784}, DPB__GEMM_WHOLE);
  check_way(0.0, (shape){PLAIN, PLAIN, 2, 2, 2}, DPB__GEMM_WHOLE);
  check_way(0.0, (shape){PLAIN, TRANSPOSED, 25, 256, 128}, DPB__GEMM_WHOLE);
}

static void check_block(shape s) {
  dpb__gemm_cut cut = choose(1e6, s);
  if (cut.way != DPB__GEMM_BLOCKS) return;
  assert_in_range(cut.m, 1, s.m);
  assert_in_range(cut.n, 1, s.n);
  assert_in_range(cut.k, 1, s.k);
  double area = (double)cut.m * cut.n;
  assert_true(area * cut.k <= 1e6);
  if (s.tb == PLAIN) return;
  assert_true(area <= 1200);
  /* the last piece along k has to be long enough too */
  int last = (s.k - 1) % cut.k + 1;
  assert_true(cut.k >= 32 && last >= 32);
}

static void test_blocks_take_the_path_without_packing(void **state) {
  (void)state;
  static const int sides[] = {1,   2,   3,   5,   8,    10,   24,    25,    48,    49,
                              64,  100, 127, 128, 191,  192,  193,   255,   256,   384,
                              385, 512, 784, 997, 1000, 4320, 19600, 57600, 100003};
  enum { COUNT = sizeof sides / sizeof sides[0] };
  for (int t = 0; t < 3; t++)
    for (int i = 0; i < COUNT * COUNT * COUNT; i++)
      check_block((shape){t == 1 ? TRANSPOSED : PLAIN, t == 2 ? TRANSPOSED : PLAIN,
                          sides[i % COUNT], sides[i / COUNT % COUNT],
                          sides[i / COUNT / COUNT]});
}

static void test_pieces_are_even(void **state) {
  (void)state;
  dpb__gemm_cut cut = choose(1e6, (shape){PLAIN, PLAIN, 100, 50, 784});
  assert_int_equal(cut.n, 50);
  assert_int_equal(cut.k, 262); /* 784 in three, not 327 + 327 + 130 */
  assert_int_equal(cut.m, 52);  /* at most 76 rows, so 100 in two */
  cut = choose(1e6, (shape){PLAIN, PLAIN, 512, 512, 512});
  assert_int_equal(cut.n, 128);
  assert_int_equal(cut.k, 128);
  assert_int_equal(cut.m, 60);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_small_products_go_through),
      cmocka_unit_test(test_large_products_are_cut),
      cmocka_unit_test(test_what_gains_nothing_is_whole),
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_kernels_that_pack_get_it_whole),
      cmocka_unit_test(test_blocks_take_the_path_without_packing),
      cmocka_unit_test(test_pieces_are_even),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
