/* SPDX-License-Identifier: MIT
 *
 * Maximum pooling, of the kernels of image.h. Not a header of its own: a part of
 * image_kernels.inc.h.
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
/* The largest of the taps where none is a NaN, and their numbers. One bit for each
 * channel, instead of a number as long as it. */
static inline __m512 largest_of(const dpb__taps *taps, int count, const float *x,
                                __m128i *number) {
  __m512 best = _mm512_loadu_ps(x + taps->offset[0]);
  *number = _mm_set1_epi8((char)taps->number[0]);
  for (int t = 1; t < count; t++) {
    const __m512 v = _mm512_loadu_ps(x + taps->offset[t]);
    const __mmask16 larger = _mm512_cmp_ps_mask(v, best, _CMP_GT_OQ);
    best = _mm512_max_ps(best, v);
    *number = _mm_mask_mov_epi8(*number, larger, _mm_set1_epi8((char)taps->number[t]));
  }
  return best;
}

/* The same with NaNs: the last of them stays. */
static inline __m512 largest_or_nan(const dpb__taps *taps, int count, const float *x,
                                    __m128i *number) {
  __m512 best = _mm512_loadu_ps(x + taps->offset[0]);
  *number = _mm_set1_epi8((char)taps->number[0]);
  for (int t = 1; t < count; t++) {
    const __m512 v = _mm512_loadu_ps(x + taps->offset[t]);
    const __mmask16 larger =
        _mm512_cmp_ps_mask(v, best, _CMP_GT_OQ) | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q);
    best = _mm512_mask_mov_ps(best, larger, v);
    *number = _mm_mask_mov_epi8(*number, larger, _mm_set1_epi8((char)taps->number[t]));
  }
  return best;
}

static inline bool has_nan(const dpb__taps *taps, int count, const float *x) {
  __mmask16 nan = 0;
  int t = 0;
  for (; t + 2 <= count; t += 2)
    nan |= _mm512_cmp_ps_mask(_mm512_loadu_ps(x + taps->offset[t]),
                              _mm512_loadu_ps(x + taps->offset[t + 1]), _CMP_UNORD_Q);
  if (t == count) return nan != 0;
  const __m512 v = _mm512_loadu_ps(x + taps->offset[t]);
  return (nan | _mm512_cmp_ps_mask(v, v, _CMP_UNORD_Q)) != 0;
}

static inline void max_of_lanes(const dpb__taps *taps, int count, const float *x,
                                const float *b, float *y, uint8_t *which) {
  __m128i number;
  __m512 best = has_nan(taps, count, x) ? largest_or_nan(taps, count, x, &number)
                                        : largest_of(taps, count, x, &number);
  if (b) best = _mm512_add_ps(best, _mm512_loadu_ps(b));
  __mmask16 kept = (__mmask16)-1;
  if (taps->relu) {
    kept = _mm512_cmp_ps_mask(best, _mm512_setzero_ps(), _CMP_GT_OQ);
    best = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(best, _mm512_setzero_ps(), _CMP_NLE_UQ),
                               best);
  }
  _mm512_storeu_ps(y, best);
  if (!which) return;
  const __m128i none = _mm_set1_epi8((char)DPB__NO_TAP);
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
static inline void max_of_each(const dpb__taps *taps, int count, const float *x,
                               const float *b, float *y, uint8_t *which) {
  vf best = SEE(vf, x + taps->offset[0]);
  vi number = (vi){0} + taps->number[0];
  for (int t = 1; t < count; t++) {
    const vf v = SEE(vf, x + taps->offset[t]);
    const vi nan = (vi)(v != v); /* NOLINT(misc-redundant-expression) */
    const vi larger = (vi)(v > best) | nan;
    best = (vf)((larger & (vi)v) | (~larger & (vi)best));
    number = (larger & ((vi){0} + taps->number[t])) | (~larger & number);
  }
  if (b) best += SEE(vf, b);
  if (taps->relu) {
    const vi above = (vi)(best > (vf){0});
    number = (above & number) | (~above & ((vi){0} + DPB__NO_TAP));
    best = (vf)((vi)best & ~(vi)(best <= (vf){0}));
  }
  AT(vf, y) = best;
  if (!which) return;
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
      for (; c + LANES <= channels; c += LANES) {
        const vi number = __builtin_convertvector(SEE(vb, which + c), vi);
        const vi mine = (vi)(number == ((vi){0} + taps->number[t]));
        AT(vf, tap + c) += (vf)((vi)SEE(vf, dy + c) & mine);
      }
      for (; c < channels; c++) tap[c] += which[c] == taps->number[t] ? dy[c] : 0.0f;
    }
  }
}
