/* SPDX-License-Identifier: MIT
 *
 * For tests of what happens when a process has no more addresses.
 */
#ifndef ADDRESS_FIXTURE_H
#define ADDRESS_FIXTURE_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* Leaves room for so many bytes more than this process has; before is what the limit was.
 */
static inline bool leave_room(rlim_t bytes, struct rlimit *before) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return false;
  const int got = fscanf(file, "%lu", &pages);
  fclose(file);
  if (got != 1 || getrlimit(RLIMIT_AS, before) != 0) return false;
  struct rlimit limit = *before;
  limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
  return setrlimit(RLIMIT_AS, &limit) == 0;
}

#endif
