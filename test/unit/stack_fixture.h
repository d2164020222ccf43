/* SPDX-License-Identifier: MIT
 *
 * For tests of what a thread with little stack can do. Needs _GNU_SOURCE.
 */
#ifndef STACK_FIXTURE_H
#define STACK_FIXTURE_H

#include <link.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

static inline int add_thread_local(struct dl_phdr_info *info, size_t size, void *sum) {
  (void)size;
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_TLS) *(size_t *)sum += info->dlpi_phdr[i].p_memsz;
  return 0;
}

/* Does work in a thread that has so many bytes of stack to itself. On top of them comes
 * what the C library takes off a thread's stack: the guard, its own notes, and all
 * thread-local storage, of which builds of OpenBLAS have 0, 60 or 140 KiB. No thread has
 * less than the system allows (128 KiB on arm64). */
static inline bool run_on_stack(size_t bytes, void *(*work)(void *), void *arg) {
  enum { NOTES = 8 << 10 };
  const size_t least = (size_t)sysconf(_SC_THREAD_STACK_MIN);
  size_t guard = 0, others = 0;
  pthread_attr_t attributes;
  pthread_t thread;
  if (pthread_attr_init(&attributes) != 0) return false;
  dl_iterate_phdr(add_thread_local, &others);
  bool ran = pthread_attr_getguardsize(&attributes, &guard) == 0;
  const size_t all = bytes + others + guard + NOTES;
  ran = ran && pthread_attr_setstacksize(&attributes, all > least ? all : least) == 0 &&
        pthread_create(&thread, &attributes, work, arg) == 0 &&
        pthread_join(thread, NULL) == 0;
  pthread_attr_destroy(&attributes);
  return ran;
}

#endif
