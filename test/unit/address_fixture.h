/* SPDX-License-Identifier: MIT
 *
 * For tests of what happens when a process has no more addresses.
 */
#ifndef ADDRESS_FIXTURE_H
#define ADDRESS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* Leaves room for so many bytes more than this process has; before is what the limit was.
 * False where that has no effect. */
static inline bool leave_room(rlim_t bytes, struct rlimit *before) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return false;
  const int got = fscanf(file, "%lu", &pages);
  fclose(file);
  if (got != 1 || getrlimit(RLIMIT_AS, before) != 0) return false;
  struct rlimit limit = *before;
  limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
  struct rlimit now;
  return setrlimit(RLIMIT_AS, &limit) == 0 && getrlimit(RLIMIT_AS, &now) == 0 &&
         now.rlim_cur == limit.rlim_cur;
}

/* Skips the test where such limits have no effect: qemu-user passes over them. */
static inline void need_limits(void) {
  struct rlimit before;
  if (leave_room((rlim_t)1 << 30, &before)) {
    setrlimit(RLIMIT_AS, &before);
    return;
  }
  print_message("skipped: limits of addresses have no effect here\n");
  skip();
}

#endif
