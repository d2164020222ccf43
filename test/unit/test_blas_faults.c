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

#include "math/blas_faults.h"

#define PTHREAD(version)                                                                 \
  "OpenBLAS " version " NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64"
#define OPENMP(version)                                                                  \
  "OpenBLAS " version " DYNAMIC_ARCH NO_AFFINITY USE_OPENMP Haswell MAX_THREADS=64"
#define SERIAL(version)                                                                  \
  "OpenBLAS " version " DYNAMIC_ARCH NO_AFFINITY Haswell SINGLE_THREADED"

/* The warning says word, which tells it from the others, and what to do. */
static void warns(const char *config, const char *word, const char *remedy) {
  const char *text = dpb__blas_fault(config);
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
  assert_null(dpb__blas_fault(OPENMP("0.3.29")));
  assert_null(dpb__blas_fault(OPENMP("0.3.31")));
}

static void test_calls_at_the_same_time(void **state) {
  (void)state;
  warns(PTHREAD("0.2.20"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.21"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.29"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.31"), "before 0.3.34", "0.3.34 or newer");
  warns(PTHREAD("0.3.33"), "before 0.3.34", "one thread");
  warns("OpenBLAS 0.3.33 Zen", "before 0.3.34", "one thread");
  assert_null(dpb__blas_fault(PTHREAD("0.3.34")));
  assert_null(dpb__blas_fault(PTHREAD("0.4.0")));
  assert_null(dpb__blas_fault(PTHREAD("1.0.0")));
  assert_null(dpb__blas_fault(OPENMP("0.3.21")));
  assert_null(dpb__blas_fault(OPENMP("0.3.33")));
  assert_null(dpb__blas_fault(OPENMP("0.3.34")));
  assert_null(dpb__blas_fault(OPENMP("0.4.0")));
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
  assert_null(dpb__blas_fault(""));
  assert_null(dpb__blas_fault("NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY MAX_THREADS=64"));
  assert_null(dpb__blas_fault("OpenBLAS SINGLE_THREADED"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_products_on_several_threads),
      cmocka_unit_test(test_calls_at_the_same_time),
      cmocka_unit_test(test_builds_without_threads),
      cmocka_unit_test(test_what_says_no_version_is_not_judged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
