/* SPDX-License-Identifier: MIT
 *
 * What OpenBLAS says of itself, and what can be set in it. Any thread may ask.
 */
#ifndef DPB_BLAS_OPENBLAS_H
#define DPB_BLAS_OPENBLAS_H

#include <stdbool.h>

#include <deepblas/blas.h>

/* openblas_get_config(), copied: that function writes into a buffer of its own. */
const char *dpb__openblas_config(void);
const char *dpb__openblas_core(void);
dpb_blas_threading dpb__openblas_threading(void);

/* The setting as it is now. What the host has set: dpb__blas_host_threads. */
int dpb__openblas_threads(void);
void dpb__openblas_set_threads(int threads);

/* The most multiply-adds m*n*k that the present kernels do without packing their operands
 * first; 0 when they have no such path. Layers cut their products by it. */
double dpb__gemm_small_limit(void);

/* To be called when the kernels have been changed. */
void dpb__openblas_changed(void);

/* How often that was. What was found out or reserved before is to be done anew. */
int dpb__openblas_changes(void);

/* False when OpenBLAS must not be called from two threads at a time (a serial build
 * without locks): calls take turns then, and more workers gain nothing. */
bool dpb__blas_concurrent(void);

/* Around every call that computes: waits for its turn where calls take turns. What the
 * first returns goes to the second. */
bool dpb__blas_turn(void);
void dpb__blas_end_turn(bool alone);

/* The address of a function that the process may or may not hold, NULL when it does not.
 * By name and at run time, because which OpenBLAS and which OpenMP are loaded is only
 * known then, and a weak reference from a static library is bound when linking. */
typedef void (*dpb__function)(void);
dpb__function dpb__find_function(const char *name);

#endif
