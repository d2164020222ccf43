/* SPDX-License-Identifier: MIT
 *
 * The table of vector kernels for AVX-512 (F, VL, BW, DQ). Compiled with flags of its
 * own; only vec.c may decide that this CPU can run it.
 */
#include "simd/vec.h"

#if defined(__AVX512F__) && defined(__AVX512VL__) && defined(__AVX512BW__) &&            \
    defined(__AVX512DQ__) && defined(__FMA__)

#include <immintrin.h>
#include <math.h>
#include <string.h>

#define TABLE      dpb__vec_avx512
#define TABLE_NAME "avx512"
#define LANES      16
#define BLOCK      4

typedef __m512 vf;
typedef uint32_t vu __attribute__((vector_size(64)));
typedef __mmask16 vm;

static inline vf splat(float x) {
  return _mm512_set1_ps(x);
}
static inline vu splat_bits(uint32_t x) {
  return (vu)_mm512_set1_epi32((int)x);
}
static inline vu bits(vf v) {
  return (vu)v;
}
static inline vf from_bits(vu u) {
  return (vf)u;
}

static inline vf load(const float *x) {
  return _mm512_loadu_ps(x);
}
static inline void store(float *y, vf v) {
  _mm512_storeu_ps(y, v);
}
static inline vf load_bytes(const uint8_t *x) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)x)));
}

/* The first n lanes: a masked load or store touches no byte behind. */
static inline vm first_lanes(size_t n) {
  return (vm)((1u << n) - 1u);
}
static inline vf load_part(const float *x, size_t n, float fill) {
  return _mm512_mask_loadu_ps(splat(fill), first_lanes(n), x);
}
static inline void store_part(float *y, size_t n, vf v) {
  _mm512_mask_storeu_ps(y, first_lanes(n), v);
}
static inline vf load_bytes_part(const uint8_t *x, size_t n) {
  __m128i bytes = _mm_maskz_loadu_epi8(first_lanes(n), x);
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
}

static inline vf mul_add(vf a, vf b, vf c) {
  return _mm512_fmadd_ps(a, b, c);
}
static inline vf root(vf a) {
  return _mm512_sqrt_ps(a);
}
static inline vf larger(vf a, vf b) {
  return _mm512_max_ps(a, b);
}
static inline vm is_greater(vf a, vf b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ);
}
static inline vm is_not_at_most(vf a, vf b) {
  return _mm512_cmp_ps_mask(a, b, _CMP_NLE_UQ);
}
static inline vf pick(vm m, vf yes, vf no) {
  return _mm512_mask_blend_ps(m, no, yes);
}
static inline int any(vm m) {
  return m;
}
static inline float largest_of(vf v) {
  return _mm512_reduce_max_ps(v);
}
static inline double sum_of(vf v) {
  __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(v));
  __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1));
  return _mm512_reduce_add_pd(low + high);
}

/* Sums of squares in double, a lane's squares always in the same sum. */
typedef struct vd {
  __m512d low, high;
} vd;

static inline vd no_squares(void) {
  return (vd){_mm512_setzero_pd(), _mm512_setzero_pd()};
}
static inline vd add_squares(vd sum, vf v) {
  __m512d low = _mm512_cvtps_pd(_mm512_castps512_ps256(v));
  __m512d high = _mm512_cvtps_pd(_mm512_extractf32x8_ps(v, 1));
  return (vd){_mm512_fmadd_pd(low, low, sum.low), _mm512_fmadd_pd(high, high, sum.high)};
}
static inline double total_of(vd sum) {
  return _mm512_reduce_add_pd(sum.low + sum.high);
}

#include "simd/vec_kernels.inc.h"

#else

const dpb__vec *dpb__vec_avx512(void) {
  return NULL;
}

#endif
