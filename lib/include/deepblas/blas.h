/* SPDX-License-Identifier: MIT
 *
 * What OpenBLAS is doing under deepblas, and how to have it use the CPU it runs on.
 *
 * An OpenBLAS that is older than the CPU does not know its name and falls back to kernels
 * for an older one, often at half the speed. So deepblas has it take the best ones that
 * the CPU can run, when the library is loaded: before main, or inside the dlopen that
 * brings it. It does not where
 *
 * - OPENBLAS_CORETYPE says which kernels the user wants, or DEEPBLAS_KEEP_KERNELS is set
 * to anything (that is the way to opt out);
 * - the process has threads besides OpenBLAS's own, as a host may that loads a plug-in:
 *   one of them may be inside OpenBLAS. dpb_blas_use_best_core is for such hosts;
 * - this OpenBLAS cannot change its kernels.
 *
 * The environment is left as it was. docs/threading.md says why this is safe.
 */
#ifndef DEEPBLAS_BLAS_H
#define DEEPBLAS_BLAS_H

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How OpenBLAS was built to use threads; values as openblas_get_parallel() returns them.
 */
typedef enum dpb_blas_threading {
  DPB_BLAS_SERIAL = 0,
  DPB_BLAS_PTHREADS = 1,
  DPB_BLAS_OPENMP = 2
} dpb_blas_threading;

typedef struct dpb_blas_info {
  const char *config; /* openblas_get_config(): version and build options */
  const char *core;   /* kernels in use, "SkylakeX" */
  dpb_blas_threading threading;
  int threads; /* the host's present setting */
} dpb_blas_info;

/* Strings are static. Any thread, any time. NULL is left alone. */
DPB_API void dpb_blas_get_info(dpb_blas_info *info);

typedef struct dpb_blas_advice {
  const char *core;       /* kernels in use */
  const char *first_core; /* those that OpenBLAS had chosen itself, before deepblas
                             switched it; same as core when it did not */
  const char *best_core;  /* the best this CPU can run; same as core when nothing is to be
                             gained */
  const char
      *cpu; /* widest vector instructions of the CPU: "AVX-512", "AVX2", "generic" */
  int user_choice; /* 1 when OPENBLAS_CORETYPE is set: it is respected */
  int improvable;  /* 1 when best_core is better than core and would be used */
  /* What this version or build of OpenBLAS is known to do wrong, and what to do about it,
   * as an English sentence; NULL when nothing is known. It concerns programs that call
   * OpenBLAS themselves, and not what deepblas computes, unless it says so. */
  const char *warning;
} dpb_blas_advice;

/* Strings are static. On CPUs or OpenBLAS builds that it knows nothing about, best_core
 * is core and improvable is 0. NULL is left alone. */
DPB_API void dpb_blas_advise(dpb_blas_advice *advice);

/* What is done when the library is loaded, for hosts where it was not (above): switches
 * OpenBLAS to the best kernels of this CPU. Does nothing and succeeds where they are in
 * use, and where OPENBLAS_CORETYPE is set by the user. No thread may be inside OpenBLAS
 * meanwhile.
 *
 * argv: the program's own, NULL-terminated. When there is something to be gained, the
 * program is executed again with OPENBLAS_CORETYPE set, once, and this call does not
 * return. It returns at once in the restarted program. Call it first thing in main then:
 * before anything is read or written.
 * argv NULL: no restart. OpenBLAS is made to choose its kernels anew in the running
 * process, which works with every dynamic OpenBLAS known, but is not documented by it.
 * DPB_ERR_UNSUPPORTED, with the variable to set in the message, where it is not possible.
 * OPENBLAS_CORETYPE is set in the environment afterwards, for child processes.
 *
 * On failure OpenBLAS is as it was, and works. */
DPB_API dpb_status dpb_blas_use_best_core(char *const argv[]);

/* The number of worker threads that deepblas uses when none is asked for: the least of
 * DEEPBLAS_NUM_THREADS (when set), the CPUs this process may run on, and the cgroup's CPU
 * quota rounded up; at least 1. */
DPB_API int dpb_default_threads(void);

#ifdef __cplusplus
}
#endif

#endif
