/* SPDX-License-Identifier: MIT
 *
 * What the rest of math/ asks OpenBLAS, so that blas.c stays the only file with cblas.h.
 */
#ifndef DPB_MATH_OPENBLAS_H
#define DPB_MATH_OPENBLAS_H

#include <stdbool.h>

#include <deepblas/blas.h>

/* openblas_get_config() writes into a buffer of its own at each call: one caller at a
 * time. */
const char *dpb__openblas_config(void);
const char *dpb__openblas_core(void);
dpb_blas_threading dpb__openblas_threading(void);
int dpb__openblas_threads(void);
void dpb__openblas_set_threads(int threads);

/* Around every call that computes: waits for its turn where OpenBLAS must not be called
 * from two threads at a time. What the first returns goes to the second. */
bool dpb__blas_turn(void);
void dpb__blas_end_turn(bool alone);

/* To be called when the kernels have changed: dpb__gemm asks for their name again. */
void dpb__gemm_forget_core(void);

/* The same for its memory: what was reserved is made anew by the next who reserves. */
void dpb__blas_forget_memory(void);

/* The configuration, copied once; any thread. */
const char *dpb__blas_config(void);

/* The host's thread setting, whether or not the caller is between enter and leave. */
int dpb__blas_host_threads(void);

/* The address of a function that the process may or may not hold, NULL when it does not.
 * By name and at run time, because which OpenBLAS and which OpenMP are loaded is only
 * known then, and a weak reference from a static library is bound when linking. */
typedef void (*dpb__function)(void);
dpb__function dpb__find_function(const char *name);

#endif
