/* SPDX-License-Identifier: MIT
 *
 * A pool of worker threads that runs a list of independent tasks and waits for all of
 * them.
 *
 * Each worker begins with a stretch of the tasks that is its own in every run of as many,
 * and then helps the others; who runs a task in the end is up to chance. So tasks write
 * to places of their own, and whatever is added up is added up afterwards in a fixed
 * order. A pool of one worker
 * starts no thread and runs everything in the calling thread. The calling thread is
 * worker 0.
 *
 * A process that forks must not use the parent's pool in the child: dpb__pool_run notices
 * and runs everything in the calling thread then.
 */
#ifndef DPB_BASE_POOL_H
#define DPB_BASE_POOL_H

#include <stdbool.h>

#include <deepblas/status.h>

typedef struct dpb__pool dpb__pool;

/* task counts from 0; worker is 0 .. workers - 1. */
typedef void (*dpb__pool_task)(void *arg, int task, int worker);

/* Where task lies among all, from 0 to 1, growing with task: the part of the work that is
 * in front of it. */
typedef double (*dpb__pool_place)(const void *arg, int task);

/* Starts workers - 1 threads. Signals are blocked in them, but for those that a thread
 * brings upon itself (SIGSEGV and the like). DPB_ERR_ARG outside 1..1024 workers,
 * DPB_ERR_MEMORY when the threads cannot be had. */
dpb_status dpb__pool_create(int workers, dpb__pool **pool);
void dpb__pool_destroy(dpb__pool *pool);
int dpb__pool_workers(const dpb__pool *pool);

/* Runs run(arg, 0..tasks-1, worker) and returns when all have. Does not allocate. A NULL
 * pool is a pool of one. Not to be called from inside a task. Tasks run in the library's
 * floating-point mode (base/float_mode.h); the caller's is restored. */
void dpb__pool_run(dpb__pool *pool, int tasks, dpb__pool_task run, void *arg);

/* The same, with stretches that follow place instead of being of equal length: runs over
 * the same numbers by different tasks then find them in the same worker's cache. */
void dpb__pool_run_placed(dpb__pool *pool, int tasks, dpb__pool_place place,
                          dpb__pool_task run, void *arg);

/* True in a task while other workers run tasks of the same run: what it writes is likely
 * to lie in their caches, and they are likely to want it. */
bool dpb__pool_is_shared(void);

#endif
