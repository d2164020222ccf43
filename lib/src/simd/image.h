/* SPDX-License-Identifier: MIT
 *
 * Vector kernels for images (n, h, w, c): moving patches, and maximum pooling. As in
 * simd/vec.h there is a table for each instruction set, and the tables give the same
 * bits.
 */
#ifndef DPB_SIMD_IMAGE_H
#define DPB_SIMD_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No pixel's number. */
#define DPB__NO_TAP 255

/* The pixels that a pooling window sees, relative to the first of its place: how many,
 * where (in floats), and the number of each in the whole window. b is added to the
 * largest, channel by channel (NULL: nothing). With relu, a maximum that then is below 0
 * becomes 0, and one that is not above 0 is noted as DPB__NO_TAP, and so has no gradient.
 */
typedef struct dpb__taps {
  int count;
  const size_t *offset;
  const uint8_t *number;
  const float *b;
  bool relu;
} dpb__taps;

typedef struct dpb__image {
  const char *name; /* as the table of simd/vec.h that it goes with */

  /* runs runs of length floats: run i goes from src + i * src_step to dst + i * dst_step;
   * add_runs adds it there, one run after the other (they may overlap in dst) */
  void (*copy_runs)(size_t runs, size_t length, const float *src, size_t src_step,
                    float *dst, size_t dst_step);
  void (*add_runs)(size_t runs, size_t length, const float *src, size_t src_step,
                   float *dst, size_t dst_step);
  /* dst[c, i] = src[i * src_step + c] for pixels i; rows of dst are dst_step apart */
  void (*to_planes)(size_t pixels, size_t channels, const float *src, size_t src_step,
                    float *dst, size_t dst_step);

  /* places windows beside each other, step floats apart in x: y = the largest tap,
   * channel by channel, and what taps says of it; which = its number, the first of
   * equals; a NaN is the largest. which may be NULL. */
  void (*max_pool)(size_t places, size_t channels, const dpb__taps *taps, const float *x,
                   size_t step, float *y, uint8_t *which);
  /* the gradient: each tap of dx is increased by dy where which is its number */
  void (*max_pool_gradient)(size_t places, size_t channels, const dpb__taps *taps,
                            const float *dy, const uint8_t *which, float *dx,
                            size_t step);
  /* the same for windows that do not overlap: each tap is written, with dy or 0 */
  void (*max_pool_scatter)(size_t places, size_t channels, const dpb__taps *taps,
                           const float *dy, const uint8_t *which, float *dx, size_t step);

} dpb__image;

/* The table that goes with dpb__vec_get(). Any thread, any time. */
const dpb__image *dpb__image_get(void);

/* By name; NULL when this CPU or build cannot run it. */
const dpb__image *dpb__image_find(const char *name);

/* The tables to choose from. One that the compiler was not asked to build, or that the
 * architecture does not have, is NULL. */
const dpb__image *dpb__image_generic(void);
const dpb__image *dpb__image_avx2(void);
const dpb__image *dpb__image_avx512(void);

#endif
