/* SPDX-License-Identifier: MIT
 *
 * When products are made without packing.
 */
#include "math/narrow.h"

#include <string.h>

#include "math/vec.h"

/* Columns at a time. */
#define COLUMNS 16

/* B stays in the first cache; C, the sums of A^T * B, beside blocks of A and B. */
#define MOST_COLUMNS 128
#define MOST_B       8192
#define MOST_C       16384

/* A shorter sum is hardly begun before it is written. */
#define LEAST_DEPTH 32

const dpb__narrow *dpb__narrow_for(const char *core) {
  const bool packs = strcmp(core, "Haswell") == 0 || strcmp(core, "Zen") == 0;
  if (!packs || strcmp(dpb__vec_get()->name, "generic") == 0) return NULL;
  return dpb__narrow_avx2();
}

bool dpb__narrow_pays(dpb__transpose ta, dpb__transpose tb, int m, int n, int k) {
  if (tb != DPB__PLAIN || n % COLUMNS != 0 || n > MOST_COLUMNS || k < LEAST_DEPTH)
    return false;
  return ta == DPB__PLAIN ? k <= MOST_B / n : m <= MOST_C / n;
}
