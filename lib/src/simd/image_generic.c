/* SPDX-License-Identifier: MIT
 *
 * The image kernels for any machine.
 */
#define TABLE      dpb__image_generic
#define TABLE_NAME "generic"

#include "simd/image_kernels.inc.h"
