/* SPDX-License-Identifier: MIT
 *
 * A pool of worker threads that runs a list of independent tasks and waits for all of
 * them.
 *
 * Which worker runs which task is up to chance; so tasks write to places of their own,
 * and whatever is added up is added up afterwards in a fixed order. A pool of one worker
 * starts no thread and runs everything in the calling thread. The calling thread is
 * worker 0.
 *
 * A process that forks must not use the parent's pool in the child: dpb__pool_run notices
 * and runs everything in the calling thread then.
 */
#ifndef DPB_BASE_POOL_H
#define DPB_BASE_POOL_H

#include <deepblas/status.h>

typedef struct dpb__pool dpb__pool;

/* task counts from 0; worker is 0 .. workers - 1. */
typedef void (*dpb__pool_task)(void *arg, int task, int worker);

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

#endif
