/* SPDX-License-Identifier: MIT
 *
 * The matrix product: every Affine and every Conv layer ends here, and from here in
 * cblas_sgemm (blas/blas.c).
 */
#ifndef DPB_BLAS_GEMM_H
#define DPB_BLAS_GEMM_H

#include "blas/gemm_cut.h"

/* C[m, n] = A[m, k] * B[k, n] + beta * C, row-major. A is stored (m, k) with rows lda
 * apart, or transposed (k, m); B is stored (k, n), or transposed (n, k); C is (m, n).
 * With beta = 0, C is only written: what it held, NaN included, does not matter.
 *
 * The product may be cut into pieces that OpenBLAS likes better. How depends on the sizes
 * and the kernels in use alone: the same call gives the same bits in any thread.
 *
 * Call it between dpb__blas_enter and dpb__blas_leave (blas_enter.h). Sizes are at least
 * 1 and fit; the layers' plans have checked that. */
void dpb__gemm(dpb__transpose ta, dpb__transpose tb, int m, int n, int k, const float *a,
               int lda, const float *b, int ldb, float beta, float *c, int ldc);

/* The same in one call of OpenBLAS, which packs both operands: for matrices that no cache
 * holds, of which it reads and writes each number once. A vector goes the way above. */
void dpb__gemm_packed(dpb__transpose ta, dpb__transpose tb, int m, int n, int k,
                      const float *a, int lda, const float *b, int ldb, float beta,
                      float *c, int ldc);

#endif
