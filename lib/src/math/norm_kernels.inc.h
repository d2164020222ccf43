/* SPDX-License-Identifier: MIT
 *
 * The normalisation kernels, written once for vectors of LANES floats; the including file
 * says how many, and the name of its table. Not a header of its own.
 *
 * Columns are taken in chunks of at most CHUNK, rows in blocks of BLOCK, which together
 * fit the nearest cache: what is read twice comes from there. A vector holds neighbouring
 * columns and goes down the rows. Columns that do not fill a vector are done by one that
 * begins earlier and does some columns again.
 *
 * Narrow matrices (the 16 channels of an image) are folded: as many rows as make up one
 * chunk count as one row, and their columns are joined at the end.
 *
 * A column's arithmetic is the same wherever it lies, and products are not contracted
 * with sums (-ffp-contract=off), so neither LANES nor the chunk changes a bit.
 */
#include <string.h>

#include "base/error.h"
#include "math/norm_tables.h"

enum {
  CHUNK = 64,
  WIDEST = 16, /* lanes of any table */
  GROUP = 4,   /* vectors side by side: their sums do not wait for each other */
  BLOCK = 64,
  FOLDED = CHUNK / 2 /* as many columns, or fewer, are folded */
};

typedef float vf __attribute__((vector_size(4 * LANES)));
typedef int vi __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE vf load(const float *x) {
  vf v;
  memcpy(&v, x, sizeof v);
  return v;
}

INLINE void store(float *y, vf v) {
  memcpy(y, &v, sizeof v);
}

INLINE vf splat(float x) {
  return x - (vf){0};
}

/* A NaN passes. */
INLINE vf relu_of(vf v) {
  return (vf)((vi)v & ~(v <= splat(0.0f)));
}

INLINE float relu_of_one(float x) {
  return x <= 0.0f ? 0.0f : x;
}

/* Columns of the next chunk: what is left of them is never too little for a vector,
 * unless all of it was. */
static size_t chunk_of(size_t left) {
  if (left <= CHUNK) return left;
  return left < CHUNK + WIDEST ? CHUNK - WIDEST : CHUNK;
}

/* Calls one(c, last, V) for all columns of a chunk of width, which is LANES at least: V
 * vectors, constant, the first from column c on, the last from column last on. A row's
 * vectors are taken together, so that memory is walked through in its order. */
#define FOR_VECTORS(width, one)                                                          \
  do {                                                                                   \
    size_t c_ = 0;                                                                       \
    for (; (width)-c_ >= GROUP * LANES; c_ += GROUP * LANES)                             \
      one(c_, c_ + (GROUP - 1) * LANES, GROUP);                                          \
    switch (((width)-c_ + LANES - 1) / LANES) {                                          \
    case 4:                                                                              \
      one(c_, (width)-LANES, 4);                                                         \
      break;                                                                             \
    case 3:                                                                              \
      one(c_, (width)-LANES, 3);                                                         \
      break;                                                                             \
    case 2:                                                                              \
      one(c_, (width)-LANES, 2);                                                         \
      break;                                                                             \
    case 1:                                                                              \
      one(c_, (width)-LANES, 1);                                                         \
      break;                                                                             \
    default:                                                                             \
      break;                                                                             \
    }                                                                                    \
  } while (0)

/* The column at which vector v of V begins. */
INLINE size_t column_of(size_t v, size_t c, size_t last, size_t V) {
  return v + 1 == V ? last : c + v * LANES;
}

/* fold times values[cols], one behind the other. */
static void repeat(size_t fold, size_t cols, const float *values, float *out) {
  for (size_t i = 0; i < fold * cols; i++) out[i] = values[i % cols];
}

#include "math/norm_sums.inc.h"

#include "math/norm_map.inc.h"

#include "math/norm_rows.inc.h"

const dpb__norm *TABLE(void) {
  static const dpb__norm table = {.name = TABLE_NAME,
                                  .moments = moments,
                                  .apply = apply,
                                  .sums = sums,
                                  .gradient = gradient,
                                  .row_apply = row_apply,
                                  .row_sums = row_sums,
                                  .row_gradient = row_gradient};
  return &table;
}
