/* SPDX-License-Identifier: MIT
 *
 * Cholesky's factor of a symmetric positive definite matrix, and systems solved with it,
 * through the LAPACK inside OpenBLAS (blas/lapack.c, the only file that knows its names).
 *
 * Matrices are n x n in columns, as LAPACK has them; of symmetric ones and factors only
 * the lower triangle, element (row, column) at row + column * n with row >= column, is
 * looked at. OpenBLAS runs on one thread, so the same numbers give the same bits.
 */
#ifndef DPB_BLAS_LAPACK_H
#define DPB_BLAS_LAPACK_H

#include <deepblas/status.h>

/* To be called ahead of the others: DPB_ERR_MEMORY when OpenBLAS would find no memory for
 * its work. leave afterwards, unless that failed. */
dpb_status dpb__lapack_enter(void);
void dpb__lapack_leave(void);

/* A = L L^T: the lower triangle of a becomes L. 0, or the order of the first leading
 * minor that is not positive: A is not positive definite then, or holds NaN. */
int dpb__cholesky(int n, double *a);

/* columns right-hand sides, each of n numbers behind one another, become A^-1 b. */
void dpb__cholesky_solve(int n, int columns, const double *l, double *b);

/* The same with L alone: they become L^-1 b. */
void dpb__cholesky_solve_lower(int n, int columns, const double *l, double *b);

#endif
