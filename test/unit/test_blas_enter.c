/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS on one thread inside, the host's setting outside, with whichever OpenBLAS is
 * loaded.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blas/blas_enter.h"
#include "blas/openblas.h"

/* What OpenBLAS goes by: OpenMP's setting of this thread, or its own. */
static int threads_now(void) {
  int (*get)(void) = (int (*)(void))dpb__find_function("omp_get_max_threads");
  return dpb__openblas_threading() == DPB_BLAS_OPENMP ? get() : dpb__openblas_threads();
}

static void host_sets(int threads) {
  void (*set)(int) = (void (*)(int))dpb__find_function("omp_set_num_threads");
  if (dpb__openblas_threading() == DPB_BLAS_OPENMP)
    set(threads);
  else
    dpb__openblas_set_threads(threads);
}

static int threads_of_info(void) {
  dpb_blas_info info;
  dpb_blas_get_info(&info);
  return info.threads;
}

static void skip_serial(void) {
  if (dpb__openblas_threading() != DPB_BLAS_SERIAL) return;
  print_message("skipped: a serial OpenBLAS has nothing to set\n");
  skip();
}

static void test_sets_one_and_restores(void **state) {
  (void)state;
  skip_serial();
  host_sets(2);
  assert_int_equal(threads_now(), 2);
  dpb__blas_enter();
  assert_int_equal(threads_now(), 1);
  assert_int_equal(threads_of_info(), 2);
  dpb__blas_leave();
  assert_int_equal(threads_now(), 2);
  assert_int_equal(threads_of_info(), 2);
}

static void test_nests(void **state) {
  (void)state;
  skip_serial();
  host_sets(2);
  dpb__blas_enter();
  dpb__blas_enter();
  assert_int_equal(threads_now(), 1);
  dpb__blas_leave();
  assert_int_equal(threads_now(), 1);
  assert_int_equal(threads_of_info(), 2);
  dpb__blas_leave();
  assert_int_equal(threads_now(), 2);
}

static void test_one_stays_one(void **state) {
  (void)state;
  host_sets(1);
  dpb__blas_enter();
  assert_int_equal(threads_now(), 1);
  dpb__blas_leave();
  assert_int_equal(threads_now(), 1);
}

typedef struct meeting {
  pthread_barrier_t barrier;
  int inside, after_other_left, outside;
} meeting;

static void meet(meeting *m) {
  pthread_barrier_wait(&m->barrier);
}

static void *visitor(void *arg) {
  meeting *m = arg;
  if (dpb__openblas_threading() == DPB_BLAS_OPENMP) host_sets(3);
  dpb__blas_enter();
  m->inside = threads_now();
  meet(m); /* both inside */
  meet(m); /* the other has left */
  m->after_other_left = threads_now();
  dpb__blas_leave();
  m->outside = threads_now();
  meet(m);
  return NULL;
}

static void test_last_one_out_restores(void **state) {
  (void)state;
  skip_serial();
  bool process_wide = dpb__openblas_threading() == DPB_BLAS_PTHREADS;
  meeting m = {.inside = 0};
  pthread_t thread;
  host_sets(2);
  assert_int_equal(pthread_barrier_init(&m.barrier, NULL, 2), 0);
  dpb__blas_enter();
  assert_int_equal(pthread_create(&thread, NULL, visitor, &m), 0);
  meet(&m);
  dpb__blas_leave();
  assert_int_equal(threads_now(), process_wide ? 1 : 2);
  meet(&m);
  meet(&m);
  assert_int_equal(threads_now(), 2);
  pthread_join(thread, NULL);
  pthread_barrier_destroy(&m.barrier);
  assert_int_equal(m.inside, 1);
  assert_int_equal(m.after_other_left, 1);
  assert_int_equal(m.outside, process_wide ? 2 : 3);
}

static void test_serial_builds_take_turns(void **state) {
  (void)state;
  assert_true(dpb__blas_concurrent() == (dpb__openblas_threading() != DPB_BLAS_SERIAL));
}

/* In the child nobody is inside any more, and the host's setting is not lost. */
static int enter_in_child(void) {
  if (threads_of_info() != 2) return 1;
  dpb__blas_enter();
  const int inside = threads_now();
  dpb__blas_leave();
  if (inside != 1) return 2;
  return threads_now() == 2 ? 0 : 3;
}

static void test_fork_while_inside(void **state) {
  (void)state;
  if (dpb__openblas_threading() != DPB_BLAS_PTHREADS) {
    print_message("skipped: the setting is not the process's\n");
    skip();
  }
  int status = -1;
  host_sets(2);
  dpb__blas_enter();
  const pid_t child = fork();
  if (child == 0) _exit(enter_in_child());
  dpb__blas_leave();
  assert_int_equal(threads_now(), 2);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sets_one_and_restores),
      cmocka_unit_test(test_nests),
      cmocka_unit_test(test_one_stays_one),
      cmocka_unit_test(test_last_one_out_restores),
      cmocka_unit_test(test_serial_builds_take_turns),
      cmocka_unit_test(test_fork_while_inside),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
