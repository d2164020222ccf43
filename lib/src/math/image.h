/* SPDX-License-Identifier: MIT
 *
 * Vector kernels for images (n, h, w, c): moving patches, and maximum pooling. As in
 * math/vec.h there is a table for each instruction set, and the tables give the same
 * bits.
 */
#ifndef DPB_MATH_IMAGE_H
#define DPB_MATH_IMAGE_H

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

/* A convolution of one channel with stride 1 whose output goes through maximum pooling,
 * 2x2 with stride 2. */
typedef struct dpb__pooled {
  size_t kernel;  /* 3 or 5: of kernel x kernel taps */
  size_t line;    /* floats from a row of pixels to the next */
  size_t places;  /* windows of the pooling beside each other */
  size_t filters; /* floats from a place to the next, in dy; bytes in which */
  size_t tap;     /* floats from a tap's weights to those of the next beside it */
} dpb__pooled;

/* A place of a convolution, by where in the image what it sees begins, and a gradient. */
typedef struct dpb__noted {
  uint32_t at;
  float dy;
} dpb__noted;

/* Floats behind the last pixel that pooled_weights may read (and not use). */
#define DPB__POOLED_SPARE 8

/* Floats of its room, for rows of places windows. */
static inline size_t dpb__pooled_room(size_t kernel, size_t rows, size_t places) {
  return (2 * rows + kernel - 2) * (places + 1) * 16;
}

typedef struct dpb__image {
  const char *name; /* as the table of math/vec.h that it goes with */

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

  /* rows of windows of a pooling, whose gradient is dy: dw[(ky * kernel + kx) * tap + f]
   * is increased by the sum of dy[f] * the pixel that this tap saw at the largest of a
   * window, place which[f] of 0..3, or none where that is DPB__NO_TAP. pixels: the first
   * that tap 0, 0 sees. In the order of windows. This and the next two are NULL in a
   * table that has none. */
  void (*pooled_weights)(const dpb__pooled *shape, size_t rows, const float *pixels,
                         const float *dy, const uint8_t *which, float *dw, float *room);
  /* sums[f] += the sum of those dy[f] */
  void (*pooled_sums)(size_t places, size_t filters, const float *dy,
                      const uint8_t *which, float *sums);
  /* sums[r * length + i] += the sum over count places of dy * x[at + r * step + i], for
   * rows runs of length floats, a multiple of 16; in the order of places */
  void (*add_patches)(size_t count, const dpb__noted *noted, const float *x, size_t rows,
                      size_t step, size_t length, float *sums);

  /* y[i * y_step + c] += x[i * x_step + c] * w[c] */
  void (*depthwise)(size_t pixels, size_t channels, const float *x, size_t x_step,
                    const float *w, float *y, size_t y_step);
  /* w[c] += the sum of x[i * x_step + c] * y[i * y_step + c], in the order of i */
  void (*depthwise_weights)(size_t pixels, size_t channels, const float *x, size_t x_step,
                            const float *y, size_t y_step, float *w);
} dpb__image;

/* The table that goes with dpb__vec_get(). Any thread, any time. */
const dpb__image *dpb__image_get(void);

/* By name; NULL when this CPU or build cannot run it. */
const dpb__image *dpb__image_find(const char *name);

#endif
