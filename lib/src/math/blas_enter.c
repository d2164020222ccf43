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
static pthread_once_t begun = PTHREAD_ONCE_INIT;

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
  int inherited; /* 0, or what the host had set when it forked, with callers in */
} visit;

static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;
static visit process_visit; /* under process_lock */
static _Thread_local visit thread_visit;

/* A child of fork has none of the threads that were in: it must neither wait for one that
 * held the lock, nor for them to go. */
static void before_fork(void) {
  pthread_mutex_lock(&process_lock);
}

static void after_fork(void) {
  pthread_mutex_unlock(&process_lock);
}

static void in_child(void) {
  visit *v = &process_visit;
  *v = (visit){.inherited = v->depth > 0 ? v->host_threads : v->inherited};
  after_fork();
}

static void begin(void) {
  find_openmp();
  /* Without memory for the handlers it is as it would be without them. */
  if (openmp_get == NULL) pthread_atfork(before_fork, after_fork, in_child);
}

static visit *open_visit(void) {
  pthread_once(&begun, begin);
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
    v->host_threads = v->inherited > 0 ? v->inherited : present_threads();
    v->inherited = 0;
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
  int threads = v->depth > 0       ? v->host_threads
                : v->inherited > 0 ? v->inherited
                                   : present_threads();
  close_visit(v);
  return threads;
}
