/* SPDX-License-Identifier: MIT
 *
 * CPU families.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cpu.h"

static void test_families_are_told_apart(void **state) {
  (void)state;
  assert_false(dpb__cpu_family_is_wide(true, 0x00a10f11)); /* Zen 4, family 19h */
  assert_true(dpb__cpu_family_is_wide(true, 0x00b00f21));  /* Zen 5, family 1Ah */
  assert_false(dpb__cpu_family_is_wide(true, 0x00830f10)); /* Zen 2, family 17h */
  assert_true(dpb__cpu_family_is_wide(false, 0x00050654)); /* Skylake X */
}

#if defined(__x86_64__)
/* What Linux says of the first CPU: the value behind a name like "cpu family". */
static const char *cpuinfo(const char *name) {
  static char line[8192];
  FILE *file = fopen("/proc/cpuinfo", "r");
  const char *value = NULL;
  while (file && !value && fgets(line, sizeof line, file))
    if (strncmp(line, name, strlen(name)) == 0 && strchr(line, ':'))
      value = strchr(line, ':') + 1;
  if (file) fclose(file);
  return value;
}
#endif

static void test_this_cpu_is_what_linux_says(void **state) {
  (void)state;
#if defined(__x86_64__)
  const char *flags = cpuinfo("flags");
  if (!flags) {
    print_message("skipped: no /proc/cpuinfo\n");
    skip();
  }
  const bool has_avx512 = strstr(flags, " avx512f") != NULL;
  const bool amd = strstr(cpuinfo("vendor_id"), "AuthenticAMD") != NULL;
  const long family = strtol(cpuinfo("cpu family"), NULL, 10);
  assert_int_equal(dpb__cpu_is_wide(), has_avx512 && (!amd || family > 0x19));
#endif
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
      cmocka_unit_test(test_this_cpu_is_what_linux_says),
      cmocka_unit_test(test_no_avx512_is_not_wide),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
