/* SPDX-License-Identifier: MIT
 *
 * The normalisation kernels for AVX-512. Compiled with flags of its own, those of
 * vec_avx512.c.
 */
#if defined(__AVX512F__)

#define TABLE      dpb__norm_avx512
#define TABLE_NAME "avx512"
#define LANES      16

#include "simd/norm_kernels.inc.h"

#else

#include "simd/norm.h"

const dpb__norm *dpb__norm_avx512(void) {
  return NULL;
}

#endif
