/* SPDX-License-Identifier: MIT
 *
 * CPU families.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "math/cpu.h"

static void test_families_are_told_apart(void **state) {
  (void)state;
  assert_false(dpb__cpu_family_is_wide(true, 0x00a10f11)); /* Zen 4, family 19h */
  assert_true(dpb__cpu_family_is_wide(true, 0x00b00f21));  /* Zen 5, family 1Ah */
  assert_false(dpb__cpu_family_is_wide(true, 0x00830f10)); /* Zen 2, family 17h */
  assert_true(dpb__cpu_family_is_wide(false, 0x00050654)); /* Skylake X */
}

static void test_no_avx512_is_not_wide(void **state) {
  (void)state;
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx512f")) assert_false(dpb__cpu_is_wide());
#else
  assert_false(dpb__cpu_is_wide());
#endif
  assert_true(dpb__cpu_is_wide() == dpb__cpu_is_wide());
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_families_are_told_apart),
      cmocka_unit_test(test_no_avx512_is_not_wide),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
