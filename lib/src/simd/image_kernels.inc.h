/* SPDX-License-Identifier: MIT
 *
 * The kernels of image.h, written once. Not a header of its own: each including file is
 * compiled for its instruction set, and defines TABLE and TABLE_NAME. A vector is 16
 * floats everywhere; the compiler makes of it one register or four. (To compare numbers,
 * gcc needs vectors no longer than a register: see image_lanes_generic.inc.h.)
 */
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "simd/image.h"

#define LANES 16

/* unaligned, and allowed to look at any float or byte */
typedef float vf __attribute__((vector_size(64), aligned(4), may_alias));
typedef float v4 __attribute__((vector_size(16), aligned(4), may_alias));

#define AT(type, p)  (*(type *)(p))
#define SEE(type, p) (*(const type *)(p))

/* A run of a vector or more ends with a whole one, part of which is copied twice. */
static inline void copy_run(size_t length, const float *src, float *dst) {
  size_t i = 0;
  for (; i + LANES <= length; i += LANES) AT(vf, dst + i) = SEE(vf, src + i);
  if (i == length) return;
  if (length >= LANES) {
    AT(vf, dst + length - LANES) = SEE(vf, src + length - LANES);
    return;
  }
  for (; i + 4 <= length; i += 4) AT(v4, dst + i) = SEE(v4, src + i);
  for (; i < length; i++) dst[i] = src[i];
}

static void copy_runs(size_t runs, size_t length, const float *src, size_t src_step,
                      float *dst, size_t dst_step) {
  if (length >= LANES && length <= 2 * LANES) { /* rows of small images */
    const size_t last = length - LANES;
    for (size_t r = 0; r < runs; r++, src += src_step, dst += dst_step) {
      const vf head = SEE(vf, src), tail = SEE(vf, src + last);
      AT(vf, dst) = head;
      AT(vf, dst + last) = tail;
    }
    return;
  }
  for (size_t r = 0; r < runs; r++)
    copy_run(length, src + r * src_step, dst + r * dst_step);
}

static inline void add_run(size_t length, const float *src, float *dst) {
  size_t i = 0;
  for (; i + LANES <= length; i += LANES) AT(vf, dst + i) += SEE(vf, src + i);
  for (; i + 4 <= length; i += 4) AT(v4, dst + i) += SEE(v4, src + i);
  for (; i < length; i++) dst[i] += src[i];
}

static void add_runs(size_t runs, size_t length, const float *src, size_t src_step,
                     float *dst, size_t dst_step) {
  for (size_t r = 0; r < runs; r++)
    add_run(length, src + r * src_step, dst + r * dst_step);
}

/* Four pixels of four channels become four channels of four pixels. */
static inline void turn_4x4(const float *src, size_t src_step, float *dst,
                            size_t dst_step) {
  v4 a = SEE(v4, src), b = SEE(v4, src + src_step);
  v4 c = SEE(v4, src + 2 * src_step), d = SEE(v4, src + 3 * src_step);
  v4 ab = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  v4 cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  AT(v4, dst) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  AT(v4, dst + dst_step) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  ab = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  cd = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  AT(v4, dst + 2 * dst_step) = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  AT(v4, dst + 3 * dst_step) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
}

#if defined(__AVX512F__)
#define BLOCK 16

/* Four rounds of exchanging half of the elements between pairs of rows: of neighbours
 * first, in the end of rows that are eight apart. */
static inline void turn_block(const float *src, size_t src_step, float *dst,
                              size_t dst_step) {
  vf r[BLOCK], t[BLOCK];
  for (size_t i = 0; i < BLOCK; i++) r[i] = SEE(vf, src + i * src_step);
  for (size_t i = 0; i < BLOCK; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10,
                                   26, 12, 28, 14, 30);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 17, 3, 19, 5, 21, 7, 23, 9, 25,
                                       11, 27, 13, 29, 15, 31);
  }
  for (size_t i = 0; i < BLOCK; i++) {
    if (i & 2) continue;
    r[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24,
                                   25, 12, 13, 28, 29);
    r[i + 2] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 18, 19, 6, 7, 22, 23, 10, 11,
                                       26, 27, 14, 15, 30, 31);
  }
  for (size_t i = 0; i < BLOCK; i++) {
    if (i & 4) continue;
    t[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10,
                                   11, 24, 25, 26, 27);
    t[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 20, 21, 22, 23, 12, 13,
                                       14, 15, 28, 29, 30, 31);
  }
  for (size_t i = 0; i < BLOCK / 2; i++) {
    AT(vf, dst + i * dst_step) = __builtin_shufflevector(
        t[i], t[i + 8], 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    AT(vf, dst + (i + 8) * dst_step) = __builtin_shufflevector(
        t[i], t[i + 8], 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
}
#else
#define BLOCK      4
#define turn_block turn_4x4
#endif

/* Blocks as large as can be, then single numbers. */
static void turn_pixels(size_t pixels, size_t channels, const float *src, size_t src_step,
                        float *dst, size_t dst_step) {
  const size_t blocks = channels - channels % 4;
  size_t p = 0;
  for (; p + 4 <= pixels; p += 4) {
    size_t c = 0;
    for (; c < blocks; c += 4)
      turn_4x4(src + p * src_step + c, src_step, dst + c * dst_step + p, dst_step);
    for (; c < channels; c++)
      for (size_t i = p; i < p + 4; i++) dst[c * dst_step + i] = src[i * src_step + c];
  }
  for (; p < pixels; p++)
    for (size_t c = 0; c < channels; c++) dst[c * dst_step + p] = src[p * src_step + c];
}

static void to_planes(size_t pixels, size_t channels, const float *src, size_t src_step,
                      float *dst, size_t dst_step) {
  if (channels == 1 && src_step == 1) {
    copy_run(pixels, src, dst);
    return;
  }
  const size_t body = channels - channels % BLOCK;
  size_t p = 0;
  for (; p + BLOCK <= pixels; p += BLOCK) {
    for (size_t c = 0; c < body; c += BLOCK)
      turn_block(src + p * src_step + c, src_step, dst + c * dst_step + p, dst_step);
    turn_pixels(BLOCK, channels - body, src + p * src_step + body, src_step,
                dst + body * dst_step + p, dst_step);
  }
  turn_pixels(pixels - p, channels, src + p * src_step, src_step, dst + p, dst_step);
}

#include "simd/image_pool.inc.h"

const dpb__image *TABLE(void) {
  static const dpb__image table = {
      .name = TABLE_NAME,
      .copy_runs = copy_runs,
      .add_runs = add_runs,
      .to_planes = to_planes,
      .max_pool = max_pool,
      .max_pool_gradient = max_pool_gradient,
      .max_pool_scatter = max_pool_scatter,
  };
  return &table;
}
