/* SPDX-License-Identifier: MIT
 *
 * Size arithmetic that cannot wrap around: every size that comes from a caller or a file
 * goes through here before anything is allocated.
 */
#ifndef DPB_BASE_SIZE_H
#define DPB_BASE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Segments of arenas begin at multiples of this: a cache line, an AVX-512 register. */
#define DPB__ALIGNMENT 64

/* *product = a * b; false (and *product untouched) when it does not fit. */
static inline bool dpb__size_mul(size_t a, size_t b, size_t *product) {
  if (a != 0 && b > SIZE_MAX / a) return false;
  *product = a * b;
  return true;
}

/* *sum = a + b; false (and *sum untouched) when it does not fit. */
static inline bool dpb__size_add(size_t a, size_t b, size_t *sum) {
  if (b > SIZE_MAX - a) return false;
  *sum = a + b;
  return true;
}

/* *up = a rounded up to a multiple of DPB__ALIGNMENT; false when it does not fit. */
static inline bool dpb__size_align(size_t a, size_t *up) {
  if (a > SIZE_MAX - (DPB__ALIGNMENT - 1)) return false;
  *up = (a + (DPB__ALIGNMENT - 1)) / DPB__ALIGNMENT * DPB__ALIGNMENT;
  return true;
}

#endif
