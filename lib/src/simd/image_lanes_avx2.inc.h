/* SPDX-License-Identifier: MIT
 *
 * 16 channels of maximum pooling for AVX2, in two halves: a part of image_pool.inc.h.
 */

#define HALF_LANES 8

/* The numbers of 8 channels, each as long as a float. */
static inline __m256i numbers_of(const uint8_t *which) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)which));
}

static inline __m256 where_equal(__m256i numbers, uint8_t number) {
  return _mm256_castsi256_ps(_mm256_cmpeq_epi32(numbers, _mm256_set1_epi32(number)));
}

/* The last NaN stays, as something larger than all. */
static inline __m256 max_of_half(const dpb__taps *taps, int count, const float *x,
                                 const float *b, float *y) {
  __m256 best = _mm256_loadu_ps(x + taps->offset[0]);
  __m256 number = _mm256_castsi256_ps(_mm256_set1_epi32(taps->number[0]));
  for (int t = 1; t < count; t++) {
    const __m256 v = _mm256_loadu_ps(x + taps->offset[t]);
    const __m256 here = _mm256_castsi256_ps(_mm256_set1_epi32(taps->number[t]));
    const __m256 larger = _mm256_or_ps(_mm256_cmp_ps(v, best, _CMP_GT_OQ),
                                       _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    best = _mm256_blendv_ps(best, v, larger);
    number = _mm256_blendv_ps(number, here, larger);
  }
  if (b) best = _mm256_add_ps(best, _mm256_loadu_ps(b));
  if (taps->relu) {
    const __m256 zero = _mm256_setzero_ps();
    const __m256 none = _mm256_castsi256_ps(_mm256_set1_epi32(DPB__NO_TAP));
    number = _mm256_blendv_ps(none, number, _mm256_cmp_ps(best, zero, _CMP_GT_OQ));
    best = _mm256_and_ps(best, _mm256_cmp_ps(best, zero, _CMP_NLE_UQ));
  }
  _mm256_storeu_ps(y, best);
  return number;
}

static inline void max_of_lanes(const dpb__taps *taps, int count, const float *x,
                                const float *b, float *y, uint8_t *which) {
  const __m256 low = max_of_half(taps, count, x, b, y);
  const __m256 high =
      max_of_half(taps, count, x + HALF_LANES, b ? b + HALF_LANES : NULL, y + HALF_LANES);
  if (!which) return;
  /* packing goes by halves of 4: put in order what comes of it */
  const __m256i words =
      _mm256_packus_epi32(_mm256_castps_si256(low), _mm256_castps_si256(high));
  const __m256i sorted = _mm256_permute4x64_epi64(words, 0xd8);
  _mm_storeu_si128((__m128i *)which,
                   _mm_packus_epi16(_mm256_castsi256_si128(sorted),
                                    _mm256_extracti128_si256(sorted, 1)));
}

static inline void scatter_lanes(const dpb__taps *taps, int count, const float *dy,
                                 const uint8_t *which, float *dx) {
  for (size_t half = 0; half < LANES; half += HALF_LANES) {
    const __m256i numbers = numbers_of(which + half);
    const __m256 d = _mm256_loadu_ps(dy + half);
    for (int t = 0; t < count; t++)
      _mm256_storeu_ps(dx + taps->offset[t] + half,
                       _mm256_and_ps(d, where_equal(numbers, taps->number[t])));
  }
}

static inline void add_lanes(uint8_t number, const float *dy, const uint8_t *which,
                             float *dx) {
  for (size_t half = 0; half < LANES; half += HALF_LANES) {
    const __m256 mine = where_equal(numbers_of(which + half), number);
    const __m256 d = _mm256_and_ps(_mm256_loadu_ps(dy + half), mine);
    _mm256_storeu_ps(dx + half, _mm256_add_ps(_mm256_loadu_ps(dx + half), d));
  }
}
