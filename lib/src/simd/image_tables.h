/* SPDX-License-Identifier: MIT
 *
 * The tables that image.c chooses from. One that the compiler was not asked to build (or
 * that the architecture does not have) is NULL.
 */
#ifndef DPB_SIMD_IMAGE_TABLES_H
#define DPB_SIMD_IMAGE_TABLES_H

#include "simd/image.h"

const dpb__image *dpb__image_generic(void);
const dpb__image *dpb__image_avx2(void);
const dpb__image *dpb__image_avx512(void);

#endif
