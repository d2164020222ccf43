/* SPDX-License-Identifier: MIT
 *
 * The family of the CPU is in cpuid leaf 1: bits 8-11, and where those are all ones bits
 * 20-27 are added.
 */
#include "base/cpu.h"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define ZEN_4 0x19 /* and Zen 3, which has no AVX-512 */

bool dpb__cpu_family_is_wide(bool amd, unsigned signature) {
  unsigned family = signature >> 8 & 0xfu;
  if (family == 0xfu) family += signature >> 20 & 0xffu;
  return !amd || family > ZEN_4;
}

bool dpb__cpu_is_wide(void) {
#if defined(__x86_64__) || defined(__i386__)
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (!__builtin_cpu_supports("avx512f") || !__get_cpuid(0, &a, &b, &c, &d)) return false;
  const bool amd = b == signature_AMD_ebx && c == signature_AMD_ecx;
  return __get_cpuid(1, &a, &b, &c, &d) && dpb__cpu_family_is_wide(amd, a);
#else
  return false;
#endif
}

dpb__cpu_features dpb__cpu_detect(void) {
  dpb__cpu_features cpu = {false, false, false};
#if defined(__x86_64__) || defined(__i386__)
  /* These also ask whether the operating system saves the wide registers. */
  cpu.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  cpu.avx512 = cpu.avx2 && __builtin_cpu_supports("avx512f") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  cpu.avx512bf16 = cpu.avx512 && __builtin_cpu_supports("avx512bf16");
#endif
  return cpu;
}
