/* SPDX-License-Identifier: MIT
 *
 * Matrices, sizes and exact results for the tests of the normalisation kernels.
 */
#ifndef NORM_FIXTURE_H
#define NORM_FIXTURE_H

#include "layer_fixture.h"
#include "simd/norm.h"

static const char *const tables[] = {"generic", "avx2", "avx512"};
enum { TABLES = 3 };

/* Rows and columns: narrow and folded, with and without rest; short and folded to whole
 * vectors; one strip, a strip and a little. */
static const size_t sizes[][2] = {
    {1, 1},   {2, 1},     {63, 1},  {64, 1},   {1000, 1}, {1, 3},    {7, 3},    {21, 3},
    {22, 3},  {300, 3},   {4, 16},  {9, 16},   {700, 16}, {25, 30},  {131, 30}, {5, 32},
    {1, 33},  {3, 33},    {66, 47}, {1, 64},   {64, 64},  {65, 64},  {28, 65},  {28, 79},
    {28, 80}, {129, 100}, {2, 200}, {3, 1040}, {3, 1041}, {2, 2100}, {25, 100}, {24, 30},
    {40, 50}, {64, 10},   {2, 512}, {2, 513},  {2, 527},  {2, 528},  {130, 17}};
enum { SIZES = sizeof sizes / sizeof sizes[0] };

typedef struct matrix {
  size_t rows, cols;
  float *x, *dy, *mean, *scale, *shift, *slope, *out;
  double *first, *second;
} matrix;

/* As the kernels want them: they go on behind the last column. */
static inline float *parameters(size_t cols, unsigned seed) {
  float *values = random_floats(cols + DPB__NORM_MORE, seed);
  dpb__norm_go_on(cols, values);
  return values;
}

static inline matrix make(size_t rows, size_t cols, float offset) {
  matrix m = {.rows = rows, .cols = cols};
  m.x = random_floats(rows * cols, 1);
  for (size_t i = 0; i < rows * cols; i++) m.x[i] += offset;
  m.dy = random_floats(rows * cols, 2);
  m.mean = parameters(cols, 3);
  m.scale = parameters(cols, 4);
  m.shift = parameters(cols, 5);
  m.slope = parameters(cols, 6);
  m.out = nan_floats(rows * cols + 1);
  m.first = malloc(cols * sizeof *m.first);
  m.second = malloc(cols * sizeof *m.second);
  assert_true(m.first && m.second);
  return m;
}

static inline void drop(matrix *m) {
  float *const all[] = {m->x, m->dy, m->mean, m->scale, m->shift, m->slope, m->out};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
  free(m->first);
  free(m->second);
}

static inline void exact_moments(const matrix *m, size_t c, double *mean,
                                 double *squares) {
  *mean = *squares = 0;
  for (size_t r = 0; r < m->rows; r++) *mean += (double)m->x[r * m->cols + c];
  *mean /= (double)m->rows;
  for (size_t r = 0; r < m->rows; r++) {
    const double off = (double)m->x[r * m->cols + c] - *mean;
    *squares += off * off;
  }
}

/* Seven rows of whole, each of one piece. */
static inline dpb__norm_whole make_whole(size_t cols, float **memory) {
  const size_t pitch = cols + DPB__NORM_MORE;
  float *at = *memory = nan_floats(7 * pitch);
  return (dpb__norm_whole){.mean = at,
                           .var = at + pitch,
                           .factor = at + 2 * pitch,
                           .scale = at + 3 * pitch,
                           .shift = at + 4 * pitch,
                           .level = at + 5 * pitch,
                           .slope = at + 6 * pitch};
}

#endif
