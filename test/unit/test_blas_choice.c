/* SPDX-License-Identifier: MIT
 *
 * The choice of kernels as a table of cases.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "blas/blas_choice.h"

#define DEBIAN                                                                           \
  "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64"

static const dpb__cpu_features old_cpu = {false, false, false},
                               avx2 = {true, false, false}, avx512 = {true, true, false},
                               bf16 = {true, true, true};

static void check(const char *core, const char *config, dpb__cpu_features cpu,
                  const char *best) {
  assert_string_equal(dpb__blas_best_core(core, config, cpu), best);
}

static void test_better_kernels_are_found(void **state) {
  (void)state;
  check("Haswell", DEBIAN, bf16, "Cooperlake");
  check("Haswell", DEBIAN, avx512, "SkylakeX");
  check("Zen", DEBIAN, bf16, "Cooperlake");
  check("Prescott", DEBIAN, bf16, "Cooperlake");
  check("Prescott", DEBIAN, avx2, "Haswell");
  check("Nehalem", DEBIAN, avx2, "Haswell");
  check("Sandybridge", DEBIAN, avx2, "Haswell");
  check("Excavator", DEBIAN, avx2, "Haswell");
  /* before Cooperlake's kernels were in every build */
  check("Haswell", "OpenBLAS 0.3.17 DYNAMIC_ARCH Haswell", bf16, "SkylakeX");
}

static void test_the_best_is_left_alone(void **state) {
  (void)state;
  check("Cooperlake", DEBIAN, bf16, "Cooperlake");
  check("SkylakeX", DEBIAN, bf16, "SkylakeX");
  check("SapphireRapids", DEBIAN, bf16, "SapphireRapids");
  check("Haswell", DEBIAN, avx2, "Haswell");
  check("Zen", DEBIAN, avx2, "Zen");
  check("Nehalem", DEBIAN, old_cpu, "Nehalem");
}

static void test_more_than_the_cpu_has_is_not_advised(void **state) {
  (void)state;
  check("Haswell", DEBIAN, old_cpu, "Haswell");
  check("Prescott", DEBIAN, old_cpu, "Prescott");
}

static void test_unknown_kernels_are_left_alone(void **state) {
  (void)state;
  check("NeoverseN1", DEBIAN, old_cpu, "NeoverseN1");
  check("Zen9", DEBIAN, bf16, "Zen9");
  check("Unknown", DEBIAN, bf16, "Unknown");
  check("", DEBIAN, bf16, "");
}

static void test_what_the_build_lacks_is_not_advised(void **state) {
  (void)state;
  check("Haswell", "OpenBLAS 0.3.21 NO_AFFINITY Haswell MAX_THREADS=64", bf16, "Haswell");
  check("Haswell", "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AVX512 Haswell", bf16, "Haswell");
  check("Nehalem", "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AVX512 Nehalem", bf16, "Haswell");
  check("Nehalem", "OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AVX2", bf16, "Nehalem");
  check("Nehalem", "OpenBLAS 0.3.21 NO_AVX DYNAMIC_ARCH", bf16, "Nehalem");
  check("Haswell", "", bf16, "Haswell");
}

static void test_limit_of_the_path_without_packing(void **state) {
  (void)state;
  assert_true(dpb__blas_small_limit("SkylakeX", DEBIAN) == 1e6);
  assert_true(dpb__blas_small_limit("Cooperlake", DEBIAN) == 1e6);
  assert_true(dpb__blas_small_limit("SapphireRapids", DEBIAN) == 1e6);
  assert_true(dpb__blas_small_limit("Haswell", DEBIAN) == 0.0);
  assert_true(dpb__blas_small_limit("Zen", DEBIAN) == 0.0);
  assert_true(dpb__blas_small_limit("ARMV8", DEBIAN) == 0.0);
  assert_true(dpb__blas_small_limit("SkylakeX", "OpenBLAS 0.3.17 SkylakeX") == 0.0);
  assert_true(dpb__blas_small_limit("SkylakeX", "OpenBLAS 0.3.18 SkylakeX") == 1e6);
  assert_true(dpb__blas_small_limit("SkylakeX", "") == 0.0);
}

static void test_kernels_for_avx512(void **state) {
  (void)state;
  assert_true(dpb__blas_is_avx512("SkylakeX"));
  assert_true(dpb__blas_is_avx512("Cooperlake"));
  assert_true(dpb__blas_is_avx512("SapphireRapids"));
  assert_false(dpb__blas_is_avx512("Haswell"));
  assert_false(dpb__blas_is_avx512("Prescott"));
  assert_false(dpb__blas_is_avx512("Zen9"));
}

static void test_versions(void **state) {
  (void)state;
  assert_true(dpb__blas_at_least("OpenBLAS 0.3.21 X", 3, 18));
  assert_true(dpb__blas_at_least("OpenBLAS 0.3.21.dev X", 3, 21));
  assert_true(dpb__blas_at_least("OpenBLAS 0.4.0", 3, 18));
  assert_true(dpb__blas_at_least("OpenBLAS 1.0.0", 3, 18));
  assert_false(dpb__blas_at_least("OpenBLAS 0.3.17", 3, 18));
  assert_false(dpb__blas_at_least("OpenBLAS 0.2.20", 3, 18));
  assert_false(dpb__blas_at_least("OpenBLAS", 3, 18));
  assert_false(dpb__blas_at_least("NO_LAPACKE DYNAMIC_ARCH", 0, 0));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_better_kernels_are_found),
      cmocka_unit_test(test_the_best_is_left_alone),
      cmocka_unit_test(test_more_than_the_cpu_has_is_not_advised),
      cmocka_unit_test(test_unknown_kernels_are_left_alone),
      cmocka_unit_test(test_what_the_build_lacks_is_not_advised),
      cmocka_unit_test(test_limit_of_the_path_without_packing),
      cmocka_unit_test(test_kernels_for_avx512),
      cmocka_unit_test(test_versions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
