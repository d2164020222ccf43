/* SPDX-License-Identifier: MIT
 *
 * Products without packing for AVX2: 6 rows and 16 columns of C are 12 registers, in
 * which their sums stay from one end of k, or of a block of it, to the other.
 */
#include "math/narrow.h"

#include <stddef.h>

#if defined(__AVX2__) && defined(__FMA__)

#include <immintrin.h>

#include "base/cache.h"

#define ROWS    6
#define COLUMNS 16
#define HALF    8
#define LINE    (DPB__LINE_BYTES / (int)sizeof(float))

/* Rows of A and B that a block of A^T * B sees: in the first cache with room for the next
 * block. */
#define DEPTH 32

/* One tile; rows and transposed are constants where this is inlined. */
static inline __attribute__((always_inline)) void
add_tile(int rows, bool transposed, int k, const float *a, ptrdiff_t lda, const float *b,
         ptrdiff_t ldb, bool add, float *c, ptrdiff_t ldc) {
  const ptrdiff_t down = transposed ? 1 : lda, along = transposed ? lda : 1;
  __m256 sum[ROWS][2];
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < 2; h++)
      sum[r][h] = add ? _mm256_loadu_ps(c + r * ldc + HALF * h) : _mm256_setzero_ps();
  for (int p = 0; p < k; p++, a += along, b += ldb) {
    const __m256 low = _mm256_loadu_ps(b), high = _mm256_loadu_ps(b + HALF);
    for (int r = 0; r < rows; r++) {
      const __m256 x = _mm256_broadcast_ss(a + r * down);
      sum[r][0] = _mm256_fmadd_ps(x, low, sum[r][0]);
      sum[r][1] = _mm256_fmadd_ps(x, high, sum[r][1]);
    }
  }
  for (int r = 0; r < rows; r++)
    for (int h = 0; h < 2; h++) _mm256_storeu_ps(c + r * ldc + HALF * h, sum[r][h]);
}

static inline __attribute__((always_inline)) void
add_rows(int rows, bool transposed, int k, const float *a, ptrdiff_t lda, const float *b,
         ptrdiff_t ldb, bool add, float *c, ptrdiff_t ldc) {
  if (rows == 6)
    add_tile(6, transposed, k, a, lda, b, ldb, add, c, ldc);
  else if (rows == 4)
    add_tile(4, transposed, k, a, lda, b, ldb, add, c, ldc);
  else if (rows == 2)
    add_tile(2, transposed, k, a, lda, b, ldb, add, c, ldc);
  else
    add_tile(1, transposed, k, a, lda, b, ldb, add, c, ldc);
}

/* The next tile's rows, of those left. */
static inline int rows_of(int left) {
  if (left >= ROWS) return ROWS;
  return left >= 4 ? 4 : left >= 2 ? 2 : 1;
}

static void plain(int m, int n, int k, const float *a, int lda, const float *b, int ldb,
                  bool add, float *c, int ldc) {
  for (int i = 0, rows; i < m; i += rows) {
    rows = rows_of(m - i);
    for (int j = 0; j < n; j += COLUMNS)
      add_rows(rows, false, k, a + (ptrdiff_t)i * lda, lda, b + j, ldb, add,
               c + (ptrdiff_t)i * ldc + j, ldc);
  }
}

/* What is fetched, a few lines with each tile, while others are multiplied: rows of width
 * floats, step apart. Their strides are such that no core foresees them. */
typedef struct ahead {
  const float *at;
  int width, step;
  int column;
} ahead;

static inline void fetch(ahead *f, int lines) {
  for (int i = 0; i < lines; i++) {
    _mm_prefetch((const char *)(f->at + f->column), _MM_HINT_T0);
    f->column += LINE;
    if (f->column < f->width) continue;
    f->column = 0;
    f->at += f->step;
  }
}

/* Lines of depth rows that each of so many tiles fetches. */
static inline int lines_each(int width, int depth, int tiles) {
  return ((width + LINE - 1) / LINE * depth + tiles - 1) / tiles;
}

/* A block of k after the other, in each all tiles of C. */
static void transposed(int m, int n, int k, const float *a, int lda, const float *b,
                       int ldb, bool add, float *c, int ldc) {
  const int tiles = (m + ROWS - 1) / ROWS * (n / COLUMNS);
  for (int p = 0; p < k; p += DEPTH) {
    const int depth = k - p < DEPTH ? k - p : DEPTH;
    const int next = k - p - depth < DEPTH ? k - p - depth : DEPTH;
    const float *a_block = a + (ptrdiff_t)p * lda, *b_block = b + (ptrdiff_t)p * ldb;
    ahead of_a = {a_block + (ptrdiff_t)depth * lda, m, lda, 0};
    ahead of_b = {b_block + (ptrdiff_t)depth * ldb, n, ldb, 0};
    const int lines_a = lines_each(m, next, tiles), lines_b = lines_each(n, next, tiles);
    for (int i = 0, rows; i < m; i += rows) {
      rows = rows_of(m - i);
      for (int j = 0; j < n; j += COLUMNS) {
        fetch(&of_a, lines_a);
        fetch(&of_b, lines_b);
        add_rows(rows, true, depth, a_block + i, lda, b_block + j, ldb, add || p > 0,
                 c + (ptrdiff_t)i * ldc + j, ldc);
      }
    }
  }
}

const dpb__narrow *dpb__narrow_avx2(void) {
  static const dpb__narrow table = {.plain = plain, .transposed = transposed};
  return &table;
}

#else

const dpb__narrow *dpb__narrow_avx2(void) {
  return NULL;
}

#endif
