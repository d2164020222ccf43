/* SPDX-License-Identifier: MIT
 *
 * The two ways to other kernels (public side: blas.h), each by itself.
 */
#ifndef DPB_BLAS_BLAS_CORE_H
#define DPB_BLAS_BLAS_CORE_H

#include <stdbool.h>

#include <deepblas/blas.h>

#include "base/cpu.h"

/* Fills in advice from what is given; nothing is asked of the process. wish and mark are
 * the values of OPENBLAS_CORETYPE and of our own mark beside it, or NULL. */
void dpb__blas_judge(const char *core, const char *config, dpb__cpu_features cpu,
                     const char *wish, const char *mark, dpb_blas_advice *advice);

/* Executes the running program again with argv and these kernels. Returns on failure
 * only. */
dpb_status dpb__blas_restart(const char *core, char *const argv[]);

/* Has OpenBLAS start anew inside the process with these kernels. On failure the kernels
 * are what they were. */
dpb_status dpb__blas_switch(const char *core);

#endif
