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
#include "blas/blas_enter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "blas/openblas.h"

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
  atomic_int depth;
  int host_threads;
  int inherited; /* 0, or what the host had set when it forked, with callers in */
} visit;

static pthread_mutex_t process_lock = PTHREAD_MUTEX_INITIALIZER;
static visit process_visit; /* under process_lock, but for a depth above 1 */
static _Thread_local visit thread_visit;

/* A child of fork has none of the threads that were in: it must neither wait for one that
 * held the lock, nor for them to go. */
static bool forking_alone;

static void before_fork(void) {
  forking_alone = dpb__blas_turn();
  pthread_mutex_lock(&process_lock);
}

static void after_fork(void) {
  pthread_mutex_unlock(&process_lock);
  dpb__blas_end_turn(forking_alone);
}

static void in_child(void) {
  visit *v = &process_visit;
  if (atomic_load(&v->depth) > 0) v->inherited = v->host_threads;
  atomic_store(&v->depth, 0);
  after_fork();
}

static void begin(void) {
  find_openmp();
  /* Without memory for the handlers it is as it would be without them. */
  if (openmp_get == NULL) pthread_atfork(before_fork, after_fork, in_child);
}

static visit *find_visit(void) {
  pthread_once(&begun, begin);
  return openmp_get != NULL ? &thread_visit : &process_visit;
}

static void open_visit(const visit *v) {
  if (v == &process_visit) pthread_mutex_lock(&process_lock);
}

static void close_visit(const visit *v) {
  if (v == &process_visit) pthread_mutex_unlock(&process_lock);
}

/* From one depth to the next, as long as that is above least: between those nothing is
 * set, and nobody has to wait for a lock. */
static bool step_if_above(visit *v, int least, int step) {
  int depth = atomic_load(&v->depth);
  while (depth > least) {
    if (atomic_compare_exchange_weak(&v->depth, &depth, depth + step)) return true;
  }
  return false;
}

void dpb__blas_enter(void) {
  visit *v = find_visit();
  if (step_if_above(v, 0, 1)) return;
  open_visit(v);
  if (atomic_load(&v->depth) == 0) {
    v->host_threads = v->inherited > 0 ? v->inherited : present_threads();
    v->inherited = 0;
    if (v->host_threads != 1) put_threads(1);
  }
  atomic_fetch_add(&v->depth, 1); /* all is set: now others may come in */
  close_visit(v);
}

void dpb__blas_leave(void) {
  visit *v = find_visit();
  for (bool left = step_if_above(v, 1, -1); !left;) {
    int last = 1;
    open_visit(v);
    left = atomic_compare_exchange_strong(&v->depth, &last, 0);
    if (left && v->host_threads != 1) put_threads(v->host_threads);
    close_visit(v);
    if (!left) left = step_if_above(v, 1, -1);
  }
}

int dpb__blas_host_threads(void) {
  visit *v = find_visit();
  open_visit(v);
  int threads = atomic_load(&v->depth) > 0 ? v->host_threads
                : v->inherited > 0         ? v->inherited
                                           : present_threads();
  close_visit(v);
  return threads;
}
