/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS's work buffers, made while there still is a way to fail.
 *
 * Each call of OpenBLAS takes a buffer of up to 128 MiB of addresses (few of them ever
 * used) from a list, and one more is made when all are taken. When the system refuses it,
 * OpenBLAS asks again, for ever; from 0.3.31 on it exits after ten times. So whoever will
 * call it reserves first: it is asked whether there is room, and then OpenBLAS is made to
 * fill its list, through the two functions by which it does that itself. An OpenBLAS
 * without them is left alone.
 */
#include "blas/blas_memory.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "blas/openblas.h"

/* OpenBLAS's largest buffers (x86-64, s390x; ARM: these or 32 MiB), with what it takes
 * for alignment. */
#define BUFFER_BYTES (((size_t)128 << 20) + ((size_t)64 << 10))

/* More calls at a time than this are not provided for. */
enum { MOST = 32 };

typedef void *(*allocate_buffer)(int position);
typedef void (*free_buffer)(void *buffer);

static pthread_once_t found = PTHREAD_ONCE_INIT;
static allocate_buffer allocate;
static free_buffer give_back;
static int most; /* no more calls than there are processors */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int reserved; /* calls that may come at a time; under lock */
static int ready;    /* buffers in OpenBLAS's list */
static int changes;  /* of kernels, when they were made: new kernels have a new list */

static void before_fork(void) {
  pthread_mutex_lock(&lock);
}

static void after_fork(void) {
  pthread_mutex_unlock(&lock);
}

static void find(void) {
  allocate = (allocate_buffer)dpb__find_function("blas_memory_alloc");
  give_back = (free_buffer)dpb__find_function("blas_memory_free");
  const long processors = sysconf(_SC_NPROCESSORS_ONLN);
  /* A child must not wait for a thread that it does not have. */
  pthread_atfork(before_fork, after_fork, after_fork);
  most = processors < 1 ? 1 : processors < MOST ? (int)processors : MOST;
}

static bool have_room(int buffers) {
  const size_t bytes = (size_t)buffers * BUFFER_BYTES;
  void *addresses =
      mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (addresses == MAP_FAILED) return false;
  munmap(addresses, bytes);
  return true;
}

/* Takes them all at a time, for else the first would be given again. OpenBLAS binds them
 * to a node of memory where it can, and does not mind where it cannot: errno is kept. */
static void fill_list(int buffers) {
  const int error = errno;
  void *taken[MOST];
  for (int i = 0; i < buffers; i++) taken[i] = allocate(0);
  for (int i = 0; i < buffers; i++) {
    if (taken[i] != NULL) give_back(taken[i]);
  }
  errno = error;
}

static dpb_status make_ready(int wanted) {
  if (changes != dpb__openblas_changes()) ready = 0;
  changes = dpb__openblas_changes();
  if (wanted <= ready) return DPB_OK;
  if (!have_room(wanted - ready))
    return dpb__fail(DPB_ERR_MEMORY,
                     "OpenBLAS: no room for %d work buffers of %zu bytes each",
                     wanted - ready, BUFFER_BYTES);
  fill_list(wanted);
  ready = wanted;
  return DPB_OK;
}

dpb_status dpb__blas_reserve(int callers) {
  pthread_once(&found, find);
  if (allocate == NULL || give_back == NULL) return DPB_OK;
  const bool alone = dpb__blas_turn();
  pthread_mutex_lock(&lock);
  const int all = reserved + callers;
  const dpb_status status = make_ready(all < most ? all : most);
  if (status == DPB_OK) reserved = all;
  pthread_mutex_unlock(&lock);
  dpb__blas_end_turn(alone);
  return status;
}

void dpb__blas_unreserve(int callers) {
  if (callers == 0 || allocate == NULL || give_back == NULL) return;
  pthread_mutex_lock(&lock);
  reserved -= callers;
  pthread_mutex_unlock(&lock);
}
