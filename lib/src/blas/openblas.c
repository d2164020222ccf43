/* SPDX-License-Identifier: MIT */
#include "blas/openblas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <cblas.h>

#include "blas/blas_choice.h"

static pthread_mutex_t config_lock = PTHREAD_MUTEX_INITIALIZER;
static char config_text[512]; /* "" when not asked yet; under config_lock */

/* Negative: not asked yet. Whoever asks finds the same, so a race is harmless. */
static _Atomic double small_limit = -1.0;

static atomic_int changes;

const char *dpb__openblas_config(void) {
  pthread_mutex_lock(&config_lock);
  if (config_text[0] == '\0')
    snprintf(config_text, sizeof config_text, "%s", openblas_get_config());
  pthread_mutex_unlock(&config_lock);
  return config_text;
}

const char *dpb__openblas_core(void) {
  return openblas_get_corename();
}

dpb_blas_threading dpb__openblas_threading(void) {
  int kind = openblas_get_parallel();
  if (kind == 1) return DPB_BLAS_PTHREADS;
  return kind == 2 ? DPB_BLAS_OPENMP : DPB_BLAS_SERIAL;
}

int dpb__openblas_threads(void) {
  return openblas_get_num_threads();
}

void dpb__openblas_set_threads(int threads) {
  openblas_set_num_threads(threads);
}

double dpb__gemm_small_limit(void) {
  double limit = atomic_load_explicit(&small_limit, memory_order_relaxed);
  if (limit < 0.0) {
    limit = dpb__blas_small_limit(dpb__openblas_core(), dpb__openblas_config());
    atomic_store_explicit(&small_limit, limit, memory_order_relaxed);
  }
  return limit;
}

/* The configuration names the kernels in use. */
void dpb__openblas_changed(void) {
  pthread_mutex_lock(&config_lock);
  config_text[0] = '\0';
  pthread_mutex_unlock(&config_lock);
  atomic_store_explicit(&small_limit, -1.0, memory_order_relaxed);
  atomic_fetch_add(&changes, 1);
}

int dpb__openblas_changes(void) {
  return atomic_load(&changes);
}

/* A serial build keeps its work buffers without locks. Called from four threads, Debian's
 * (0.3.21, Haswell kernels) got 1 product in 1200 wrong. Whether a build has locks after
 * all (USE_LOCKING) it does not tell. */
bool dpb__blas_concurrent(void) {
  return dpb__openblas_threading() != DPB_BLAS_SERIAL;
}

/* One for all that calls OpenBLAS, whatever the function. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

bool dpb__blas_turn(void) {
  bool alone = !dpb__blas_concurrent();
  if (alone) pthread_mutex_lock(&turn);
  return alone;
}

void dpb__blas_end_turn(bool alone) {
  if (alone) pthread_mutex_unlock(&turn);
}

dpb__function dpb__find_function(const char *name) {
  void *address = dlsym(RTLD_DEFAULT, name);
  dpb__function function = NULL;
  memcpy(&function, &address, sizeof function);
  return function;
}
