/* SPDX-License-Identifier: MIT
 *
 * Worker threads, each with tasks of its own, that help each other out.
 *
 * A run gives each worker a stretch of the tasks: what lies beside each other in memory
 * is mostly done by one worker, and by the same one in the next run, in whose cache it
 * still is. Whoever is done with its own takes from the others'.
 *
 * A run sets its parameters, then each worker's `left` to the length of its stretch, then
 * the next number in `round`. Whoever takes a task from a `left` owns a task of the
 * present run, which cannot end before that task is reported in `unfinished`: so the
 * parameters may be read after the claim without a lock, and a worker that wakes up late
 * finds nothing to claim and disturbs nobody.
 *
 * A step of a small network takes less time than waking a thread. So whoever has nothing
 * to do looks for work for some microseconds before it sleeps. Falling asleep and waking
 * are the usual handshake: the sleeper counts itself, then looks once more; the waker
 * changes what is looked at, then looks for sleepers (all sequentially consistent).
 */
#include "base/pool.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"

#define MAX_WORKERS      1024
#define STACK_BYTES      ((size_t)2 << 20) /* matrix products want some, hosts' TLS too */
#define SPIN_NANOSECONDS 50000
#define CACHE_LINE       64

typedef struct worker {
  dpb__pool *pool;
  int number;
  pthread_t thread;
  int end; /* its stretch ends in front of this task */
  char gap_a[CACHE_LINE];
  atomic_int left; /* of its stretch, unclaimed */
  char gap_b[CACHE_LINE];
} worker;

struct dpb__pool {
  int workers;
  int threads; /* running, numbers 1 .. threads */
  bool spins;
  pid_t owner; /* the process that the threads live in */

  /* the present run */
  dpb__pool_task run;
  void *arg;

  char gap_a[CACHE_LINE];
  atomic_uint round; /* the number of the run */
  atomic_int sleepers;
  atomic_bool quits;
  char gap_b[CACHE_LINE];
  atomic_int unfinished;
  atomic_bool caller_sleeps;
  char gap_c[CACHE_LINE];

  pthread_mutex_t mutex;
  pthread_cond_t wake; /* workers wait for tasks */
  pthread_cond_t done; /* the caller waits for the end */
  worker worker[];
};

/* The calling thread is in a task that other workers have part in. */
static _Thread_local bool in_shared_run;

bool dpb__pool_is_shared(void) {
  return in_shared_run;
}

static void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  __asm__ __volatile__("yield");
#endif
}

static int64_t now_nanoseconds(void) {
  struct timespec now = {0, 0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* There is a run that the worker has not seen, or an end to everything. */
static bool has_work(dpb__pool *pool, unsigned seen) {
  return atomic_load(&pool->round) != seen || atomic_load(&pool->quits);
}

static bool is_finished(dpb__pool *pool, unsigned seen) {
  (void)seen;
  return atomic_load(&pool->unfinished) == 0;
}

/* Looks for a while; false when it did not happen. */
static bool spin_until(dpb__pool *pool, bool (*happened)(dpb__pool *, unsigned),
                       unsigned seen) {
  if (happened(pool, seen)) return true;
  if (!pool->spins) return false;
  int64_t end = now_nanoseconds() + SPIN_NANOSECONDS;
  do {
    for (int i = 0; i < 16; i++) {
      if (happened(pool, seen)) return true;
      pause_briefly();
    }
  } while (now_nanoseconds() < end);
  return false;
}

static void report_done(dpb__pool *pool) {
#if defined(__SSE__)
  _mm_sfence(); /* stores past the caches (base/cache.h) come in no order otherwise */
#endif
  if (atomic_fetch_sub(&pool->unfinished, 1) > 1 || !atomic_load(&pool->caller_sleeps))
    return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_signal(&pool->done);
  pthread_mutex_unlock(&pool->mutex);
}

/* Claims and runs tasks of one worker's stretch until there is none left to claim. */
static void run_stretch(dpb__pool *pool, worker *of, int number) {
  int left = atomic_load(&of->left);
  while (left > 0) {
    if (!atomic_compare_exchange_weak(&of->left, &left, left - 1)) continue;
    pool->run(pool->arg, of->end - left, number);
    report_done(pool);
    left = atomic_load(&of->left);
  }
}

/* Its own first, then the others'. */
static void run_tasks(dpb__pool *pool, int number) {
  in_shared_run = true;
  for (int i = 0; i < pool->workers; i++)
    run_stretch(pool, &pool->worker[(number + i) % pool->workers], number);
  in_shared_run = false;
}

static void sleep_until_work(dpb__pool *pool, unsigned seen) {
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->sleepers, 1);
  while (!has_work(pool, seen)) pthread_cond_wait(&pool->wake, &pool->mutex);
  atomic_fetch_sub(&pool->sleepers, 1);
  pthread_mutex_unlock(&pool->mutex);
}

static void sleep_until_finished(dpb__pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  atomic_store(&pool->caller_sleeps, true);
  while (!is_finished(pool, 0)) pthread_cond_wait(&pool->done, &pool->mutex);
  atomic_store(&pool->caller_sleeps, false);
  pthread_mutex_unlock(&pool->mutex);
}

static void wake_workers(dpb__pool *pool) {
  if (atomic_load(&pool->sleepers) == 0) return;
  pthread_mutex_lock(&pool->mutex);
  pthread_cond_broadcast(&pool->wake);
  pthread_mutex_unlock(&pool->mutex);
}

static void *work(void *arg) {
  const worker *self = arg;
  dpb__pool *pool = self->pool;
  dpb__float_enter(); /* for good: the thread is the library's */
  unsigned seen = 0;
  for (;;) {
    if (!spin_until(pool, has_work, seen)) sleep_until_work(pool, seen);
    if (atomic_load(&pool->quits)) return NULL;
    seen = atomic_load(&pool->round);
    run_tasks(pool, self->number);
  }
}

/* Starts the threads with the signals of others blocked; those that a thread brings upon
 * itself still reach the host's handlers. Returns 0 or the failure's errno value. */
static int start_threads(dpb__pool *pool) {
  pthread_attr_t attributes;
  int failure = pthread_attr_init(&attributes);
  if (failure != 0) return failure;
  failure = pthread_attr_setstacksize(&attributes, STACK_BYTES);

  const int own[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT};
  sigset_t blocked, host;
  sigfillset(&blocked);
  for (size_t i = 0; i < sizeof own / sizeof *own; i++) sigdelset(&blocked, own[i]);
  pthread_sigmask(SIG_BLOCK, &blocked, &host);
  for (int number = 1; number < pool->workers && failure == 0; number++) {
    worker *self = &pool->worker[number];
    *self = (worker){.pool = pool, .number = number};
    failure = pthread_create(&self->thread, &attributes, work, self);
    if (failure == 0) pool->threads = number;
  }
  pthread_sigmask(SIG_SETMASK, &host, NULL);
  pthread_attr_destroy(&attributes);
  return failure;
}

/* That this process may use: under taskset, or in a container, fewer than there are. */
static long processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return sysconf(_SC_NPROCESSORS_ONLN);
}

dpb_status dpb__pool_create(int workers, dpb__pool **pool) {
  *pool = NULL;
  if (workers < 1 || workers > MAX_WORKERS)
    return dpb__fail(DPB_ERR_ARG, "thread pool: %d workers, must be 1 to %d", workers,
                     MAX_WORKERS);
  void *memory = NULL;
  size_t bytes = offsetof(dpb__pool, worker) + (size_t)workers * sizeof(worker);
  dpb_status status = dpb__allocate(1, bytes, "thread pool", &memory);
  if (status != DPB_OK) return status;

  dpb__pool *made = memory;
  made->workers = workers;
  made->owner = getpid();
  /* sysconf opens files that a sandbox may hide; starting threads may run out of memory.
   */
  int host_errno = errno;
  /* Spinning takes the processor from the thread that is waited for, if it has none. */
  made->spins = processors() >= workers;
  pthread_mutex_init(&made->mutex, NULL);
  pthread_cond_init(&made->wake, NULL);
  pthread_cond_init(&made->done, NULL);
  int failure = start_threads(made);
  errno = host_errno;
  if (failure != 0) {
    int started = made->threads + 1;
    dpb__pool_destroy(made);
    return dpb__fail(DPB_ERR_MEMORY,
                     "thread pool: only %d of %d workers, no more threads", started,
                     workers);
  }
  *pool = made;
  return DPB_OK;
}

void dpb__pool_destroy(dpb__pool *pool) {
  if (pool == NULL) return;
  int host_errno = errno;
  /* In a forked child there are no threads, and what they waited on stays busy for ever:
   * only the memory is left to give back. */
  if (pool->owner == getpid()) {
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->quits, true);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->mutex);
    for (int i = 1; i <= pool->threads; i++) pthread_join(pool->worker[i].thread, NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->mutex);
  }
  dpb__release(pool);
  errno = host_errno;
}

int dpb__pool_workers(const dpb__pool *pool) {
  return pool == NULL ? 1 : pool->workers;
}

/* The first task of a worker: all have as many, or nearly; or their share by place. */
static int stretch_begin(const dpb__pool *pool, int tasks, dpb__pool_place place,
                         const void *arg, int number) {
  if (place == NULL) {
    const int each = tasks / pool->workers;
    const int more = tasks % pool->workers;
    return number * each + (number < more ? number : more);
  }
  const double from = (double)number / pool->workers;
  int begin = 0;
  for (int end = tasks; begin < end;) {
    const int middle = begin + (end - begin) / 2;
    if (place(arg, middle) < from)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin;
}

/* Shares the tasks with the workers. */
static void run_shared(dpb__pool *pool, int tasks, dpb__pool_place place,
                       dpb__pool_task run, void *arg) {
  pool->run = run;
  pool->arg = arg;
  atomic_store(&pool->unfinished, tasks);
  for (int number = pool->workers - 1, end = tasks; number >= 0; number--) {
    worker *of = &pool->worker[number];
    const int begin = number > 0 ? stretch_begin(pool, tasks, place, arg, number) : 0;
    of->end = end;
    atomic_store(&of->left, end - begin);
    end = begin;
  }
  atomic_fetch_add(&pool->round, 1);
  wake_workers(pool);
  run_tasks(pool, 0);
  if (!spin_until(pool, is_finished, 0)) sleep_until_finished(pool);
}

static void run_all(dpb__pool *pool, int tasks, dpb__pool_place place, dpb__pool_task run,
                    void *arg) {
  if (tasks <= 1 || pool == NULL || pool->workers == 1 || pool->owner != getpid()) {
    for (int task = 0; task < tasks; task++) run(arg, task, 0);
  } else {
    run_shared(pool, tasks, place, run, arg);
  }
}

void dpb__pool_run_placed(dpb__pool *pool, int tasks, dpb__pool_place place,
                          dpb__pool_task run, void *arg) {
  if (dpb__float_entered()) {
    run_all(pool, tasks, place, run, arg);
    return;
  }
  const unsigned host = dpb__float_enter();
  run_all(pool, tasks, place, run, arg);
  dpb__float_leave(host);
}

void dpb__pool_run(dpb__pool *pool, int tasks, dpb__pool_task run, void *arg) {
  dpb__pool_run_placed(pool, tasks, NULL, run, arg);
}
