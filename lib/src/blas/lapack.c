/* SPDX-License-Identifier: MIT
 *
 * LAPACK's Fortran names, declared here because OpenBLAS is packaged without a header for
 * them in places. A Fortran function takes the length of each text argument behind all
 * the others; OpenBLAS's own, in C, take no notice of it.
 */
#include "blas/lapack.h"

#include <stddef.h>

#include "blas/blas_enter.h"
#include "blas/blas_memory.h"
#include "blas/openblas.h"

void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info,
             size_t uplo_length);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a,
             const int *lda, double *b, const int *ldb, int *info, size_t uplo_length);
void dtrtrs_(const char *uplo, const char *trans, const char *diag, const int *n,
             const int *nrhs, const double *a, const int *lda, double *b, const int *ldb,
             int *info, size_t uplo_length, size_t trans_length, size_t diag_length);

static bool enter(void) {
  dpb__blas_enter();
  return dpb__blas_turn();
}

static void leave(bool alone) {
  dpb__blas_end_turn(alone);
  dpb__blas_leave();
}

dpb_status dpb__lapack_enter(void) {
  return dpb__blas_reserve(1);
}

void dpb__lapack_leave(void) {
  dpb__blas_unreserve(1);
}

int dpb__cholesky(int n, double *a) {
  int info = 0;
  bool alone = enter();
  dpotrf_("L", &n, a, &n, &info, 1);
  leave(alone);
  if (info != 0) return info;
  /* A NaN is neither above 0 nor not: kernels differ in whether they notice. */
  for (int i = 0; i < n; i++)
    if (!(a[i + (ptrdiff_t)i * n] > 0.0)) return i + 1;
  return 0;
}

void dpb__cholesky_solve(int n, int columns, const double *l, double *b) {
  int info = 0;
  bool alone = enter();
  dpotrs_("L", &n, &columns, l, &n, b, &n, &info, 1);
  leave(alone);
}

void dpb__cholesky_solve_lower(int n, int columns, const double *l, double *b) {
  int info = 0;
  bool alone = enter();
  dtrtrs_("L", "N", "N", &n, &columns, l, &n, b, &n, &info, 1, 1, 1);
  leave(alone);
}
