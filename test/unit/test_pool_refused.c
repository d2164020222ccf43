/* SPDX-License-Identifier: MIT
 *
 * A pool that gets fewer threads than it wants: this program's pthread_create stands in
 * front of the system's.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/pool.h"

static int most = INT_MAX; /* threads that can be had; OpenBLAS has some at once */
static int created;

int pthread_create(pthread_t *restrict thread, const pthread_attr_t *restrict attributes,
                   void *(*start)(void *), void *restrict arg) {
  union {
    void *object;
    int (*function)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  } real = {.object = dlsym(RTLD_NEXT, "pthread_create")};
  if (!real.object || created == most) return EAGAIN;
  created++;
  return real.function(thread, attributes, start, arg);
}

/* The caller is one of the workers, and needs no thread. */
static void says_how_many_there_are(void **state) {
  (void)state;
  for (most = 0; most < 4; most++) {
    char words[64];
    dpb__pool *pool = (dpb__pool *)&created;
    created = 0;
    errno = 77;
    assert_int_equal(dpb__pool_create(5, &pool), DPB_ERR_MEMORY);
    assert_int_equal(errno, 77);
    assert_null(pool);
    snprintf(words, sizeof words, "thread pool: only %d of 5 workers", most + 1);
    assert_non_null(strstr(dpb_error_message(), words));
  }
  created = 0;
  dpb__pool *pool = NULL;
  assert_int_equal(dpb__pool_create(5, &pool), DPB_OK);
  assert_int_equal(created, 4);
  dpb__pool_destroy(pool);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(says_how_many_there_are)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
