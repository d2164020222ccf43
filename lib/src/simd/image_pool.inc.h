/* SPDX-License-Identifier: MIT
 *
 * Maximum pooling, of the kernels of image.h. Not a header of its own: a part of
 * image_kernels.inc.h. 16 channels are in the hands of
 *
 *     max_of_lanes   the largest of the taps, and its number
 *     scatter_lanes  each tap of dx gets dy where its number is noted, else 0
 *     add_lanes      dy is added to one tap where its number is noted
 *
 * for each instruction set in image_lanes_*.inc.h.
 */

/* Of a 2x2 window, which nearly all are. */
#define COMMON_TAPS 4

/* The first channel of chunk number i: the last chunk moves back to end where the
 * channels end, so that it is a whole vector too. What it does twice gives the same
 * twice.
 */
static inline size_t chunk_at(size_t i, size_t channels) {
  return (i + 1) * LANES <= channels ? i * LANES : channels - LANES;
}

#if defined(__AVX512BW__) && defined(__AVX512VL__)
#include "simd/image_lanes_avx512.inc.h"
#elif defined(__AVX2__)
#include "simd/image_lanes_avx2.inc.h"
#else
#include "simd/image_lanes_generic.inc.h"
#endif

static inline void max_of_one(const dpb__taps *taps, const float *x, const float *b,
                              float *y, uint8_t *which) {
  float best = x[taps->offset[0]];
  uint8_t number = taps->number[0];
  for (int t = 1; t < taps->count; t++) {
    const float v = x[taps->offset[t]];
    if (v > best || v != v) {
      best = v;
      number = taps->number[t];
    }
  }
  if (b) best += *b;
  if (taps->relu && !(best > 0.0f)) number = DPB__NO_TAP;
  *y = taps->relu && best <= 0.0f ? 0.0f : best;
  if (which) *which = number;
}

/* count is taps->count; a constant where this is inlined. */
static inline __attribute__((always_inline)) void
pool_places(size_t places, size_t channels, const dpb__taps *taps, int count,
            const float *x, size_t step, float *y, uint8_t *which) {
  const size_t chunks = channels < LANES ? 0 : (channels + LANES - 1) / LANES;
  const float *b = taps->b;
  for (size_t p = 0; p < places; p++, x += step, y += channels) {
    for (size_t i = 0; i < chunks; i++) {
      const size_t c = chunk_at(i, channels);
      max_of_lanes(taps, count, x + c, b ? b + c : NULL, y + c, which ? which + c : NULL);
    }
    for (size_t c = 0; chunks == 0 && c < channels; c++)
      max_of_one(taps, x + c, b ? b + c : NULL, y + c, which ? which + c : NULL);
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
  return (dpb__taps){COMMON_TAPS, own->offset, own->number, taps->b, taps->relu};
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
      for (; c + LANES <= channels; c += LANES)
        add_lanes(taps->number[t], dy + c, which + c, tap + c);
      for (; c < channels; c++) tap[c] += which[c] == taps->number[t] ? dy[c] : 0.0f;
    }
  }
}
