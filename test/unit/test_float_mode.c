/* SPDX-License-Identifier: MIT
 *
 * Tasks compute in the library's floating-point mode, the host gets its own back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fenv.h>
#include <float.h>

#include "base/float_mode.h"
#include "base/pool.h"
#include "valgrind_fixture.h"

#define TASKS 8

typedef struct seen {
  volatile float tiny[TASKS];  /* half of the smallest normal number */
  volatile float third[TASKS]; /* 1/3, by the rounding mode */
} seen;

static void compute(void *arg, int task, int worker) {
  seen *s = arg;
  volatile float smallest = FLT_MIN, one = 1.0f;
  (void)worker;
  s->tiny[task] = smallest * 0.5f;
  s->third[task] = one / 3.0f;
}

static void check_tasks(int workers) {
  dpb__pool *pool;
  seen s = {{0}, {0}};
  assert_int_equal(dpb__pool_create(workers, &pool), DPB_OK);
  assert_int_equal(fesetround(FE_UPWARD), 0);
  dpb__pool_run(pool, TASKS, compute, &s);
  assert_int_equal(fegetround(), FE_UPWARD);
  volatile float smallest = FLT_MIN;
  assert_true(smallest * 0.5f > 0.0f); /* subnormals are the host's to have */
  fesetround(FE_TONEAREST);
  volatile float one = 1.0f;
  const float nearest = one / 3.0f;
  for (int i = 0; i < TASKS; i++) {
#if defined(__SSE__) /* others take and make subnormal numbers at full speed */
    assert_true(s.tiny[i] == 0.0f);
#endif
    assert_true(s.third[i] == nearest);
  }
  dpb__pool_destroy(pool);
}

static void test_tasks_have_the_librarys_mode(void **state) {
  (void)state;
  not_under_valgrind("neither rounds upward nor flushes to zero");
  for (int workers = 1; workers <= 3; workers++) check_tasks(workers);
}

static void test_flags_are_the_hosts(void **state) {
  (void)state;
  not_under_valgrind("keeps no floating-point flags");
  if (DPB__FLOAT_FLAGS == 0) {
    print_message("skipped: this CPU's flags are left alone\n");
    skip();
  }
  seen s = {{0}, {0}};
  feclearexcept(FE_ALL_EXCEPT);
  dpb__pool_run(NULL, TASKS, compute, &s);
  assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
  feraiseexcept(FE_DIVBYZERO);
  dpb__pool_run(NULL, TASKS, compute, &s);
  assert_int_equal(fetestexcept(FE_ALL_EXCEPT), FE_DIVBYZERO);
  feclearexcept(FE_ALL_EXCEPT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tasks_have_the_librarys_mode),
      cmocka_unit_test(test_flags_are_the_hosts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
