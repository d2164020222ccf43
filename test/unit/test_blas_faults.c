/* SPDX-License-Identifier: MIT
 *
 * Which versions and builds of OpenBLAS are warned of, and of what.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "blas/blas_faults.h"

#define PTHREAD(version)                                                                 \
  "OpenBLAS " version " NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64"
#define OPENMP(version)                                                                  \
  "OpenBLAS " version " DYNAMIC_ARCH NO_AFFINITY USE_OPENMP Haswell MAX_THREADS=64"
#define SERIAL(version)                                                                  \
  "OpenBLAS " version " DYNAMIC_ARCH NO_AFFINITY Haswell SINGLE_THREADED"

static const dpb__cpu_features avx2 = {true, false, false}, zen4 = {true, true, true};

static const char *fault_of(const char *config) {
  return dpb__blas_fault("Haswell", config, avx2);
}

/* The warning says word, which tells it from the others, and what to do. */
static void warns(const char *config, const char *word, const char *remedy) {
  const char *text = fault_of(config);
  assert_non_null(text);
  if (strstr(text, word) == NULL) fail_msg("%s: %s", config, text);
  assert_non_null(strstr(text, remedy));
  assert_non_null(strstr(text, "deepblas"));
}

static void test_products_on_several_threads(void **state) {
  (void)state;
  warns(PTHREAD("0.3.30"), "OpenBLAS 0.3.30 can", "0.3.31 or newer");
  warns(OPENMP("0.3.30"), "OpenBLAS 0.3.30 can", "0.3.31 or newer");
  warns(PTHREAD("0.3.30.dev"), "OpenBLAS 0.3.30 can", "one thread");
  assert_null(fault_of(OPENMP("0.3.29")));
  assert_null(fault_of(OPENMP("0.3.31")));
}

static void test_calls_at_the_same_time(void **state) {
  (void)state;
  warns(PTHREAD("0.2.20"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.21"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.29"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.31"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.33"), "before 0.3.34", "one thread");
  warns("OpenBLAS 0.3.33 Zen", "before 0.3.34", "one thread");
  assert_null(fault_of(PTHREAD("0.3.34")));
  assert_null(fault_of(PTHREAD("0.4.0")));
  assert_null(fault_of(PTHREAD("1.0.0")));
  assert_null(fault_of(OPENMP("0.3.21")));
  assert_null(fault_of(OPENMP("0.3.33")));
  assert_null(fault_of(OPENMP("0.3.34")));
  assert_null(fault_of(OPENMP("0.4.0")));
}

static void test_builds_without_threads(void **state) {
  (void)state;
  warns(SERIAL("0.3.21"), "without threads", "a build with threads");
  warns(SERIAL("0.3.29"), "without threads", "a build with threads");
  warns(SERIAL("0.3.30"), "without threads", "a build with threads");
  warns(SERIAL("0.3.34"), "without threads", "a build with threads");
  warns(SERIAL("0.4.0"), "without threads", "a build with threads");
}

static void test_what_says_no_version_is_not_judged(void **state) {
  (void)state;
  assert_null(fault_of(""));
  assert_null(fault_of("NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY MAX_THREADS=64"));
  assert_null(fault_of("OpenBLAS SINGLE_THREADED"));
}

static void test_kernels_with_others_blocks(void **state) {
  (void)state;
  const char *text = dpb__blas_fault("Haswell", OPENMP("0.3.34"), zen4);
  assert_non_null(text);
  assert_non_null(strstr(text, "overrun"));
  assert_non_null(strstr(text, "OPENBLAS_CORETYPE"));
  assert_ptr_equal(dpb__blas_fault("Prescott", PTHREAD("0.3.34"), zen4), text);
  assert_ptr_equal(dpb__blas_fault("Zen", SERIAL("0.3.34"), zen4), text);
  assert_null(dpb__blas_fault("Cooperlake", PTHREAD("0.3.34"), zen4));
  assert_null(dpb__blas_fault("SkylakeX", OPENMP("0.3.34"), zen4));
  assert_null(dpb__blas_fault("Haswell", PTHREAD("0.3.34"), avx2));
  assert_null(dpb__blas_fault("Haswell", OPENMP("0.3.33"), zen4));
  assert_null(dpb__blas_fault("Haswell", OPENMP("0.3.35"), zen4));
  assert_null(dpb__blas_fault("Haswell", PTHREAD("0.4.0"), zen4));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_kernels_with_others_blocks),
      cmocka_unit_test(test_products_on_several_threads),
      cmocka_unit_test(test_calls_at_the_same_time),
      cmocka_unit_test(test_builds_without_threads),
      cmocka_unit_test(test_what_says_no_version_is_not_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
