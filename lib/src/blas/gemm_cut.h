/* SPDX-License-Identifier: MIT
 *
 * How a matrix product is handed to OpenBLAS: whole, as a matrix times a vector, or cut
 * into blocks. A pure function of the sizes and of what the kernels in use are good at.
 */
#ifndef DPB_BLAS_GEMM_CUT_H
#define DPB_BLAS_GEMM_CUT_H

/* How a matrix is stored: as it is used, or transposed. */
typedef enum dpb__transpose { DPB__PLAIN = 0, DPB__TRANSPOSED = 1 } dpb__transpose;

typedef enum dpb__gemm_way {
  DPB__GEMM_WHOLE,
  DPB__GEMM_VECTOR, /* m or n is 1 */
  DPB__GEMM_BLOCKS
} dpb__gemm_way;

typedef struct dpb__gemm_cut {
  dpb__gemm_way way;
  int m, n, k; /* of one block; the last along each side may be smaller */
} dpb__gemm_cut;

/* small_limit: dpb__gemm_small_limit(), of openblas.h. */
dpb__gemm_cut dpb__gemm_choose(double small_limit, dpb__transpose ta, dpb__transpose tb,
                               int m, int n, int k);

#endif
