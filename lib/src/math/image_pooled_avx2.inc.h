/* SPDX-License-Identifier: MIT
 *
 * The kernels behind a pooling, of image.h, for AVX2. Not a header of its own: a part of
 * image_kernels.inc.h.
 *
 * In a window of 2x2 places, a tap of the convolution sees four pixels, and each filter
 * wants one of them: that which the tap saw at its largest. So there is an entry for each
 * place of a tap, those four pixels, from which a permutation takes what 8 filters want.
 * With 16 registers there is room for the sums of 10 taps: two rows of a kernel of 5.
 */

#define ENTRY     4
#define MOST_SUMS 10

/* dy where a filter's largest is noted and its lane is one of lanes, else 0. */
static inline __m256 noted_of(const float *dy, const uint8_t *which, __m256 lanes,
                              __m256i *number) {
  *number = numbers_of(which);
  return _mm256_andnot_ps(where_equal(*number, DPB__NO_TAP),
                          _mm256_and_ps(lanes, _mm256_loadu_ps(dy)));
}

/* Floats from a row of entries to the next; they are made four at a time. */
static inline size_t entry_step(const dpb__pooled *shape) {
  return (2 * shape->places + shape->kernel - 2 + 3) / 4 * 4 * ENTRY;
}

/* 8 filters and kernel_rows rows of the kernel. The sums are in registers where both are
 * constants, as they are where this is inlined. */
static inline __attribute__((always_inline)) void
add_windows(const dpb__pooled *shape, size_t kernel, size_t kernel_rows, size_t rows,
            const float *entries, const float *dy, const uint8_t *which, __m256 lanes,
            float *dw) {
  const size_t row = kernel * shape->tap;
  const size_t step = entry_step(shape);
  __m256 sum[MOST_SUMS];
  for (size_t ky = 0; ky < kernel_rows; ky++)
    for (size_t kx = 0; kx < kernel; kx++)
      sum[ky * kernel + kx] = _mm256_loadu_ps(dw + ky * row + kx * shape->tap);
  for (size_t r = 0; r < rows; r++, entries += 2 * step) {
    const float *entry = entries;
    for (size_t p = 0; p < shape->places; p++, entry += 2 * ENTRY) {
      __m256i wanted;
      const __m256 d = noted_of(dy, which, lanes, &wanted);
      for (size_t ky = 0; ky < kernel_rows; ky++) {
        for (size_t kx = 0; kx < kernel; kx++) {
          const __m256 four =
              _mm256_broadcast_ps((const __m128 *)(entry + ky * step + kx * ENTRY));
          sum[ky * kernel + kx] = _mm256_fmadd_ps(_mm256_permutevar_ps(four, wanted), d,
                                                  sum[ky * kernel + kx]);
        }
      }
      dy += shape->filters;
      which += shape->filters;
    }
  }
  for (size_t ky = 0; ky < kernel_rows; ky++)
    for (size_t kx = 0; kx < kernel; kx++)
      _mm256_storeu_ps(dw + ky * row + kx * shape->tap, sum[ky * kernel + kx]);
}

/* The entries of rows rows of windows: one for each pixel at which a tap may stand in the
 * first place of a window, or beside it. */
static void make_entries(const dpb__pooled *shape, size_t rows, const float *pixels,
                         float *entries) {
  const size_t lines = 2 * rows + shape->kernel - 2;
  const size_t step = entry_step(shape);
  for (size_t y = 0; y < lines; y++, pixels += shape->line, entries += step) {
    const float *below = pixels + shape->line;
    for (size_t x = 0; x * ENTRY < step; x += 4) {
      __m128 a = _mm_loadu_ps(pixels + x), b = _mm_loadu_ps(pixels + x + 1);
      __m128 c = _mm_loadu_ps(below + x), d = _mm_loadu_ps(below + x + 1);
      _MM_TRANSPOSE4_PS(a, b, c, d);
      float *to = entries + x * ENTRY;
      _mm_storeu_ps(to, a);
      _mm_storeu_ps(to + ENTRY, b);
      _mm_storeu_ps(to + 2 * ENTRY, c);
      _mm_storeu_ps(to + 3 * ENTRY, d);
    }
  }
}

/* Filters that are no whole register. */
static void add_few(const dpb__pooled *shape, size_t rows, const float *pixels,
                    const float *dy, const uint8_t *which, float *dw) {
  for (size_t r = 0; r < rows; r++, pixels += 2 * shape->line) {
    for (size_t p = 0; p < shape->places; p++) {
      for (size_t f = 0; f < shape->filters; f++, dy++, which++) {
        if (*which == DPB__NO_TAP) continue;
        const float *seen = pixels + *which / 2 * shape->line + 2 * p + *which % 2;
        for (size_t t = 0; t < shape->kernel * shape->kernel; t++)
          dw[t * shape->tap + f] =
              __builtin_fmaf(seen[t / shape->kernel * shape->line + t % shape->kernel],
                             *dy, dw[t * shape->tap + f]);
      }
    }
  }
}

/* The last 8 filters overlap those before, which are kept out of it. */
static inline size_t first_of_half(size_t f, size_t filters, __m256 *lanes) {
  const size_t first = f + HALF_LANES <= filters ? f : filters - HALF_LANES;
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  const __m256i before = _mm256_set1_epi32((int)(f - first));
  *lanes = _mm256_castsi256_ps(
      _mm256_cmpgt_epi32(lane, _mm256_sub_epi32(before, _mm256_set1_epi32(1))));
  return first;
}

static void pooled_weights(const dpb__pooled *shape, size_t rows, const float *pixels,
                           const float *dy, const uint8_t *which, float *dw,
                           float *room) {
  if (shape->filters < HALF_LANES) {
    add_few(shape, rows, pixels, dy, which, dw);
    return;
  }
  make_entries(shape, rows, pixels, room);
  const size_t step = entry_step(shape);
  for (size_t f = 0; f < shape->filters; f += HALF_LANES) {
    __m256 lanes;
    const size_t at = first_of_half(f, shape->filters, &lanes);
    if (shape->kernel == 3) {
      add_windows(shape, 3, 3, rows, room, dy + at, which + at, lanes, dw + at);
      continue;
    }
    float *to = dw + at;
    for (size_t ky = 0; ky < 4; ky += 2, to += 2 * 5 * shape->tap)
      add_windows(shape, 5, 2, rows, room + ky * step, dy + at, which + at, lanes, to);
    add_windows(shape, 5, 1, rows, room + 4 * step, dy + at, which + at, lanes, to);
  }
}

static void pooled_sums(size_t places, size_t filters, const float *dy,
                        const uint8_t *which, float *sums) {
  for (size_t p = 0; p < places; p++) {
    for (size_t f = 0; f < filters; f++, dy++, which++)
      sums[f] += *which == DPB__NO_TAP ? 0.0f : *dy;
  }
}

#define RUN        __m256
#define RUN_FLOATS HALF_LANES
#define MOST_RUNS  12
#define LOAD_RUN   _mm256_loadu_ps
#define STORE_RUN  _mm256_storeu_ps
#define SPLAT_RUN  _mm256_set1_ps
#define ADD_RUN    _mm256_fmadd_ps
#include "math/image_runs.inc.h"

static void add_patches(size_t count, const dpb__noted *noted, const float *x,
                        size_t rows, size_t step, size_t length, float *sums) {
  size_t r = 0;
  for (; r + 2 <= rows && length == 6 * HALF_LANES;
       r += 2, x += 2 * step, sums += 2 * length)
    add_runs_of(count, noted, x, 2, step, 6, sums);
  for (; r < rows; r++, x += step) {
    size_t left = length / HALF_LANES;
    const float *at = x;
    for (; left >= 12; left -= 12, at += 12 * HALF_LANES, sums += 12 * HALF_LANES)
      add_runs_of(count, noted, at, 1, 0, 12, sums);
    for (; left >= 6; left -= 6, at += 6 * HALF_LANES, sums += 6 * HALF_LANES)
      add_runs_of(count, noted, at, 1, 0, 6, sums);
    for (; left > 0; left -= 2, at += 2 * HALF_LANES, sums += 2 * HALF_LANES)
      add_runs_of(count, noted, at, 1, 0, 2, sums);
  }
}
