/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS packs both operands into buffers of its own before it multiplies, which pays
 * for large matrices. Its AVX-512 kernels (since 0.3.18) also have a path without
 * packing, taken when m n k <= 10^6; for A * B^T only when m n <= 1200 and k >= 32 too.
 * The products of the layers are larger than that, but in blocks they fit, and the blocks
 * are faster than the whole. One thread of a Zen 4, Cooperlake kernels, GFLOP/s:
 *
 *     product        m     n     k    whole   blocks
 *     A * B        100    50   784       90      108
 *     A * B         25   100  4320       75      104
 *     A * B       1000    10   784       47       70
 *     A * B         25  4320   100       81      102
 *     A * B        512   512   512      100      107
 *     A * B       1024  1024  1024       99       96 (left whole)
 *     A^T * B      784    50   100       90      110
 *     A^T * B     4320   100    25       80      104
 *     A^T * B      144    32 19600       58       85
 *     A * B^T       25   256   128       73       94
 *     A * B^T       25   784   256       73       98
 *     A * B^T       20  4320   100       71       79
 *
 * Kernels without such a path lose by any cut: they get the product whole. What they have
 * no kernel for is a single row or column, which they treat as a full tile; gemv is 3 to
 * 6 times as fast there, and with the AVX-512 kernels it still is for large matrices.
 */
#include "blas/gemm_cut.h"

#include <stdbool.h>

/* Above this product, blocks gain nothing... */
#define PRODUCT_WHOLE 3e8
/* ... unless m or n is at most this; half of it for A^T. */
#define SIDE_WHOLE 384
/* Floats of B in a block: they stay in the nearer caches. */
#define BLOCK_OPERAND (1 << 14)
/* Elements of the matrix from which gemv beats the path without packing. */
#define VECTOR_MATRIX 65536
/* The most m n of A * B^T without packing. */
#define TRANSPOSED_AREA 1200

static double product(int m, int n, int k) {
  return (double)m * (double)n * (double)k;
}

static bool unpacked(double limit, dpb__transpose ta, dpb__transpose tb, int m, int n,
                     int k) {
  if (product(m, n, k) > limit) return false;
  bool b_alone = tb == DPB__TRANSPOSED && ta == DPB__PLAIN;
  return !b_alone || ((double)m * n <= TRANSPOSED_AREA && k >= 32);
}

/* The length of pieces, at most most and all about the same, that total is cut into;
 * rounded up to a multiple of step (of which most is one). */
static int piece(int total, int most, int step) {
  if (total <= most) return total;
  int pieces = (total - 1) / most + 1;
  int length = (total - 1) / pieces + 1;
  return (length - 1) / step * step + step;
}

static dpb__gemm_cut whole(int m, int n, int k) {
  return (dpb__gemm_cut){DPB__GEMM_WHOLE, m, n, k};
}

/* A * B and A^T * B: a block of B that fits the nearer caches, then as many rows as the
 * limit leaves, at least limit / BLOCK_OPERAND = 61. */
static dpb__gemm_cut cut_plain(double limit, dpb__transpose ta, int m, int n, int k) {
  bool large = product(m, n, k) > PRODUCT_WHOLE;
  int side = ta == DPB__TRANSPOSED ? SIDE_WHOLE / 2 : SIDE_WHOLE;
  if (large && m > side && n > side) return whole(m, n, k);
  int columns = n <= 192 ? n : piece(n, 128, 16);
  int depth = piece(k, BLOCK_OPERAND / columns, 1);
  int rows = (int)(limit / ((double)columns * depth)) / 4 * 4;
  return (dpb__gemm_cut){DPB__GEMM_BLOCKS, piece(m, rows, 4), columns, depth};
}

/* A * B^T: few rows, and rows that are long enough for dot products to pay. */
static dpb__gemm_cut cut_transposed(double limit, int m, int n, int k) {
  bool pays = (k >= 128 && m <= 48) || (k >= 64 && m <= 24);
  if (!pays) return whole(m, n, k);
  int columns = TRANSPOSED_AREA / m / 4 * 4;
  int depth = (int)(limit / TRANSPOSED_AREA);
  return (dpb__gemm_cut){DPB__GEMM_BLOCKS, m, piece(n, columns, 4), piece(k, depth, 1)};
}

dpb__gemm_cut dpb__gemm_choose(double limit, dpb__transpose ta, dpb__transpose tb, int m,
                               int n, int k) {
  bool fits = unpacked(limit, ta, tb, m, n, k);
  if (m == 1 || n == 1) {
    /* one row of A * B, or one column of A^T * B, once the matrix is large */
    bool across = m == 1 || ta == DPB__TRANSPOSED;
    double elements = (double)(m == 1 ? n : m) * k;
    bool gemv = !fits || (across && elements >= VECTOR_MATRIX);
    return (dpb__gemm_cut){gemv ? DPB__GEMM_VECTOR : DPB__GEMM_WHOLE, m, n, k};
  }
  if (fits || limit <= 0.0) return whole(m, n, k);
  if (tb == DPB__PLAIN) return cut_plain(limit, ta, m, n, k);
  if (ta == DPB__PLAIN) return cut_transposed(limit, m, n, k);
  return whole(m, n, k);
}
