/* SPDX-License-Identifier: MIT
 *
 * The portable normalisation kernels: vectors of four, which every compiler knows how to
 * take apart. No instruction set is asked for.
 */
#define TABLE      dpb__norm_generic
#define TABLE_NAME "generic"
#define LANES      4

#include "simd/norm_kernels.inc.h"
