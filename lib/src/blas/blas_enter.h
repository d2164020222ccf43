/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS on one thread per call while deepblas uses it, and the host's setting
 * afterwards.
 */
#ifndef DPB_BLAS_BLAS_ENTER_H
#define DPB_BLAS_BLAS_ENTER_H

/* Sets OpenBLAS to one thread per call, process-wide or for the calling thread as its
 * build allows, and back to the host's setting when the last caller has left. Each thread
 * that calls dpb__gemm is between its own pair. Cheap, nests, does not allocate. */
void dpb__blas_enter(void);
void dpb__blas_leave(void);

/* The host's thread setting, whether or not the caller is between enter and leave. */
int dpb__blas_host_threads(void);

#endif
