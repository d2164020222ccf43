/* SPDX-License-Identifier: MIT
 *
 * The portable table of vector kernels: a vector is one float, and what the compiler
 * makes of the loops depends on what it is compiled for. No instruction set is asked for.
 */
#include <math.h>
#include <string.h>

#include "simd/vec.h"

#define TABLE      dpb__vec_generic
#define TABLE_NAME "generic"
#define LANES      1
#define BLOCK      16 /* columns that loops over rows take at a time, in vectors */

typedef float vf;
typedef uint32_t vu;
typedef int vm;

static inline vf splat(float x) {
  return x;
}
static inline vu splat_bits(uint32_t x) {
  return x;
}
static inline vu bits(vf v) {
  vu u;
  memcpy(&u, &v, sizeof u);
  return u;
}
static inline vf from_bits(vu u) {
  vf v;
  memcpy(&v, &u, sizeof v);
  return v;
}

static inline vf load(const float *x) {
  return *x;
}
static inline void store(float *y, vf v) {
  *y = v;
}
static inline vf load_bytes(const uint8_t *x) {
  return (float)*x;
}
/* There is no part of a vector of one; the names are needed, not the functions. */
static inline vf load_part(const float *x, size_t n, float fill) {
  return n > 0 ? *x : fill;
}
static inline void store_part(float *y, size_t n, vf v) {
  if (n > 0) *y = v;
}
static inline vf load_bytes_part(const uint8_t *x, size_t n) {
  return n > 0 ? (float)*x : 0.0f;
}

/* a * b + c, in one rounding where that costs nothing */
static inline vf mul_add(vf a, vf b, vf c) {
#ifdef __FP_FAST_FMAF
  return fmaf(a, b, c);
#else
  return a * b + c;
#endif
}
static inline vf root(vf a) {
  return sqrtf(a);
}
/* a > b ? a : b, so b when either is NaN */
static inline vf larger(vf a, vf b) {
  return a > b ? a : b;
}
static inline vm is_greater(vf a, vf b) {
  return a > b;
}
/* !(a <= b), so true when either is NaN */
static inline vm is_not_at_most(vf a, vf b) {
  return !(a <= b);
}
static inline vf pick(vm m, vf yes, vf no) {
  return m ? yes : no;
}
static inline int any(vm m) {
  return m;
}
static inline float largest_of(vf v) {
  return v;
}
static inline double sum_of(vf v) {
  return (double)v;
}

typedef double vd;

static inline vd no_squares(void) {
  return 0.0;
}
static inline vd add_squares(vd sum, vf v) {
  return sum + (double)v * (double)v;
}
static inline double total_of(vd sum) {
  return sum;
}

#include "simd/vec_kernels.inc.h"
