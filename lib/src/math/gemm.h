/* SPDX-License-Identifier: MIT
 *
 * The matrix product: every Affine and every Conv layer ends here, and from here in
 * cblas_sgemm (math/blas.c, the only file that knows cblas.h).
 */
#ifndef DPB_MATH_GEMM_H
#define DPB_MATH_GEMM_H

#include <stdbool.h>

#include <deepblas/status.h>

typedef enum dpb__transpose { DPB__PLAIN = 0, DPB__TRANSPOSED = 1 } dpb__transpose;

/* C[m, n] = A[m, k] * B[k, n] + beta * C, row-major. A is stored (m, k) with rows lda
 * apart, or transposed (k, m); B is stored (k, n), or transposed (n, k); C is (m, n).
 * With beta = 0, C is only written: what it held, NaN included, does not matter.
 *
 * The product may be cut into pieces that OpenBLAS likes better. How depends on the sizes
 * and the kernels in use alone: the same call gives the same bits in any thread.
 *
 * Call it between dpb__blas_enter and dpb__blas_leave. Sizes are at least 1 and fit; the
 * layers' plans have checked that. */
void dpb__gemm(dpb__transpose ta, dpb__transpose tb, int m, int n, int k, const float *a,
               int lda, const float *b, int ldb, float beta, float *c, int ldc);

/* The most multiply-adds m*n*k that OpenBLAS's present kernels do without packing their
 * operands first; 0 when they have no such path. Layers cut their products by it. */
double dpb__gemm_small_limit(void);

/* So many threads more will call dpb__gemm at a time: DPB_ERR_MEMORY when OpenBLAS would
 * find no memory for its work, which a product could not report. As often and as many are
 * to be unreserved. */
dpb_status dpb__blas_reserve(int callers);
void dpb__blas_unreserve(int callers);

/* Sets OpenBLAS to one thread per call, process-wide or for the calling thread as its
 * build allows, and back to the host's setting when the last caller has left. Each thread
 * that calls dpb__gemm is between its own pair. Cheap, nests, does not allocate. */
void dpb__blas_enter(void);
void dpb__blas_leave(void);

/* False when this OpenBLAS must not be called from two threads at a time (a serial build
 * without locks): dpb__gemm takes turns then, and more workers gain nothing. */
bool dpb__blas_concurrent(void);

#endif
