/* SPDX-License-Identifier: MIT
 *
 * A host whose second thread multiplies all the while, and child processes that are this
 * program again with a word.
 *
 * That OpenBLAS does not know the CPU is made so: DEEPBLAS_CORETYPE says that the wish in
 * OPENBLAS_CORETYPE is not the user's.
 */
#ifndef TEST_KERNELS_HOST_H
#define TEST_KERNELS_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cblas.h>

#define LESSER "Haswell" /* than the kernels for AVX-512 */

extern char **environ;

enum { N = 96 };

/* 0 when a product is right: whole numbers, exact in any order. */
static inline int multiply_wrongly(void) {
  float a[N * N], c[N * N];
  for (int i = 0; i < N * N; i++) a[i] = (float)(i % 7);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, N, N, N, 1.0f, a, N, a, N, 0.0f,
              c, N);
  for (int i = 0; i < N * N; i++) {
    float want = 0.0f;
    for (int p = 0; p < N; p++) want += a[i / N * N + p] * a[p * N + i % N];
    if (c[i] != want) return 1;
  }
  return 0;
}

static atomic_int done, products, wrong;

static inline void *multiply_all_the_while(void *unused) {
  while (!atomic_load(&done)) {
    atomic_fetch_add(&wrong, multiply_wrongly());
    atomic_fetch_add(&products, 1);
  }
  return unused;
}

static inline pthread_t start_multiplying(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, multiply_all_the_while, NULL) != 0) exit(90);
  while (atomic_load(&products) < 10) continue;
  return thread;
}

/* 0 when there were products during all that was done since, and none was wrong. */
static inline int end_multiplying(pthread_t thread) {
  const int before = atomic_load(&products);
  while (atomic_load(&products) < before + 10) continue;
  atomic_store(&done, 1);
  pthread_join(thread, NULL);
  return atomic_load(&wrong);
}

static inline void run(const char *word, const char *core, const char *first) {
  char program[4096];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
  assert_true(length > 0);
  program[length] = '\0';
  char *argv[] = {program, (char *)(uintptr_t)word, (char *)(uintptr_t)core,
                  (char *)(uintptr_t)first, NULL};
  pid_t pid = 0;
  int status = 0;
  assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, environ), 0);
  assert_true(waitpid(pid, &status, 0) == pid);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static inline void openblas_chose_lesser(void) {
  setenv("OPENBLAS_CORETYPE", LESSER, 1);
  setenv("DEEPBLAS_CORETYPE", LESSER, 1);
}

static inline int forget(void **state) {
  (void)state;
  unsetenv("OPENBLAS_CORETYPE");
  unsetenv("DEEPBLAS_CORETYPE");
  unsetenv("DEEPBLAS_KEEP_KERNELS");
  return 0;
}

#endif
