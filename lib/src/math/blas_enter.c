/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS on one thread per call while deepblas uses it, and the host's setting
 * afterwards. How that is set depends on how the OpenBLAS that is loaded was built:
 *
 * pthreads  one setting for the process: the first caller in saves it, the last one out
 *           puts it back.
 * OpenMP    OpenBLAS asks OpenMP, whose setting belongs to the calling thread: each
 *           thread saves its own. (openblas_set_num_threads has no effect in 0.3.21.)
 * serial    nothing to set.
 */
#include "math/gemm.h"

#include <pthread.h>

#include "math/openblas.h"

typedef int (*get_threads)(void);
typedef void (*set_threads)(int);

/* OpenMP's pair, NULL unless OpenBLAS is built on it. */
static get_threads openmp_get;
static set_threads openmp_set;
static pthread_once_t openmp_found = PTHREAD_ONCE_INIT;

static void find_openmp(void) {
  if (dpb__openblas_threading() != DPB_BLAS_OPENMP) return;
  get_threads get = (get_threads)dpb__find_function("omp_get_max_threads");
  set_threads set = (set_threads)dpb__find_function("omp_set_num_threads");
  if (get == NULL || set == NULL) return;
  openmp_get = get;
  openmp_set = set;
}

static int present_threads(void) {
  return openmp_get != NULL ? openmp_get() : dpb__openblas_threads();
}

static void put_threads(int threads) {
  if (openmp_set != NULL)
    openmp_set(threads);
  else
    dpb__openblas_set_threads(threads);
}

/* How many callers are in, and what the host had set when the first one came. */
typedef struct visit {
  int depth;
  int host_threads;
} visit;

static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;
static visit process_visit; /* under process_lock */
static _Thread_local visit thread_visit;

static visit *open_visit(void) {
  pthread_once(&openmp_found, find_openmp);
  if (openmp_get != NULL) return &thread_visit;
  pthread_mutex_lock(&process_lock);
  return &process_visit;
}

static void close_visit(const visit *v) {
  if (v == &process_visit) pthread_mutex_unlock(&process_lock);
}

void dpb__blas_enter(void) {
  visit *v = open_visit();
  if (v->depth++ == 0) {
    v->host_threads = present_threads();
    if (v->host_threads != 1) put_threads(1);
  }
  close_visit(v);
}

void dpb__blas_leave(void) {
  visit *v = open_visit();
  if (--v->depth == 0 && v->host_threads != 1) put_threads(v->host_threads);
  close_visit(v);
}

int dpb__blas_host_threads(void) {
  visit *v = open_visit();
  int threads = v->depth > 0 ? v->host_threads : present_threads();
  close_visit(v);
  return threads;
}
