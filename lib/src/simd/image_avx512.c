/* SPDX-License-Identifier: MIT
 *
 * The image kernels for AVX-512. Compiled with flags of its own, those of vec_avx512.c.
 */
#if defined(__AVX512F__)

#define TABLE      dpb__image_avx512
#define TABLE_NAME "avx512"

#include "simd/image_kernels.inc.h"

#else

#include "simd/image.h"

const dpb__image *dpb__image_avx512(void) {
  return NULL;
}

#endif
