/* SPDX-License-Identifier: MIT
 *
 * The kernels behind a pooling, of image.h, for AVX-512. Not a header of its own: a part
 * of image_kernels.inc.h.
 *
 * In a window of 2x2 places, a tap of the convolution sees four pixels, and each filter
 * wants one of them: that which the tap saw at its largest. So there is an entry for each
 * window and kernel row, a vector of two rows of pixels, from which a permutation takes
 * what 16 filters want.
 */

/* Pixels of one row in an entry: what the taps of one kernel row see in the window. */
#define ENTRY_ROW (LANES / 2)

#define MOST_TAPS 25

/* Where the first tap of a kernel row finds its pixel in an entry, for places 0 to 3 of a
 * window. A number with its highest bit set, as DPB__NO_TAP, becomes 0. */
static inline __m128i first_lanes(void) {
  return _mm_setr_epi8(0, 1, ENTRY_ROW, ENTRY_ROW + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                       0);
}

/* 16 filters, or those of lanes. The sums are in registers where kernel is a constant, as
 * it is where this is inlined. */
static inline __attribute__((always_inline)) void
add_windows(const dpb__pooled *shape, size_t kernel, size_t rows, const float *entry,
            const float *dy, const uint8_t *which, __mmask16 lanes, float *dw) {
  const __m128i first = first_lanes();
  const size_t row = kernel * shape->tap;
  const size_t step = shape->places * LANES; /* to the next row of entries */
  __m512 sum[MOST_TAPS];
  for (size_t kx = 0; kx < kernel; kx++)
    for (size_t ky = 0; ky < kernel; ky++)
      sum[kx * kernel + ky] =
          _mm512_maskz_loadu_ps(lanes, dw + ky * row + kx * shape->tap);
  for (size_t r = 0; r < rows; r++, entry += step) {
    for (size_t p = 0; p < shape->places; p++, entry += LANES) {
      const __m128i number = _mm_maskz_loadu_epi8(lanes, which);
      const __mmask16 none = _mm_movepi8_mask(number);
      const __m512 d = _mm512_maskz_loadu_ps(_kandn_mask16(none, lanes), dy);
      __m512i wanted = _mm512_cvtepu8_epi32(_mm_shuffle_epi8(first, number));
      for (size_t kx = 0; kx < kernel; kx++) {
        for (size_t ky = 0; ky < kernel; ky++)
          sum[kx * kernel + ky] = _mm512_fmadd_ps(
              _mm512_permutexvar_ps(wanted, _mm512_loadu_ps(entry + ky * step)), d,
              sum[kx * kernel + ky]);
        wanted = _mm512_add_epi32(wanted, _mm512_set1_epi32(1));
        /* the compiler shall not keep entries from one column to the next: there are
         * registers for the sums, not for both */
        __asm__("" : "+r"(entry));
      }
      dy += shape->filters;
      which += shape->filters;
    }
  }
  for (size_t kx = 0; kx < kernel; kx++)
    for (size_t ky = 0; ky < kernel; ky++)
      _mm512_mask_storeu_ps(dw + ky * row + kx * shape->tap, lanes,
                            sum[kx * kernel + ky]);
}

/* The entries of rows rows of windows: one for each row of pixels at which a kernel row
 * may stand. */
static void make_entries(const dpb__pooled *shape, size_t rows, const float *pixels,
                         float *entries) {
  const size_t lines = 2 * rows + shape->kernel - 2;
  for (size_t y = 0; y < lines; y++, pixels += shape->line) {
    for (size_t p = 0; p < shape->places; p++, entries += LANES) {
      const float *at = pixels + 2 * p;
      _mm256_storeu_ps(entries, _mm256_loadu_ps(at));
      _mm256_storeu_ps(entries + ENTRY_ROW, _mm256_loadu_ps(at + shape->line));
    }
  }
}

static inline __mmask16 lanes_from(size_t first, size_t count) {
  const size_t left = count - first;
  return (__mmask16)(left < LANES ? (1u << left) - 1 : 0xffff);
}

static void pooled_weights(const dpb__pooled *shape, size_t rows, const float *pixels,
                           const float *dy, const uint8_t *which, float *dw,
                           float *room) {
  make_entries(shape, rows, pixels, room);
  for (size_t f = 0; f < shape->filters; f += LANES) {
    const __mmask16 lanes = lanes_from(f, shape->filters);
    if (shape->kernel == 3)
      add_windows(shape, 3, rows, room, dy + f, which + f, lanes, dw + f);
    else
      add_windows(shape, 5, rows, room, dy + f, which + f, lanes, dw + f);
  }
}

static void pooled_sums(size_t places, size_t filters, const float *dy,
                        const uint8_t *which, float *sums) {
  for (size_t f = 0; f < filters; f += LANES) {
    const __mmask16 lanes = lanes_from(f, filters);
    __m512 sum = _mm512_maskz_loadu_ps(lanes, sums + f);
    for (size_t p = 0; p < places; p++) {
      const size_t at = p * filters + f;
      const __mmask16 none = _mm_movepi8_mask(_mm_maskz_loadu_epi8(lanes, which + at));
      sum =
          _mm512_add_ps(sum, _mm512_maskz_loadu_ps(_kandn_mask16(none, lanes), dy + at));
    }
    _mm512_mask_storeu_ps(sums + f, lanes, sum);
  }
}

#define RUN        __m512
#define RUN_FLOATS LANES
#define MOST_RUNS  18
#define LOAD_RUN   _mm512_loadu_ps
#define STORE_RUN  _mm512_storeu_ps
#define SPLAT_RUN  _mm512_set1_ps
#define ADD_RUN    _mm512_fmadd_ps
#include "math/image_runs.inc.h"

static void add_patches(size_t count, const dpb__noted *noted, const float *x,
                        size_t rows, size_t step, size_t length, float *sums) {
  if (rows == 3 && length == 3 * LANES) {
    add_runs_of(count, noted, x, 3, step, 3, sums);
    return;
  }
  if (rows == 3 && length == 6 * LANES) {
    add_runs_of(count, noted, x, 3, step, 6, sums);
    return;
  }
  for (size_t r = 0; r < rows; r++, x += step) {
    size_t left = length / LANES;
    const float *at = x;
    for (; left >= 12; left -= 12, at += 12 * LANES, sums += 12 * LANES)
      add_runs_of(count, noted, at, 1, 0, 12, sums);
    for (; left >= 5; left -= 5, at += 5 * LANES, sums += 5 * LANES)
      add_runs_of(count, noted, at, 1, 0, 5, sums);
    for (; left > 0; left--, at += LANES, sums += LANES)
      add_runs_of(count, noted, at, 1, 0, 1, sums);
  }
}
