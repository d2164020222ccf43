/* SPDX-License-Identifier: MIT
 *
 * Chooses the table of vector kernels once: the widest one that the build holds and the
 * CPU (and its operating system) can run.
 */
#include "simd/vec.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static int cpu_has_avx2(void) {
#if defined(__x86_64__) || defined(__i386__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return 0;
#endif
}

/* Exactly the extensions that vec_avx512.c is compiled with. */
static int cpu_has_avx512(void) {
#if defined(__x86_64__) || defined(__i386__)
  return cpu_has_avx2() && __builtin_cpu_supports("avx512f") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq");
#else
  return 0;
#endif
}

const dpb__vec *dpb__vec_find(const char *name) {
  if (strcmp(name, "avx512") == 0) return cpu_has_avx512() ? dpb__vec_avx512() : NULL;
  if (strcmp(name, "avx2") == 0) return cpu_has_avx2() ? dpb__vec_avx2() : NULL;
  if (strcmp(name, "generic") == 0) return dpb__vec_generic();
  return NULL;
}

/* A name that is unknown, or that this CPU cannot run, is as good as none: a library has
 * nobody to tell it to here. */
static const dpb__vec *choose(void) {
  const char *wish = getenv("DEEPBLAS_VECTOR");
  const dpb__vec *table = wish != NULL ? dpb__vec_find(wish) : NULL;
  if (table == NULL) table = dpb__vec_find("avx512");
  if (table == NULL) table = dpb__vec_find("avx2");
  return table != NULL ? table : dpb__vec_generic();
}

const dpb__vec *dpb__vec_get(void) {
  /* Two threads that come here first together find the same answer twice. */
  static _Atomic(const dpb__vec *) chosen;
  const dpb__vec *table = atomic_load_explicit(&chosen, memory_order_acquire);
  if (table == NULL) {
    table = choose();
    atomic_store_explicit(&chosen, table, memory_order_release);
  }
  return table;
}
