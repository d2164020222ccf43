/* SPDX-License-Identifier: MIT
 *
 * The normalisation kernels, written once for vectors of LANES floats; the including file
 * says how many, and the name of its table. Not a header of its own.
 *
 * A vector holds neighbouring columns and goes down the rows, GROUP of them side by side.
 * Columns that do not fill a vector are done by one that begins earlier and does some
 * columns again.
 *
 * Narrow matrices (the 16 channels of an image), and those whose rows do not fill whole
 * vectors, are folded: so many rows count as one as make up whole vectors. What belongs
 * to a column is then found at the column modulo their number (period); it goes on behind
 * the last column, so that a vector may begin at any.
 *
 * A column's arithmetic is the same wherever it lies, and products are not contracted
 * with sums (-ffp-contract=off), so LANES does not change a bit.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "simd/norm.h"

#if defined(__FMA__)
#include <immintrin.h>
#endif

enum {
  WIDEST = DPB__NORM_MORE, /* lanes of any table */
  GROUP = 4,   /* vectors side by side: their sums do not wait for each other */
  BLOCK = 64,  /* rows, folded ones, that are added up in float32 */
  STRIP = 512, /* columns at most, folded ones, whose sums are held at a time */
  NARROW = 64, /* fewer columns are folded */
  FEW = 32     /* columns whose sums are worth folding */
};

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int vi __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf load(const float *x) {
  vf v;
  memcpy(&v, x, sizeof v);
  return v;
}

/* For a vector that is used twice: gcc would rather load it for each use. */
INLINE vf load_once(const float *x) {
  vf v = load(x);
#if defined(__SSE__)
  __asm__("" : "+x"(v));
#endif
  return v;
}

INLINE void store(float *y, vf v) {
  memcpy(y, &v, sizeof v);
}

INLINE vf splat(float x) {
  return x - (vf){0};
}

/* a + b by a multiply-add, which is exact in its product of 1: the units that multiply
 * have less to do than those that add. */
INLINE vf sum_of(vf a, vf b) {
#if defined(__FMA__) && LANES == 16
  return (vf)_mm512_fmadd_ps((__m512)b, _mm512_set1_ps(1.0f), (__m512)a);
#elif defined(__FMA__) && LANES == 8
  return (vf)_mm256_fmadd_ps((__m256)b, _mm256_set1_ps(1.0f), (__m256)a);
#else
  return a + b;
#endif
}

/* A NaN passes. */
INLINE vf relu_of(vf v) {
  return (vf)((vi)v & ~(v <= splat(0.0f)));
}

INLINE float relu_of_one(float x) {
  return x <= 0.0f ? 0.0f : x;
}

/* How many rows count as one. In short matrices, which stay in the nearest cache, whole
 * vectors count most; in long ones, that memory is gone through in its order. */
static size_t fold_of(size_t rows, size_t cols) {
  size_t fold = 1;
  while (fold * cols % WIDEST != 0) fold *= 2;
  if (rows <= BLOCK && rows >= 2 * fold && fold * cols <= STRIP && fold * cols > NARROW)
    return fold;
  return cols > NARROW / 2 ? 1 : rows < NARROW / cols ? 1 : NARROW / cols;
}

/* A piece of a matrix: rows, folded ones, of width columns out of stride. Column c of it
 * has the parameters of c modulo period, or of c where that is 0. */
typedef struct piece {
  size_t rows, width, stride, period;
} piece;

/* The piece that begins at row r and column c, unfolded ones, and goes on to the next row
 * to begin at, and column. fold becomes 1 when too few rows are left for it. */
INLINE piece piece_at(size_t rows, size_t cols, size_t r, size_t c, size_t *fold) {
  if (rows - r < *fold) *fold = 1;
  const size_t folded = (rows - r) / *fold, left = cols - c;
  piece p = {.rows = folded < BLOCK ? folded : BLOCK, .stride = *fold * cols};
  p.period = *fold > 1 ? cols : 0;
  /* what is left of the columns is never too little for a vector, unless all of it was */
  p.width = *fold > 1               ? p.stride
            : left <= STRIP         ? left
            : left < STRIP + WIDEST ? STRIP - WIDEST
                                    : STRIP;
  return p;
}

/* Calls one(c, last, places, V) for all columns of a piece, which has LANES of them at
 * least: V vectors, constant, the first from column c on, the last from column last on,
 * with parameters from these places on. */
#define FOR_VECTORS(p, one)                                                              \
  do {                                                                                   \
    const size_t width_ = (p)->width;                                                    \
    size_t c_ = 0, places_[GROUP] = {0};                                                 \
    for (; width_ - c_ >= GROUP * LANES; c_ += GROUP * LANES) {                          \
      find_places(p, c_, places_);                                                       \
      one(c_, c_ + (GROUP - 1) * LANES, places_, GROUP);                                 \
    }                                                                                    \
    find_places(p, c_, places_);                                                         \
    switch ((width_ - c_ + LANES - 1) / LANES) {                                         \
    case 4:                                                                              \
      one(c_, width_ - LANES, places_, 4);                                               \
      break;                                                                             \
    case 3:                                                                              \
      one(c_, width_ - LANES, places_, 3);                                               \
      break;                                                                             \
    case 2:                                                                              \
      one(c_, width_ - LANES, places_, 2);                                               \
      break;                                                                             \
    case 1:                                                                              \
      one(c_, width_ - LANES, places_, 1);                                               \
      break;                                                                             \
    default:                                                                             \
      break;                                                                             \
    }                                                                                    \
  } while (0)

/* The column at which vector v of V begins. */
INLINE size_t column_of(size_t v, size_t c, size_t last, size_t V) {
  return v + 1 == V ? last : c + v * LANES;
}

/* Where the parameters of the vectors from column c on begin; those of the group before
 * are given. */
INLINE void find_places(const piece *p, size_t c, size_t places[GROUP]) {
  size_t at = places[GROUP - 1];
  for (size_t v = 0; v < GROUP; v++) {
    const size_t column = c + v * LANES;
    const bool is_last = column + LANES > p->width;
    at += column > 0 ? LANES : 0;
    if (is_last) at = p->width - LANES;
    while (p->period && at >= p->period) at -= p->period;
    places[v] = at;
  }
}

#include "simd/norm_sums.inc.h"

#include "simd/norm_map.inc.h"

#include "simd/norm_rows.inc.h"

#include "simd/norm_whole.inc.h"

const dpb__norm *TABLE(void) {
  static const dpb__norm table = {.name = TABLE_NAME,
                                  .moments = moments,
                                  .apply = apply,
                                  .sums = sums,
                                  .gradient = gradient,
                                  .join_moments = join_moments,
                                  .add_sums = add_sums,
                                  .make_scales = make_scales,
                                  .make_slopes = make_slopes,
                                  .row_apply = row_apply,
                                  .row_sums = row_sums,
                                  .row_gradient = row_gradient};
  return &table;
}
