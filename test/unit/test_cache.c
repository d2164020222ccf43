/* SPDX-License-Identifier: MIT
 *
 * Numbers written past the caches, and taken from other workers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>
#include <string.h>

#include "base/cache.h"

enum { MOST = 70, GUARD = 3, TASKS = 8, EACH = 1000 };

/* Any number of floats, from any place to any place, and none beside them. */
static void published_as_copied(void **state) {
  (void)state;
  alignas(64) float from[MOST + GUARD];
  alignas(64) float to[MOST + 2 * GUARD];
  for (int i = 0; i < MOST + GUARD; i++) from[i] = (float)i;
  for (int count = 0; count <= MOST; count++)
    for (int a = 0; a <= GUARD; a++)
      for (int b = 0; b <= GUARD; b++) {
        memset(to, 0, sizeof to);
        dpb__publish((size_t)count, from + a, to + b);
        for (int i = 0; i < MOST + 2 * GUARD; i++)
          assert_true(to[i] == (i >= b && i < b + count ? from[a + i - b] : 0.0f));
      }
}

typedef struct relay {
  float x[TASKS][EACH];
  float sum[TASKS];
} relay;

static void publish_task(void *arg, int task, int worker) {
  relay *r = arg;
  float made[EACH];
  (void)worker;
  for (int i = 0; i < EACH; i++) made[i] = r->sum[task] + (float)(i % 7);
  dpb__publish(EACH, made, r->x[task]);
}

/* Adds up what the task in front of it has published. */
static void sum_task(void *arg, int task, int worker) {
  relay *r = arg;
  const float *x = r->x[(task + 1) % TASKS];
  (void)worker;
  dpb__take(x, EACH);
  float sum = 0.0f;
  for (int i = 0; i < EACH; i++) sum += x[i] - x[0];
  r->sum[task] = sum / EACH + (float)task;
}

/* What a run publishes is there for the next one, and the same on any number of workers.
 */
static void seen_by_the_next_run(void **state) {
  (void)state;
  static relay alone, shared;
  dpb__pool *pool = NULL;
  assert_int_equal(dpb__pool_create(4, &pool), DPB_OK);
  for (int run = 0; run < 300; run++) {
    dpb__pool_run(NULL, TASKS, publish_task, &alone);
    dpb__pool_run(NULL, TASKS, sum_task, &alone);
    dpb__pool_run(pool, TASKS, publish_task, &shared);
    dpb__pool_run(pool, TASKS, sum_task, &shared);
    assert_memory_equal(&alone, &shared, sizeof alone);
  }
  dpb__pool_destroy(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(published_as_copied),
      cmocka_unit_test(seen_by_the_next_run),
  };
  return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
