/* SPDX-License-Identifier: MIT
 *
 * Chooses the table of image kernels: the one that goes with the vector kernels in use.
 */
#include "simd/image.h"

#include <stdatomic.h>
#include <string.h>

#include "simd/vec.h"

const dpb__image *dpb__image_find(const char *name) {
  if (dpb__vec_find(name) == NULL) return NULL;
  if (strcmp(name, "avx512") == 0) return dpb__image_avx512();
  if (strcmp(name, "avx2") == 0) return dpb__image_avx2();
  return dpb__image_generic();
}

const dpb__image *dpb__image_get(void) {
  /* as in vec.c: whoever comes first, the answer is the same */
  static _Atomic(const dpb__image *) chosen;
  const dpb__image *table = atomic_load_explicit(&chosen, memory_order_acquire);
  if (table == NULL) {
    table = dpb__image_find(dpb__vec_get()->name);
    if (table == NULL) table = dpb__image_generic();
    atomic_store_explicit(&chosen, table, memory_order_release);
  }
  return table;
}
