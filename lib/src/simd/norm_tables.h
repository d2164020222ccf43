/* SPDX-License-Identifier: MIT
 *
 * The tables that norm.c chooses from; NULL where the compiler was not asked for one.
 */
#ifndef DPB_SIMD_NORM_TABLES_H
#define DPB_SIMD_NORM_TABLES_H

#include "simd/norm.h"

const dpb__norm *dpb__norm_generic(void);
const dpb__norm *dpb__norm_avx2(void);
const dpb__norm *dpb__norm_avx512(void);

#endif
