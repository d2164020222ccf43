/* SPDX-License-Identifier: MIT
 *
 * The thread pool: every task once, runs back to back, sleeping workers, signals, forks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <deepblas/status.h>

#include "address_fixture.h"
#include "base/pool.h"
#include "valgrind_fixture.h"

#define MOST_TASKS 64

/* One tally per run; tasks write to places of their own, without atomics, so that
 * ThreadSanitizer sees a run that returns too early. */
typedef struct tally {
  int ran[MOST_TASKS];
  int worker[MOST_TASKS];
  int value;
} tally;

static void count_task(void *arg, int task, int worker) {
  tally *t = arg;
  t->ran[task]++;
  t->worker[task] = worker;
}

static dpb__pool *create(int workers) {
  dpb__pool *pool = NULL;
  assert_int_equal(dpb__pool_create(workers, &pool), DPB_OK);
  assert_int_equal(dpb__pool_workers(pool), workers);
  return pool;
}

static void sleep_milliseconds(long milliseconds) {
  struct timespec span = {milliseconds / 1000, milliseconds % 1000 * 1000000};
  nanosleep(&span, NULL);
}

static void check_run(dpb__pool *pool, int tasks) {
  tally t = {0};
  dpb__pool_run(pool, tasks, count_task, &t);
  for (int i = 0; i < MOST_TASKS; i++) {
    if (t.ran[i] != (i < tasks))
      fail_msg("task %d of %d ran %d times", i, tasks, t.ran[i]);
    if (t.worker[i] < 0 || t.worker[i] >= dpb__pool_workers(pool))
      fail_msg("task %d: worker %d", i, t.worker[i]);
  }
}

static void test_every_task_runs_once(void **state) {
  (void)state;
  for (int workers = 1; workers <= 8; workers++) {
    dpb__pool *pool = create(workers);
    for (int run = 0; run < 1500; run++) check_run(pool, run % 20);
    check_run(pool, MOST_TASKS);
    dpb__pool_destroy(pool);
  }
}

static void test_null_is_a_pool_of_one(void **state) {
  (void)state;
  check_run(NULL, 5);
  assert_int_equal(dpb__pool_workers(NULL), 1);
  dpb__pool_destroy(NULL);
}

static void test_bad_counts_are_named(void **state) {
  (void)state;
  const int bad[] = {0, -3, 1025};
  for (int i = 0; i < 3; i++) {
    dpb__pool *pool = (dpb__pool *)&bad;
    assert_int_equal(dpb__pool_create(bad[i], &pool), DPB_ERR_ARG);
    assert_null(pool);
  }
  assert_string_equal(dpb_error_message(),
                      "thread pool: 1025 workers, must be 1 to 1024");
}

static void test_create_and_destroy_at_once(void **state) {
  (void)state;
  for (int i = 0; i < 200; i++) dpb__pool_destroy(create(1 + i % 8));
}

/* Each run reads what the run before wrote, task by task, whoever ran it. */
static void add_neighbours(void *arg, int task, int worker) {
  long(*rows)[MOST_TASKS] = arg;
  (void)worker;
  rows[1][task] = rows[0][task] + rows[0][(task + 1) % MOST_TASKS];
}

static void copy_back(void *arg, int task, int worker) {
  long(*rows)[MOST_TASKS] = arg;
  (void)worker;
  rows[0][task] = rows[1][task] % 1000003;
}

static void test_runs_see_each_others_results(void **state) {
  (void)state;
  long rows[2][MOST_TASKS], alone[2][MOST_TASKS];
  for (int i = 0; i < MOST_TASKS; i++) alone[0][i] = rows[0][i] = i;
  dpb__pool *pool = create(4);
  for (int run = 0; run < 1000; run++) {
    dpb__pool_run(pool, MOST_TASKS, add_neighbours, rows);
    dpb__pool_run(pool, MOST_TASKS, copy_back, rows);
    dpb__pool_run(NULL, MOST_TASKS, add_neighbours, alone);
    dpb__pool_run(NULL, MOST_TASKS, copy_back, alone);
  }
  dpb__pool_destroy(pool);
  assert_memory_equal(rows[0], alone[0], sizeof rows[0]);
}

/* Two of ten tasks wait for each other. */
typedef struct meeting {
  int at[2];
  atomic_int present;
  int ran[10];
  int worker[10];
  bool shared[10];
} meeting;

static void meet_at(void *arg, int task, int worker) {
  meeting *m = arg;
  m->ran[task]++;
  m->worker[task] = worker;
  m->shared[task] = dpb__pool_is_shared();
  if (task != m->at[0] && task != m->at[1]) return;
  atomic_fetch_add(&m->present, 1);
  for (int i = 0; i < 20000 && atomic_load(&m->present) < 2; i++) sleep_milliseconds(1);
}

/* Task 0 alone is half of the work. */
static double half_at_once(const void *arg, int task) {
  (void)arg;
  return task == 0 ? 0.0 : 0.5 + 0.01 * task;
}

/* Nothing lies in the second half. */
static double all_in_front(const void *arg, int task) {
  (void)arg;
  return 0.01 * task;
}

/* Each of two workers begins with its own stretch, so the first tasks of the stretches
 * are the ones that can wait for each other. */
static void check_stretches(dpb__pool *pool, dpb__pool_place place, int second) {
  meeting m = {.at = {0, second}};
  if (place)
    dpb__pool_run_placed(pool, 10, place, meet_at, &m);
  else
    dpb__pool_run(pool, 10, meet_at, &m);
  for (int i = 0; i < 10; i++) {
    assert_int_equal(m.ran[i], 1);
    assert_true(m.shared[i]);
  }
  assert_int_equal(m.worker[0], 0);
  assert_int_equal(m.worker[second], 1);
}

static void test_stretches(void **state) {
  (void)state;
  dpb__pool *pool = create(2);
  for (int run = 0; run < 50; run++) {
    check_stretches(pool, NULL, 5);
    check_stretches(pool, half_at_once, 1);
  }
  meeting m = {.at = {-1, -1}};
  dpb__pool_run_placed(pool, 10, all_in_front, meet_at, &m);
  for (int i = 0; i < 10; i++) assert_int_equal(m.ran[i], 1);
  assert_false(dpb__pool_is_shared());
  dpb__pool_run(NULL, 10, meet_at, &m);
  for (int i = 0; i < 10; i++) assert_false(m.shared[i]);
  dpb__pool_destroy(pool);
}

/* Workers that have gone to sleep come back, and are not missed if they come late. */
static void test_sleeping_workers_wake(void **state) {
  (void)state;
  dpb__pool *pool = create(4);
  for (int i = 0; i < 20; i++) {
    sleep_milliseconds(2);
    check_run(pool, 2 + i % 9);
  }
  sleep_milliseconds(2);
  dpb__pool_destroy(pool);
}

/* Task 0 and task 1 wait for each other: only two workers at once can end this. */
static void meet(void *arg, int task, int worker) {
  atomic_int *present = arg;
  (void)task;
  (void)worker;
  atomic_fetch_add(present, 1);
  for (int i = 0; i < 20000 && atomic_load(present) < 2; i++) sleep_milliseconds(1);
}

static void test_tasks_run_at_the_same_time(void **state) {
  (void)state;
  dpb__pool *pool = create(2);
  for (int i = 0; i < 10; i++) {
    atomic_int present = 0;
    time_t begin = time(NULL);
    dpb__pool_run(pool, 2, meet, &present);
    assert_int_equal(atomic_load(&present), 2);
    assert_true(time(NULL) - begin < 10);
  }
  dpb__pool_destroy(pool);
}

/* The caller waits, asleep, for a worker that takes much longer. */
static void dawdle(void *arg, int task, int worker) {
  if (worker != 0) sleep_milliseconds(3);
  count_task(arg, task, worker);
}

static void test_caller_waits_for_slow_workers(void **state) {
  (void)state;
  dpb__pool *pool = create(4);
  for (int i = 0; i < 10; i++) {
    tally t = {0};
    sleep_milliseconds(1);
    dpb__pool_run(pool, 8, dawdle, &t);
    for (int task = 0; task < 8; task++) assert_int_equal(t.ran[task], 1);
  }
  dpb__pool_destroy(pool);
}

static void test_many_pools_at_once(void **state) {
  (void)state;
  dpb__pool *pools[4];
  for (int i = 0; i < 4; i++) pools[i] = create(1 + i);
  for (int run = 0; run < 200; run++) check_run(pools[run % 4], run % 10);
  for (int i = 0; i < 4; i++) dpb__pool_destroy(pools[i]);
}

static void look_at_signals(void *arg, int task, int worker) {
  sigset_t *masks = arg;
  if (task == 0) sleep_milliseconds(1); /* lets the others come */
  pthread_sigmask(SIG_BLOCK, NULL, &masks[worker]);
  sleep_milliseconds(1);
}

static void test_signals_are_the_hosts(void **state) {
  (void)state;
  sigset_t before, after, masks[4];
  pthread_sigmask(SIG_BLOCK, NULL, &before);
  dpb__pool *pool = create(4);
  pthread_sigmask(SIG_BLOCK, NULL, &after);
  for (int i = 0; i < 4; i++) {
    sigemptyset(&masks[i]);
    sigaddset(&masks[i], SIGUSR1);
    sigaddset(&masks[i], SIGINT);
  }
  for (int i = 0; i < 5; i++) dpb__pool_run(pool, 12, look_at_signals, masks);
  dpb__pool_destroy(pool);
  const int outer[] = {SIGINT, SIGTERM, SIGUSR1, SIGALRM};
  for (int i = 0; i < 4; i++)
    assert_int_equal(sigismember(&before, outer[i]), sigismember(&after, outer[i]));
  assert_false(sigismember(&masks[0], SIGINT));
  for (int i = 1; i < 4; i++) {
    assert_true(sigismember(&masks[i], SIGINT));
    assert_true(sigismember(&masks[i], SIGUSR1));
    assert_false(sigismember(&masks[i], SIGSEGV));
  }
}

/* In a forked child the pool still works, in one thread, and can be destroyed. */
static int use_in_child(dpb__pool *pool) {
  tally t = {0};
  dpb__pool_run(pool, 10, count_task, &t);
  for (int i = 0; i < 10; i++)
    if (t.ran[i] != 1 || t.worker[i] != 0) return 1;
  dpb__pool_destroy(pool);
  return 0;
}

static void test_fork(void **state) {
  (void)state;
#if defined(__SANITIZE_THREAD__)
  print_message(
      "skipped: ThreadSanitizer does not follow a fork of a threaded process\n");
  skip();
#endif
  for (int asleep = 0; asleep < 2; asleep++) {
    dpb__pool *pool = create(4);
    check_run(pool, 10);
    if (asleep) sleep_milliseconds(2);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      alarm(20);
      _exit(use_in_child(pool));
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    check_run(pool, 10);
    dpb__pool_destroy(pool);
  }
}

/* A child that may have 64 MiB of addresses more has no room for 1000 stacks. */
static int want_too_much(void) {
  struct rlimit before;
  if (!leave_room((rlim_t)64 << 20, &before)) return 2;
  dpb__pool *pool = NULL;
  dpb_status status = dpb__pool_create(1000, &pool);
  if (status != DPB_ERR_MEMORY || pool != NULL) return 3;
  if (strstr(dpb_error_message(), "of 1000 workers") == NULL) return 4;
  /* What was started has ended: there is room for a small pool again. */
  if (dpb__pool_create(3, &pool) != DPB_OK) return 5;
  dpb__pool_destroy(pool);
  return 0;
}

static void test_refused_threads(void **state) {
  (void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  print_message("skipped: the sanitizer itself takes more addresses than allowed here\n");
  skip();
#endif
  not_under_valgrind("takes more addresses than allowed here");
  need_limits();
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(want_too_much());
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_errno_is_preserved(void **state) {
  (void)state;
  errno = 4711;
  dpb__pool *pool = NULL;
  dpb_status status = dpb__pool_create(3, &pool);
  assert_int_equal(errno, 4711);
  tally t = {0};
  dpb__pool_run(pool, 8, dawdle, &t);
  dpb__pool_destroy(pool);
  assert_int_equal(errno, 4711);
  assert_int_equal(status, DPB_OK);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_task_runs_once),
      cmocka_unit_test(test_null_is_a_pool_of_one),
      cmocka_unit_test(test_bad_counts_are_named),
      cmocka_unit_test(test_create_and_destroy_at_once),
      cmocka_unit_test(test_runs_see_each_others_results),
      cmocka_unit_test(test_stretches),
      cmocka_unit_test(test_sleeping_workers_wake),
      cmocka_unit_test(test_tasks_run_at_the_same_time),
      cmocka_unit_test(test_caller_waits_for_slow_workers),
      cmocka_unit_test(test_many_pools_at_once),
      cmocka_unit_test(test_signals_are_the_hosts),
      cmocka_unit_test(test_fork),
      cmocka_unit_test(test_refused_threads),
      cmocka_unit_test(test_errno_is_preserved),
  };
  return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
