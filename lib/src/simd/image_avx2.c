/* SPDX-License-Identifier: MIT
 *
 * The image kernels for AVX2. Compiled with flags of its own, those of vec_avx2.c.
 */
#if defined(__AVX2__)

#define TABLE      dpb__image_avx2
#define TABLE_NAME "avx2"

#include "simd/image_kernels.inc.h"

#else

#include "simd/image.h"

const dpb__image *dpb__image_avx2(void) {
  return NULL;
}

#endif
