/* SPDX-License-Identifier: MIT
 *
 * The matrix product over cblas_sgemm and cblas_sgemv, in the pieces that gemm_cut.c
 * chooses.
 */
#include "blas/gemm.h"

#include <stdbool.h>
#include <stddef.h>

#include <cblas.h>

#include "blas/openblas.h"

typedef struct matrix {
  const float *at;
  int stride; /* from row to row, as stored */
  dpb__transpose way;
} matrix;

static CBLAS_TRANSPOSE cblas_way(dpb__transpose way) {
  return way == DPB__TRANSPOSED ? CblasTrans : CblasNoTrans;
}

static const float *element(matrix x, int row, int column) {
  if (x.way == DPB__TRANSPOSED) return x.at + (ptrdiff_t)column * x.stride + row;
  return x.at + (ptrdiff_t)row * x.stride + column;
}

static void multiply(int m, int n, int k, matrix a, matrix b, float beta, float *c,
                     int ldc) {
  cblas_sgemm(CblasRowMajor, cblas_way(a.way), cblas_way(b.way), m, n, k, 1.0f, a.at,
              a.stride, b.at, b.stride, beta, c, ldc);
}

/* c = x * v for the matrix x (rows, columns as used); steps are strides of the vectors.
 * c is zeroed here for beta = 0: whether gemv only writes it then, or multiplies what it
 * holds, is not the same in all versions. */
static void multiply_vector(int rows, int columns, matrix x, const float *v, int v_step,
                            float beta, float *c, int c_step) {
  bool transposed = x.way == DPB__TRANSPOSED;
  if (beta == 0.0f)
    for (int i = 0; i < rows; i++) c[(ptrdiff_t)i * c_step] = 0.0f;
  cblas_sgemv(CblasRowMajor, cblas_way(x.way), transposed ? columns : rows,
              transposed ? rows : columns, 1.0f, x.at, x.stride, v, v_step, beta, c,
              c_step);
}

static matrix flipped(matrix x) {
  x.way = x.way == DPB__TRANSPOSED ? DPB__PLAIN : DPB__TRANSPOSED;
  return x;
}

/* One row: c = B^T a; one column: c = A b. */
static void multiply_thin(int m, int n, int k, matrix a, matrix b, float beta, float *c,
                          int ldc) {
  if (m == 1)
    multiply_vector(n, k, flipped(b), a.at, a.way == DPB__TRANSPOSED ? a.stride : 1, beta,
                    c, 1);
  else
    multiply_vector(m, k, a, b.at, b.way == DPB__TRANSPOSED ? 1 : b.stride, beta, c, ldc);
}

static int least(int a, int b) {
  return a < b ? a : b;
}

/* The blocks of one stripe of columns of C, from column j; the sum over k goes on in C.
 */
static void multiply_stripe(dpb__gemm_cut cut, int m, int k, int j, int columns, matrix a,
                            matrix b, float beta, float *c, int ldc) {
  for (int i = 0; i < m; i += least(cut.m, m - i)) {
    for (int p = 0; p < k; p += least(cut.k, k - p)) {
      matrix a_block = {element(a, i, p), a.stride, a.way};
      matrix b_block = {element(b, p, j), b.stride, b.way};
      multiply(least(cut.m, m - i), columns, least(cut.k, k - p), a_block, b_block,
               p == 0 ? beta : 1.0f, c + (ptrdiff_t)i * ldc + j, ldc);
    }
  }
}

static void multiply_cut(int m, int n, int k, matrix a, matrix b, float beta, float *c,
                         int ldc) {
  dpb__gemm_cut cut = dpb__gemm_choose(dpb__gemm_small_limit(), a.way, b.way, m, n, k);
  if (cut.way == DPB__GEMM_WHOLE) {
    multiply(m, n, k, a, b, beta, c, ldc);
    return;
  }
  if (cut.way == DPB__GEMM_VECTOR) {
    multiply_thin(m, n, k, a, b, beta, c, ldc);
    return;
  }
  for (int j = 0; j < n; j += least(cut.n, n - j))
    multiply_stripe(cut, m, k, j, least(cut.n, n - j), a, b, beta, c, ldc);
}

void dpb__gemm(dpb__transpose ta, dpb__transpose tb, int m, int n, int k, const float *a,
               int lda, const float *b, int ldb, float beta, float *c, int ldc) {
  bool alone = dpb__blas_turn();
  multiply_cut(m, n, k, (matrix){a, lda, ta}, (matrix){b, ldb, tb}, beta, c, ldc);
  dpb__blas_end_turn(alone);
}

void dpb__gemm_packed(dpb__transpose ta, dpb__transpose tb, int m, int n, int k,
                      const float *a, int lda, const float *b, int ldb, float beta,
                      float *c, int ldc) {
  if (m == 1 || n == 1) {
    dpb__gemm(ta, tb, m, n, k, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  bool alone = dpb__blas_turn();
  multiply(m, n, k, (matrix){a, lda, ta}, (matrix){b, ldb, tb}, beta, c, ldc);
  dpb__blas_end_turn(alone);
}
