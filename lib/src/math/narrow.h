/* SPDX-License-Identifier: MIT
 *
 * Matrix products without packing, for kernels of OpenBLAS that always pack.
 *
 * OpenBLAS's AVX2 kernels copy both matrices into buffers of their own before they
 * multiply, a few columns at a time. Where the result has few columns, and each number is
 * multiplied a few dozen times and no more, that is a third of the time: 1x1 convolutions
 * of 64 channels, and the narrow products of the book's layers. (Its AVX-512 kernels have
 * a path without, see gemm_cut.c; this is the same for AVX2.) Everything else is
 * OpenBLAS's.
 */
#ifndef DPB_MATH_NARROW_H
#define DPB_MATH_NARROW_H

#include <stdbool.h>

#include "math/gemm.h"

/* A, row-major with rows lda apart, is (m, k) in plain and (k, m) in transposed; B is
 * (k, n), C (m, n), n a multiple of 16. C is written, or with add added to. Every sum is
 * in the order of k. */
typedef struct dpb__narrow {
  void (*plain)(int m, int n, int k, const float *a, int lda, const float *b, int ldb,
                bool add, float *c, int ldc);
  void (*transposed)(int m, int n, int k, const float *a, int lda, const float *b,
                     int ldb, bool add, float *c, int ldc);
} dpb__narrow;

/* NULL where the build has none. */
const dpb__narrow *dpb__narrow_avx2(void);

/* Those that go with OpenBLAS's kernels of that name; NULL: OpenBLAS needs no help, or
 * the CPU cannot run them. */
const dpb__narrow *dpb__narrow_for(const char *core);

/* They are the better way for these sizes. */
bool dpb__narrow_pays(dpb__transpose ta, dpb__transpose tb, int m, int n, int k);

#endif
