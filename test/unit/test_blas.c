/* SPDX-License-Identifier: MIT
 *
 * The matrix product, by an identity: for a random vector t, C t must be A (B t), which
 * takes two matrix-vector products in double instead of a whole reference product.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "blas/blas_enter.h"
#include "blas/gemm.h"
#include "blas/gemm_cut.h"
#include "blas/openblas.h"

#define SENTINEL 12345.0f

typedef struct matrix {
  float *at;
  int rows, columns, stride; /* as stored */
} matrix;

static float next_number(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(*seed >> 8) / 8388608.0f - 1.0f;
}

static matrix make(int rows, int columns, int gap, uint32_t *seed) {
  matrix x = {NULL, rows, columns, columns + gap};
  size_t count = (size_t)rows * (size_t)x.stride;
  x.at = malloc(count * sizeof(float));
  assert_non_null(x.at);
  for (size_t i = 0; i < count; i++) x.at[i] = SENTINEL;
  for (int r = 0; r < rows; r++)
    for (int c = 0; c < columns; c++)
      x.at[(size_t)r * (size_t)x.stride + (size_t)c] = next_number(seed);
  return x;
}

static double element(matrix x, int transposed, int row, int column) {
  int r = transposed ? column : row, c = transposed ? row : column;
  return (double)x.at[(size_t)r * (size_t)x.stride + (size_t)c];
}

/* y = x t and size = |x| |t| */
static void times(matrix x, int transposed, const double *t, const double *t_size,
                  double *y, double *size) {
  int rows = transposed ? x.columns : x.rows, columns = transposed ? x.rows : x.columns;
  for (int r = 0; r < rows; r++) {
    y[r] = size[r] = 0.0;
    for (int c = 0; c < columns; c++) {
      double v = element(x, transposed, r, c);
      y[r] += v * t[c];
      size[r] += fabs(v) * t_size[c];
    }
  }
}

static double *numbers(int count) {
  double *x = calloc((size_t)count, sizeof *x);
  assert_non_null(x);
  return x;
}

typedef struct job {
  int ta, tb, m, n, k;
  float beta;
} job;

/* Largest difference of C t from A (B t) + beta (C before) t, in units of the largest
 * value it could have had; 1 when something beside C was written. */
static double difference(job j, matrix a, matrix b, matrix before, matrix c) {
  double *t = numbers(j.n), *bt = numbers(j.k), *bt_size = numbers(j.k);
  double *want = numbers(j.m), *want_size = numbers(j.m);
  double *old = numbers(j.m), *got = numbers(j.m), *size = numbers(j.m);
  uint32_t seed = 99;
  double *t_size = numbers(j.n);
  for (int i = 0; i < j.n; i++) t_size[i] = fabs(t[i] = (double)next_number(&seed));
  times(b, j.tb, t, t_size, bt, bt_size);
  times(a, j.ta, bt, bt_size, want, want_size);
  times(before, 0, t, t_size, old, size);
  times(c, 0, t, t_size, got, size);
  double worst = 0.0;
  for (int r = 0; r < j.m; r++) {
    double wanted = want[r] + (j.beta != 0.0f ? (double)j.beta * old[r] : 0.0);
    double error = fabs(got[r] - wanted) / (want_size[r] + size[r]);
    worst = error <= worst ? worst : error; /* a NaN becomes the worst */
    for (int x = c.columns; x < c.stride; x++)
      if (c.at[(size_t)r * (size_t)c.stride + (size_t)x] != SENTINEL) worst = 1.0;
  }
  double *all[] = {t, t_size, bt, bt_size, want, want_size, old, got, size};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
  return worst;
}

static void check(job j, int gap) {
  uint32_t seed = 7;
  matrix a = j.ta ? make(j.k, j.m, gap, &seed) : make(j.m, j.k, gap, &seed);
  matrix b = j.tb ? make(j.n, j.k, gap, &seed) : make(j.k, j.n, gap, &seed);
  matrix before = make(j.m, j.n, gap, &seed), c = before;
  size_t bytes = (size_t)j.m * (size_t)c.stride * sizeof(float);
  c.at = malloc(bytes);
  assert_non_null(c.at);
  memcpy(c.at, before.at, bytes);
  for (int r = 0; r < j.m && j.beta == 0.0f; r++)
    for (int x = 0; x < j.n; x++) c.at[(size_t)r * (size_t)c.stride + (size_t)x] = NAN;

  dpb__gemm(j.ta ? DPB__TRANSPOSED : DPB__PLAIN, j.tb ? DPB__TRANSPOSED : DPB__PLAIN, j.m,
            j.n, j.k, a.at, a.stride, b.at, b.stride, j.beta, c.at, c.stride);
  double worst = difference(j, a, b, before, c);
  free(a.at);
  free(b.at);
  free(before.at);
  free(c.at);
  if (!(worst < 2e-6))
    print_error("ta %d, tb %d, m %d, n %d, k %d, beta %g, gap %d: %g\n", j.ta, j.tb, j.m,
                j.n, j.k, (double)j.beta, gap, worst);
  assert_true(worst < 2e-6);
}

static void check_all_ways(int m, int n, int k) {
  static const float betas[] = {0.0f, 1.0f, 0.5f};
  for (int i = 0; i < 12; i++)
    check((job){i & 1, i >> 1 & 1, m, n, k, betas[i / 4]}, i % 3 * 5);
}

static void test_small(void **state) {
  (void)state;
  static const int sides[] = {1, 2, 3, 7, 13, 16, 31, 64};
  dpb__blas_enter();
  for (int i = 0; i < 512; i++)
    check_all_ways(sides[i % 8], sides[i / 8 % 8], sides[i / 64]);
  dpb__blas_leave();
}

/* Around the limits at which products are cut, with rests along every side. */
static void test_cut(void **state) {
  (void)state;
  static const int shapes[][3] = {
      {100, 100, 100}, {101, 100, 100}, {100, 101, 100}, {100, 100, 101}, {100, 50, 784},
      {25, 100, 4320}, {997, 10, 211},  {65, 193, 331},  {130, 257, 97},  {24, 256, 64},
      {25, 256, 128},  {48, 251, 839},  {7, 1201, 1667}, {3, 5, 100003},  {784, 50, 100},
      {30, 40, 31},    {30, 40, 32},    {30, 41, 32},    {401, 389, 61},
  };
  dpb__blas_enter();
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    check_all_ways(shapes[i][0], shapes[i][1], shapes[i][2]);
  dpb__blas_leave();
}

static void test_vectors(void **state) {
  (void)state;
  static const int shapes[][3] = {{1, 1, 1},      {1, 1, 5000},    {1, 100, 4320},
                                  {1, 4320, 100}, {100, 1, 4320},  {4320, 1, 100},
                                  {1, 255, 257},  {1, 1000, 1009}, {1009, 1, 1000}};
  dpb__blas_enter();
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
    check_all_ways(shapes[i][0], shapes[i][1], shapes[i][2]);
  dpb__blas_leave();
}

static void test_limit_is_known(void **state) {
  (void)state;
  double limit = dpb__gemm_small_limit();
  assert_true(limit == 0.0 || limit == 1e6);
}

enum { SIDE = 200, ROUNDS = 60, THREADS = 3 };

typedef struct shared_work {
  const float *a, *b, *want;
  int wrong[THREADS];
} shared_work;

typedef struct thread_work {
  shared_work *shared;
  int number;
} thread_work;

static void *multiply_often(void *arg) {
  thread_work *work = arg;
  shared_work *s = work->shared;
  size_t bytes = SIDE * SIDE * sizeof(float);
  float *c = malloc(bytes);
  dpb__blas_enter();
  for (int i = 0; i < ROUNDS && c != NULL; i++) {
    dpb__gemm(DPB__PLAIN, DPB__PLAIN, SIDE, SIDE, SIDE, s->a, SIDE, s->b, SIDE, 0.0f, c,
              SIDE);
    s->wrong[work->number] += memcmp(c, s->want, bytes) != 0;
  }
  dpb__blas_leave();
  free(c);
  return NULL;
}

/* The same product in several threads at once: every one the same bits. */
static void test_threads_get_the_same_bits(void **state) {
  (void)state;
  uint32_t seed = 3;
  matrix a = make(SIDE, SIDE, 0, &seed), b = make(SIDE, SIDE, 0, &seed);
  matrix want = make(SIDE, SIDE, 0, &seed);
  dpb__blas_enter();
  dpb__gemm(DPB__PLAIN, DPB__PLAIN, SIDE, SIDE, SIDE, a.at, SIDE, b.at, SIDE, 0.0f,
            want.at, SIDE);
  dpb__blas_leave();
  shared_work shared = {a.at, b.at, want.at, {0}};
  thread_work work[THREADS];
  pthread_t threads[THREADS];
  for (int i = 0; i < THREADS; i++) {
    work[i] = (thread_work){&shared, i};
    assert_int_equal(pthread_create(&threads[i], NULL, multiply_often, &work[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    pthread_join(threads[i], NULL);
    assert_int_equal(shared.wrong[i], 0);
  }
  free(a.at);
  free(b.at);
  free(want.at);
}

/* What is cut has the bits of its pieces, multiplied one by one in the same order. */
static void check_pieces(int ta, int tb, int m, int n, int k) {
  const dpb__transpose way_a = ta ? DPB__TRANSPOSED : DPB__PLAIN,
                       way_b = tb ? DPB__TRANSPOSED : DPB__PLAIN;
  const dpb__gemm_cut cut =
      dpb__gemm_choose(dpb__gemm_small_limit(), way_a, way_b, m, n, k);
  if (cut.way != DPB__GEMM_BLOCKS) return; /* this OpenBLAS gets it whole */
  uint32_t seed = 5;
  matrix a = ta ? make(k, m, 0, &seed) : make(m, k, 0, &seed);
  matrix b = tb ? make(n, k, 0, &seed) : make(k, n, 0, &seed);
  matrix whole = make(m, n, 0, &seed), pieces = make(m, n, 0, &seed);
  dpb__gemm(way_a, way_b, m, n, k, a.at, a.stride, b.at, b.stride, 0.0f, whole.at, n);
  for (int j = 0; j < n; j += cut.n)
    for (int i = 0; i < m; i += cut.m)
      for (int p = 0; p < k; p += cut.k)
        dpb__gemm(way_a, way_b, i + cut.m < m ? cut.m : m - i,
                  j + cut.n < n ? cut.n : n - j, p + cut.k < k ? cut.k : k - p,
                  ta ? a.at + p * a.stride + i : a.at + i * a.stride + p, a.stride,
                  tb ? b.at + j * b.stride + p : b.at + p * b.stride + j, b.stride,
                  p > 0 ? 1.0f : 0.0f, pieces.at + i * n + j, n);
  assert_memory_equal(whole.at, pieces.at, (size_t)m * (size_t)n * sizeof(float));
  free(a.at);
  free(b.at);
  free(whole.at);
  free(pieces.at);
}

static void test_pieces(void **state) {
  (void)state;
  check_pieces(0, 0, 100, 96, 1600);
  check_pieces(0, 0, 25, 100, 4320);
  check_pieces(1, 0, 784, 48, 1000);
  check_pieces(0, 1, 24, 256, 1600);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_small),
      cmocka_unit_test(test_pieces),
      cmocka_unit_test(test_cut),
      cmocka_unit_test(test_vectors),
      cmocka_unit_test(test_limit_is_known),
      cmocka_unit_test(test_threads_get_the_same_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
