/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS's work buffers, made while there still is a way to fail.
 */
#ifndef DPB_BLAS_BLAS_MEMORY_H
#define DPB_BLAS_BLAS_MEMORY_H

#include <deepblas/status.h>

/* So many threads more will call OpenBLAS at a time: DPB_ERR_MEMORY when it would find no
 * memory for its work, which a product could not report. As often and as many are to be
 * unreserved. */
dpb_status dpb__blas_reserve(int callers);
void dpb__blas_unreserve(int callers);

#endif
