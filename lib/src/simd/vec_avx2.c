/* SPDX-License-Identifier: MIT
 *
 * The table of vector kernels for AVX2 with FMA. Compiled with flags of its own; only
 * vec.c may decide that this CPU can run it.
 */
#include "simd/vec.h"

#if defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>
#include <math.h>
#include <string.h>

#define TABLE      dpb__vec_avx2
#define TABLE_NAME "avx2"
#define LANES      8
#define BLOCK      4

typedef __m256 vf;
typedef uint32_t vu __attribute__((vector_size(32)));
typedef __m256i vm;

static inline vf splat(float x) {
  return _mm256_set1_ps(x);
}
static inline vu splat_bits(uint32_t x) {
  return (vu)_mm256_set1_epi32((int)x);
}
static inline vu bits(vf v) {
  return (vu)v;
}
static inline vf from_bits(vu u) {
  return (vf)u;
}

static inline vf load(const float *x) {
  return _mm256_loadu_ps(x);
}
static inline void store(float *y, vf v) {
  _mm256_storeu_ps(y, v);
}
static inline vf load_bytes(const uint8_t *x) {
  return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)x)));
}

/* All bits set in the first n lanes: a masked load or store touches no byte behind. */
static inline vm first_lanes(size_t n) {
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), lane);
}
static inline vf load_part(const float *x, size_t n, float fill) {
  __m256i mask = first_lanes(n);
  return _mm256_blendv_ps(splat(fill), _mm256_maskload_ps(x, mask), (__m256)mask);
}
static inline void store_part(float *y, size_t n, vf v) {
  _mm256_maskstore_ps(y, first_lanes(n), v);
}
static inline vf load_bytes_part(const uint8_t *x, size_t n) {
  uint8_t whole[8] = {0};
  for (size_t i = 0; i < n && i < sizeof whole; i++) whole[i] = x[i];
  return load_bytes(whole);
}

static inline vf mul_add(vf a, vf b, vf c) {
  return _mm256_fmadd_ps(a, b, c);
}
static inline vf root(vf a) {
  return _mm256_sqrt_ps(a);
}
static inline vf larger(vf a, vf b) {
  return _mm256_max_ps(a, b);
}
static inline vm is_greater(vf a, vf b) {
  return (vm)_mm256_cmp_ps(a, b, _CMP_GT_OQ);
}
static inline vm is_not_at_most(vf a, vf b) {
  return (vm)_mm256_cmp_ps(a, b, _CMP_NLE_UQ);
}
static inline vf pick(vm m, vf yes, vf no) {
  return _mm256_blendv_ps(no, yes, (__m256)m);
}
static inline int any(vm m) {
  return _mm256_movemask_ps((__m256)m);
}

static inline float largest_of(vf v) {
  __m128 m = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  m = _mm_max_ps(m, _mm_movehl_ps(m, m));
  m = _mm_max_ss(m, _mm_movehdup_ps(m));
  return _mm_cvtss_f32(m);
}
static inline double sum_of(vf v) {
  __m256d s = _mm256_cvtps_pd(_mm256_castps256_ps128(v)) +
              _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1));
  __m128d t = _mm256_castpd256_pd128(s) + _mm256_extractf128_pd(s, 1);
  return _mm_cvtsd_f64(t) + _mm_cvtsd_f64(_mm_unpackhi_pd(t, t));
}

/* Sums of squares in double, a lane's squares always in the same sum. */
typedef struct vd {
  __m256d low, high;
} vd;

static inline vd no_squares(void) {
  return (vd){_mm256_setzero_pd(), _mm256_setzero_pd()};
}
static inline vd add_squares(vd sum, vf v) {
  __m256d low = _mm256_cvtps_pd(_mm256_castps256_ps128(v));
  __m256d high = _mm256_cvtps_pd(_mm256_extractf128_ps(v, 1));
  return (vd){_mm256_fmadd_pd(low, low, sum.low), _mm256_fmadd_pd(high, high, sum.high)};
}
static inline double total_of(vd sum) {
  __m256d s = sum.low + sum.high;
  __m128d t = _mm256_castpd256_pd128(s) + _mm256_extractf128_pd(s, 1);
  return _mm_cvtsd_f64(t) + _mm_cvtsd_f64(_mm_unpackhi_pd(t, t));
}

#include "simd/vec_kernels.inc.h"

#else

const dpb__vec *dpb__vec_avx2(void) {
  return NULL;
}

#endif
