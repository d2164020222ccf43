/* SPDX-License-Identifier: MIT
 *
 * What the CPU can do, and what its name tells about its speed, where no flag does.
 */
#ifndef DPB_BASE_CPU_H
#define DPB_BASE_CPU_H

#include <stdbool.h>

typedef struct dpb__cpu_features {
  bool avx2;       /* with FMA */
  bool avx512;     /* F, CD, BW, DQ, VL: what OpenBLAS's SkylakeX kernels use */
  bool avx512bf16; /* the Cooperlake kernels' addition */
} dpb__cpu_features;

dpb__cpu_features dpb__cpu_detect(void);

/* True when a core has AVX-512 and starts two 512-bit multiply-adds in a cycle, so that
 * eight sums must be under way to keep it busy; false when four do (Zen 4 makes each
 * instruction in two halves), without AVX-512, and on other architectures. */
bool dpb__cpu_is_wide(void);

/* The same from what cpuid says: AMD's CPUs by family, all others count as wide. */
bool dpb__cpu_family_is_wide(bool amd, unsigned signature);

#endif
