/* SPDX-License-Identifier: MIT
 *
 * Chooses the table of image kernels: the one that goes with the vector kernels in use.
 */
#include "math/image.h"

#include <string.h>

#include "math/image_tables.h"
#include "math/vec.h"

const dpb__image *dpb__image_find(const char *name) {
  if (dpb__vec_find(name) == NULL) return NULL;
  if (strcmp(name, "avx512") == 0) return dpb__image_avx512();
  if (strcmp(name, "avx2") == 0) return dpb__image_avx2();
  return dpb__image_generic();
}

const dpb__image *dpb__image_get(void) {
  const dpb__image *table = dpb__image_find(dpb__vec_get()->name);
  return table ? table : dpb__image_generic();
}
