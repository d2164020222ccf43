/* SPDX-License-Identifier: MIT
 *
 * For tests that call the pieces which run inside of a step, where the library has set
 * OpenBLAS to one thread: around a whole group of them.
 */
#ifndef BLAS_FIXTURE_H
#define BLAS_FIXTURE_H

#include "blas/blas_enter.h"

static inline int begin_blas(void **state) {
  (void)state;
  dpb__blas_enter();
  return 0;
}

static inline int end_blas(void **state) {
  (void)state;
  dpb__blas_leave();
  return 0;
}

#endif
