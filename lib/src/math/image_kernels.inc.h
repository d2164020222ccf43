/* SPDX-License-Identifier: MIT
 *
 * The kernels of image.h, written once. Not a header of its own: each including file is
 * compiled for its instruction set, and defines TABLE and TABLE_NAME. A vector is 16
 * floats everywhere; the compiler makes of it one register or four.
 */
#include <string.h>
#if defined(__AVX512BW__) && defined(__AVX512VL__)
#include <immintrin.h>
#endif

#include "math/image_tables.h"

#define LANES 16

/* Of a 2x2 window, which nearly all are. */
#define COMMON_TAPS 4

/* unaligned, and allowed to look at any float or byte */
typedef float vf __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t vi __attribute__((vector_size(64), aligned(4), may_alias));
typedef uint8_t vb __attribute__((vector_size(16), aligned(1), may_alias));
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

/* The first channel of chunk number i: the last chunk moves back to end where the
 * channels end, so that it is a whole vector too. What it does twice gives the same
 * twice.
 */
static inline size_t chunk_at(size_t i, size_t channels) {
  return (i + 1) * LANES <= channels ? i * LANES : channels - LANES;
}

#if defined(__AVX512BW__) && defined(__AVX512VL__)
/* One bit for each channel, instead of a number as long as it. */
static inline void max_of_lanes(const dpb__taps *taps, int count, const float *x,
                                float *y, uint8_t *which) {
  __m512 best = _mm512_loadu_ps(x + taps->offset[0]);
  __m128i number = _mm_set1_epi8((char)taps->number[0]);
  for (int t = 1; t < count; t++) {
    const __m512 v = _mm512_loadu_ps(x + taps->offset[t]);
    const __mmask16 larger =
        _mm512_cmp_ps_mask(v, best, _CMP_GT_OQ) | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    best = _mm512_mask_mov_ps(best, larger, v);
    number = _mm_mask_mov_epi8(number, larger, _mm_set1_epi8((char)taps->number[t]));
  }
  _mm512_storeu_ps(y, best);
  if (!which) return;
  const __m128i none = _mm_set1_epi8((char)DPB__NO_TAP);
  const __mmask16 kept = taps->relu
                             ? _mm512_cmp_ps_mask(best, _mm512_setzero_ps(), _CMP_GT_OQ)
                             : (__mmask16)-1;
  _mm_storeu_si128((__m128i *)which, _mm_mask_mov_epi8(none, kept, number));
}

static inline void scatter_lanes(const dpb__taps *taps, int count, const float *dy,
                                 const uint8_t *which, float *dx) {
  const __m128i number = _mm_loadu_si128((const __m128i *)which);
  const __m512 d = _mm512_loadu_ps(dy);
  for (int t = 0; t < count; t++) {
    const __mmask16 mine =
        _mm_cmpeq_epi8_mask(number, _mm_set1_epi8((char)taps->number[t]));
    _mm512_storeu_ps(dx + taps->offset[t], _mm512_maskz_mov_ps(mine, d));
  }
}
#else
#define max_of_lanes  max_of_each
#define scatter_lanes scatter_each
static inline void max_of_each(const dpb__taps *taps, int count, const float *x, float *y,
                               uint8_t *which) {
  vf best = SEE(vf, x + taps->offset[0]);
  vi number = (vi){0} + taps->number[0];
  for (int t = 1; t < count; t++) {
    const vf v = SEE(vf, x + taps->offset[t]);
    const vi nan = (vi)(v != v); /* NOLINT(misc-redundant-expression) */
    const vi larger = (vi)(v > best) | nan;
    best = (vf)((larger & (vi)v) | (~larger & (vi)best));
    number = (larger & ((vi){0} + taps->number[t])) | (~larger & number);
  }
  AT(vf, y) = best;
  if (!which) return;
  if (taps->relu) {
    const vi above = (vi)(best > (vf){0});
    number = (above & number) | (~above & ((vi){0} + DPB__NO_TAP));
  }
  AT(vb, which) = __builtin_convertvector(number, vb);
}

static inline void scatter_each(const dpb__taps *taps, int count, const float *dy,
                                const uint8_t *which, float *dx) {
  const vi number = __builtin_convertvector(SEE(vb, which), vi);
  const vi d = (vi)SEE(vf, dy);
  for (int t = 0; t < count; t++) {
    const vi mine = (vi)(number == ((vi){0} + taps->number[t]));
    AT(vf, dx + taps->offset[t]) = (vf)(d & mine);
  }
}
#endif

static inline void max_of_one(const dpb__taps *taps, const float *x, float *y,
                              uint8_t *which) {
  float best = x[taps->offset[0]];
  uint8_t number = taps->number[0];
  for (int t = 1; t < taps->count; t++) {
    const float v = x[taps->offset[t]];
    if (v > best || v != v) {
      best = v;
      number = taps->number[t];
    }
  }
  *y = best;
  if (which) *which = taps->relu && !(best > 0.0f) ? DPB__NO_TAP : number;
}

/* count is taps->count; a constant where this is inlined. */
static inline __attribute__((always_inline)) void
pool_places(size_t places, size_t channels, const dpb__taps *taps, int count,
            const float *x, size_t step, float *y, uint8_t *which) {
  const size_t chunks = channels < LANES ? 0 : (channels + LANES - 1) / LANES;
  for (size_t p = 0; p < places; p++, x += step, y += channels) {
    for (size_t i = 0; i < chunks; i++) {
      const size_t c = chunk_at(i, channels);
      max_of_lanes(taps, count, x + c, y + c, which ? which + c : NULL);
    }
    for (size_t c = 0; chunks == 0 && c < channels; c++)
      max_of_one(taps, x + c, y + c, which ? which + c : NULL);
    if (which) which += channels;
  }
}

/* The common taps in memory that nothing else can write to, so that they stay in
 * registers. */
typedef struct own_taps {
  size_t offset[COMMON_TAPS];
  uint8_t number[COMMON_TAPS];
} own_taps;

static inline dpb__taps copy_taps(const dpb__taps *taps, own_taps *own) {
  memcpy(own->offset, taps->offset, sizeof own->offset);
  memcpy(own->number, taps->number, sizeof own->number);
  return (dpb__taps){COMMON_TAPS, own->offset, own->number, taps->relu};
}

static void max_pool(size_t places, size_t channels, const dpb__taps *taps,
                     const float *x, size_t step, float *y, uint8_t *which) {
  if (taps->count == COMMON_TAPS) {
    own_taps own;
    const dpb__taps common = copy_taps(taps, &own);
    pool_places(places, channels, &common, COMMON_TAPS, x, step, y, which);
  } else {
    pool_places(places, channels, taps, taps->count, x, step, y, which);
  }
}

static inline __attribute__((always_inline)) void
scatter_places(size_t places, size_t channels, const dpb__taps *taps, int count,
               const float *dy, const uint8_t *which, float *dx, size_t step) {
  const size_t chunks = channels < LANES ? 0 : (channels + LANES - 1) / LANES;
  for (size_t p = 0; p < places; p++, dx += step, dy += channels, which += channels) {
    for (size_t i = 0; i < chunks; i++) {
      const size_t c = chunk_at(i, channels);
      scatter_lanes(taps, count, dy + c, which + c, dx + c);
    }
    for (size_t c = 0; chunks == 0 && c < channels; c++)
      for (int t = 0; t < count; t++)
        dx[taps->offset[t] + c] = which[c] == taps->number[t] ? dy[c] : 0.0f;
  }
}

static void max_pool_scatter(size_t places, size_t channels, const dpb__taps *taps,
                             const float *dy, const uint8_t *which, float *dx,
                             size_t step) {
  if (taps->count == COMMON_TAPS) {
    own_taps own;
    const dpb__taps common = copy_taps(taps, &own);
    scatter_places(places, channels, &common, COMMON_TAPS, dy, which, dx, step);
  } else {
    scatter_places(places, channels, taps, taps->count, dy, which, dx, step);
  }
}

static void max_pool_gradient(size_t places, size_t channels, const dpb__taps *taps,
                              const float *dy, const uint8_t *which, float *dx,
                              size_t step) {
  for (size_t p = 0; p < places; p++, dx += step, dy += channels, which += channels) {
    for (int t = 0; t < taps->count; t++) {
      float *tap = dx + taps->offset[t];
      size_t c = 0;
      for (; c + LANES <= channels; c += LANES) {
        const vi number = __builtin_convertvector(SEE(vb, which + c), vi);
        const vi mine = (vi)(number == ((vi){0} + taps->number[t]));
        AT(vf, tap + c) += (vf)((vi)SEE(vf, dy + c) & mine);
      }
      for (; c < channels; c++) tap[c] += which[c] == taps->number[t] ? dy[c] : 0.0f;
    }
  }
}

static inline void add_products(size_t length, const float *a, const float *b,
                                float *sum) {
  size_t i = 0;
  for (; i + LANES <= length; i += LANES)
    AT(vf, sum + i) += SEE(vf, a + i) * SEE(vf, b + i);
  for (; i + 4 <= length; i += 4) AT(v4, sum + i) += SEE(v4, a + i) * SEE(v4, b + i);
  for (; i < length; i++) sum[i] += a[i] * b[i];
}

static void depthwise(size_t pixels, size_t channels, const float *x, size_t x_step,
                      const float *w, float *y, size_t y_step) {
  for (size_t p = 0; p < pixels; p++)
    add_products(channels, x + p * x_step, w, y + p * y_step);
}

static void depthwise_weights(size_t pixels, size_t channels, const float *x,
                              size_t x_step, const float *y, size_t y_step, float *w) {
  for (size_t p = 0; p < pixels; p++)
    add_products(channels, x + p * x_step, y + p * y_step, w);
}

const dpb__image *TABLE(void) {
  static const dpb__image table = {
      .name = TABLE_NAME,
      .copy_runs = copy_runs,
      .add_runs = add_runs,
      .to_planes = to_planes,
      .max_pool = max_pool,
      .max_pool_gradient = max_pool_gradient,
      .max_pool_scatter = max_pool_scatter,
      .depthwise = depthwise,
      .depthwise_weights = depthwise_weights,
  };
  return &table;
}
