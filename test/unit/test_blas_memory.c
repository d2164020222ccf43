/* SPDX-License-Identifier: MIT
 *
 * OpenBLAS's buffers are made ahead of need, or the lack of room for them is told:
 * without that, OpenBLAS would ask for memory for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "address_fixture.h"
#include "base/error.h"
#include "blas/blas_enter.h"
#include "blas/blas_memory.h"
#include "blas/gemm.h"
#include "blas/openblas.h"

static void test_reserving(void **state) {
  (void)state;
  for (int i = 0; i < 3; i++) assert_int_equal(dpb__blas_reserve(1), DPB_OK);
  assert_int_equal(dpb__blas_reserve(1000), DPB_OK); /* no more than processors */
  dpb__blas_unreserve(1003);
  dpb__blas_unreserve(0);
  assert_int_equal(dpb__blas_reserve(0), DPB_OK);
}

/* A product after it works, and so does a second one when the list was forgotten. */
static void test_products(void **state) {
  (void)state;
  float a[64 * 64], b[64 * 64], c[64 * 64];
  for (int i = 0; i < 64 * 64; i++) a[i] = b[i] = (float)(i % 3);
  for (int round = 0; round < 2; round++) {
    assert_int_equal(dpb__blas_reserve(1), DPB_OK);
    dpb__blas_enter();
    dpb__gemm(DPB__PLAIN, DPB__PLAIN, 64, 64, 64, a, 64, b, 64, 0, c, 64);
    dpb__blas_leave();
    dpb__blas_unreserve(1);
    float sum = 0;
    for (int k = 0; k < 64; k++) sum += a[k] * b[k * 64];
    assert_true(!(c[0] < sum) && !(c[0] > sum));
    dpb__openblas_changed();
  }
}

/* 0: it failed as it should, and worked when there was room again. */
static int reserve_without_room(void) {
  struct rlimit before;
  dpb__openblas_changed();
  alarm(60);
  if (!leave_room((rlim_t)16 << 20, &before)) return 1;
  if (dpb__blas_reserve(1) != DPB_ERR_MEMORY) return 2;
  if (!strstr(dpb_error_message(), "work buffers")) return 3;
  setrlimit(RLIMIT_AS, &before);
  if (dpb__blas_reserve(1) != DPB_OK) return 4;
  dpb__blas_unreserve(1);
  return 0;
}

/* 0: where there is so much room, a second caller is served, after the first (given_back:
 * 1) or beside it (0). */
static int reserve_twice(int given_back, rlim_t room) {
  struct rlimit before;
  alarm(60);
  if (dpb__blas_reserve(1) != DPB_OK) return 1;
  dpb__blas_unreserve(given_back);
  if (!leave_room(room, &before)) return 2;
  if (dpb__blas_reserve(1) != DPB_OK) return 3;
  dpb__blas_unreserve(2 - given_back);
  return 0;
}

/* A second buffer needs room for one, not for two. */
static int reserve_one_more(void) {
  return reserve_twice(0, (rlim_t)200 << 20);
}

/* A buffer that was given back is there for the next who asks. For a process that has
 * reserved nothing yet, or as many as there may be would be there. */
static int reserve_what_was_given_back(void) {
  return reserve_twice(1, (rlim_t)16 << 20);
}

/* What a process of its own returns, so that limits are its own, too. */
static void assert_child(int (*run)(void)) {
  int status = -1;
  const pid_t child = fork();
  if (child == 0) _exit(run());
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void skip_where_room_cannot_be_left(void) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  print_message("skipped: the sanitizers take more address space than that\n");
  skip();
#endif
  need_limits();
  if (dpb__find_function("blas_memory_alloc") != NULL) return;
  print_message("skipped: an OpenBLAS whose memory cannot be reserved\n");
  skip();
}

static void test_no_room(void **state) {
  (void)state;
  skip_where_room_cannot_be_left();
  assert_child(reserve_without_room);
  assert_child(reserve_one_more);
}

static void test_given_back(void **state) {
  (void)state;
  skip_where_room_cannot_be_left();
  assert_child(reserve_what_was_given_back);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_given_back), /* first */
      cmocka_unit_test(test_reserving),
      cmocka_unit_test(test_products),
      cmocka_unit_test(test_no_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
