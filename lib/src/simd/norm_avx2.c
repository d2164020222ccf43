/* SPDX-License-Identifier: MIT
 *
 * The normalisation kernels for AVX2. Compiled with flags of its own, those of
 * vec_avx2.c.
 */
#if defined(__AVX2__)

#define TABLE      dpb__norm_avx2
#define TABLE_NAME "avx2"
#define LANES      8

#include "simd/norm_kernels.inc.h"

#else

#include "simd/norm.h"

const dpb__norm *dpb__norm_avx2(void) {
  return NULL;
}

#endif
