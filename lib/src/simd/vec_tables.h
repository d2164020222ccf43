/* SPDX-License-Identifier: MIT
 *
 * The tables that vec.c chooses from. One that the compiler was not asked to build (or
 * that the architecture does not have) is NULL.
 */
#ifndef DPB_SIMD_VEC_TABLES_H
#define DPB_SIMD_VEC_TABLES_H

#include "simd/vec.h"

const dpb__vec *dpb__vec_generic(void);
const dpb__vec *dpb__vec_avx2(void);
const dpb__vec *dpb__vec_avx512(void);

#endif
