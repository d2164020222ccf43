/* SPDX-License-Identifier: MIT
 *
 * A host with threads of its own: OpenMP regions inside and beside which the library is
 * used, OpenBLAS on several threads for the host's own products. Results have the bits of
 * a plain host, and the host's settings are what they were.
 */
#include <omp.h>
#include <stdlib.h>

#include "errands_parts.h"

#include <cmocka.h>

void openblas_set_num_threads(int threads);
int openblas_get_num_threads(void);

static uint64_t plain[64];

static int set_up(void **state) {
  (void)state;
  setenv("DEEPBLAS_SAMPLE_DIR", DEEPBLAS_SAMPLE, 1);
  return errands_begin() || errands_run_plain(plain);
}

static int tear_down(void **state) {
  (void)state;
  errands_end();
  return 0;
}

/* Errands that write no files: "train affine", "train conv", "train batch norm". */
static int train(int i) {
  uint64_t sum = 1;
  return errands[i % 3].run(&sum) != 0 || sum != plain[i % 3];
}

static void test_inside_a_region(void **state) {
  (void)state;
  int wrong = 0, threads = 0;
  omp_set_dynamic(0);
#pragma omp parallel num_threads(4) reduction(+ : wrong, threads)
  {
    threads++;
    for (int i = 0; i < 6; i++) wrong += train(omp_get_thread_num() + i);
  }
  assert_int_equal(threads, 4);
  assert_int_equal(wrong, 0);
}

static void test_beside_regions(void **state) {
  (void)state;
  omp_set_num_threads(3);
  int wrong = 0;
  double sum = 0;
  for (int i = 0; i < 6; i++) {
#pragma omp parallel for reduction(+ : sum)
    for (int j = 0; j < 100000; j++) sum += j;
    wrong += train(i);
    wrong += omp_get_max_threads() != 3;
  }
  assert_int_equal(wrong, 0);
  assert_true(sum > 2.9e10 && sum < 3.1e10);
}

static void test_hosts_setting_of_openblas(void **state) {
  (void)state;
  openblas_set_num_threads(2);
  omp_set_num_threads(2);
  const int before = openblas_get_num_threads();
  int wrong = 0;
  for (int i = 0; i < 3; i++) wrong += train(i);
  assert_int_equal(openblas_get_num_threads(), before);
#pragma omp parallel num_threads(4) reduction(+ : wrong)
  for (int i = 0; i < 3; i++) wrong += train(omp_get_thread_num() + i);
  assert_int_equal(openblas_get_num_threads(), before);
  assert_int_equal(wrong, 0);
  dpb_blas_info info;
  dpb_blas_get_info(&info);
  assert_int_equal(info.threads, info.threading == DPB_BLAS_SERIAL ? 1 : 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_inside_a_region),
                                     cmocka_unit_test(test_beside_regions),
                                     cmocka_unit_test(test_hosts_setting_of_openblas)};
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
