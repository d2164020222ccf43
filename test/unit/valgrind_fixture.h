/* SPDX-License-Identifier: MIT
 *
 * What cannot be tested under valgrind (scripts/valgrind), which computes by its own
 * rules and lives in the same process.
 */
#ifndef TEST_VALGRIND_FIXTURE_H
#define TEST_VALGRIND_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Skips the test; why: what valgrind does instead. */
static inline void not_under_valgrind(const char *why) {
  if (getenv("DEEPBLAS_VALGRIND") == NULL) return;
  print_message("skipped: valgrind %s\n", why);
  skip();
}

#endif
