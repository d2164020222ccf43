/* SPDX-License-Identifier: MIT
 *
 * Which kernels an OpenBLAS should be using on a CPU: pure functions of what OpenBLAS
 * says of itself and of what the CPU can do.
 */
#ifndef DPB_BLAS_BLAS_CHOICE_H
#define DPB_BLAS_BLAS_CHOICE_H

#include <stdbool.h>

#include "base/cpu.h"

/* The name of the best kernels for this CPU that the build has; core itself when they are
 * in use, or when nothing is known about core or the build cannot change. Static, or
 * core. config: openblas_get_config(). */
const char *dpb__blas_best_core(const char *core, const char *config,
                                dpb__cpu_features cpu);

/* True when these are kernels for AVX-512. */
bool dpb__blas_is_avx512(const char *core);

/* The most multiply-adds of a product that these kernels do without packing, or 0. */
double dpb__blas_small_limit(const char *core, const char *config);

/* True when OpenBLAS's version, as config names it, is at least 0.minor.patch. */
bool dpb__blas_at_least(const char *config, int minor, int patch);

#endif
