/* SPDX-License-Identifier: MIT
 *
 * Runs a piece of work again and again, with request number 1, 2, ... for memory failed,
 * until none is left to fail. Each time the work must come back with DPB_ERR_MEMORY and
 * one line that says so, hold nothing, and have set its out-pointers to NULL.
 */
#ifndef OOM_H
#define OOM_H

#include "counted_memory.h"
#include "train_fixture.h"

/* What out-pointers hold before a call: not NULL, so that it is the call that sets them.
 */
#define POISON ((void *)(uintptr_t)8)

/* What a call left in its out-pointer fits the status it returned. */
static inline void check_out(dpb_status status, const void *out) {
  if (status == DPB_OK)
    assert_true(out != NULL && out != POISON);
  else
    assert_null(out);
}

static inline void check_failure(dpb_status status, long k) {
  const char *message = dpb_error_message();
  if (status != DPB_ERR_MEMORY)
    fail_msg("request %ld failed: %s (%s)", k, dpb_status_name(status), message);
  assert_true(strlen(message) > 8);
  assert_null(strchr(message, '\n'));
}

/* at_least: fewer requests than that would mean that counting does not work. */
static inline void fail_each(dpb_status (*work)(void), long at_least) {
  for (int rest = 0; rest <= 1; rest++) {
    long k = 0;
    memory_report seen;
    do {
      memory_count(++k, rest != 0);
      dpb_status status = work();
      seen = memory_stop();
      if (seen.held != 0) fail_msg("request %ld failed: %ld blocks held", k, seen.held);
      if (seen.failed > 0)
        check_failure(status, k);
      else
        must(status);
      assert_true(k < 1000);
    } while (seen.failed > 0);
    if (k - 1 < at_least) fail_msg("only %ld requests were seen", k - 1);
  }
}

#endif
