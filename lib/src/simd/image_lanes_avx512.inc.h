/* SPDX-License-Identifier: MIT
 *
 * 16 channels of maximum pooling for AVX-512: a part of image_pool.inc.h.
 */

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

static inline void add_lanes(uint8_t number, const float *dy, const uint8_t *which,
                             float *dx) {
  const __mmask16 mine = _mm_cmpeq_epi8_mask(_mm_loadu_si128((const __m128i *)which),
                                             _mm_set1_epi8((char)number));
  const __m512 d = _mm512_maskz_loadu_ps(mine, dy);
  _mm512_storeu_ps(dx, _mm512_add_ps(_mm512_loadu_ps(dx), d));
}
