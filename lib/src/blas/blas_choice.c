/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS knows CPUs by name. On one that is newer than itself it takes kernels for an
 * older relative: 0.3.21 runs AVX2 kernels on a Zen 5, at half of what its AVX-512
 * kernels reach there (106 against 216 GFLOP/s a core). What is compared here is not the
 * names of CPUs, a list that would be out of date as soon, but what instructions the CPU
 * has and what instructions the kernels use.
 */
#include "blas/blas_choice.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

typedef enum level { UNKNOWN, OLDER, AVX2, AVX512 } level;

/* The names that OpenBLAS's x86-64 kernels go by, and the widest instructions in them. */
static level level_of(const char *core) {
  static const struct {
    const char *core;
    level level;
  } known[] = {
      {"Katmai", OLDER},       {"Coppermine", OLDER},
      {"Northwood", OLDER},    {"Prescott", OLDER},
      {"Banias", OLDER},       {"Atom", OLDER},
      {"Core2", OLDER},        {"Penryn", OLDER},
      {"Dunnington", OLDER},   {"Nehalem", OLDER},
      {"Athlon", OLDER},       {"Opteron", OLDER},
      {"Opteron_SSE3", OLDER}, {"Barcelona", OLDER},
      {"Nano", OLDER},         {"Bobcat", OLDER},
      {"Sandybridge", OLDER},  {"Bulldozer", OLDER},
      {"Piledriver", OLDER},   {"Steamroller", OLDER},
      {"Excavator", OLDER},    {"Haswell", AVX2},
      {"Zen", AVX2},           {"SkylakeX", AVX512},
      {"Cooperlake", AVX512},  {"SapphireRapids", AVX512},
  };
  for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
    if (strcmp(core, known[i].core) == 0) return known[i].level;
  return UNKNOWN;
}

/* Is word one of the words of config? */
static bool says(const char *config, const char *word) {
  size_t length = strlen(word);
  for (const char *at = config; (at = strstr(at, word)) != NULL; at += length) {
    bool begins = at == config || at[-1] == ' ';
    bool ends = at[length] == ' ' || at[length] == '\0';
    if (begins && ends) return true;
  }
  return false;
}

bool dpb__blas_at_least(const char *config, int minor, int patch) {
  int have_major = 0, have_minor = 0, have_patch = 0;
  if (sscanf(config, "OpenBLAS %d.%d.%d", &have_major, &have_minor, &have_patch) != 3)
    return false;
  if (have_major != 0) return have_major > 0;
  return have_minor > minor || (have_minor == minor && have_patch >= patch);
}

static level level_of_cpu(const char *config, dpb__cpu_features cpu) {
  if (says(config, "NO_AVX") || says(config, "NO_AVX2") || !cpu.avx2) return OLDER;
  return cpu.avx512 && !says(config, "NO_AVX512") ? AVX512 : AVX2;
}

const char *dpb__blas_best_core(const char *core, const char *config,
                                dpb__cpu_features cpu) {
  level present = level_of(core), possible = level_of_cpu(config, cpu);
  if (present == UNKNOWN || possible <= present) return core;
  /* Kernels for one CPU only: the variable has no effect. */
  if (!says(config, "DYNAMIC_ARCH")) return core;
  if (possible == AVX2) return "Haswell";
  /* Same sgemm as SkylakeX, and more for bfloat16: what OpenBLAS takes by itself. */
  if (cpu.avx512bf16 && dpb__blas_at_least(config, 3, 18)) return "Cooperlake";
  return "SkylakeX";
}

bool dpb__blas_is_avx512(const char *core) {
  return level_of(core) == AVX512;
}

double dpb__blas_small_limit(const char *core, const char *config) {
  return dpb__blas_is_avx512(core) && dpb__blas_at_least(config, 3, 18) ? 1e6 : 0.0;
}
