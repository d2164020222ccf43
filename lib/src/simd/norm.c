/* SPDX-License-Identifier: MIT
 *
 * Chooses the table of normalisation kernels: the one that goes with the vector kernels
 * in use.
 */
#include "simd/norm.h"

#include <stdatomic.h>
#include <string.h>

#include "simd/vec.h"

const dpb__norm *dpb__norm_find(const char *name) {
  if (dpb__vec_find(name) == NULL) return NULL;
  if (strcmp(name, "avx512") == 0) return dpb__norm_avx512();
  if (strcmp(name, "avx2") == 0) return dpb__norm_avx2();
  return dpb__norm_generic();
}

const dpb__norm *dpb__norm_get(void) {
  /* as in vec.c: whoever comes first, the answer is the same */
  static _Atomic(const dpb__norm *) chosen;
  const dpb__norm *table = atomic_load_explicit(&chosen, memory_order_acquire);
  if (table == NULL) {
    table = dpb__norm_find(dpb__vec_get()->name);
    if (table == NULL) table = dpb__norm_generic();
    atomic_store_explicit(&chosen, table, memory_order_release);
  }
  return table;
}
