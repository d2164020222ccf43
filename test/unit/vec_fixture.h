/* SPDX-License-Identifier: MIT
 *
 * For the tests of the vector kernels: the tables that this CPU can run, numbers to feed
 * them, and arrays that end where the memory ends.
 */
#ifndef VEC_FIXTURE_H
#define VEC_FIXTURE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "simd/vec.h"

/* Calls check(table) for every table there is; at least the generic one. */
static inline void for_each_table(void (*check)(const dpb__vec *)) {
  static const char *const names[] = {"generic", "avx2", "avx512"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    const dpb__vec *table = dpb__vec_find(names[i]);
    if (table == NULL)
      print_message("skipped: table %s\n", names[i]);
    else
      check(table);
  }
}

static inline float next_number(uint32_t *seed) {
  *seed = *seed * 1664525u + 1013904223u;
  return (float)(*seed >> 8) / 2097152.0f - 4.0f; /* [-4, 4) */
}

static inline void fill_numbers(size_t n, float *x, uint32_t seed) {
  for (size_t i = 0; i < n; i++) x[i] = next_number(&seed);
}

static inline uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

static inline int same_bits(size_t n, const float *a, const float *b) {
  for (size_t i = 0; i < n; i++)
    if (bits_of(a[i]) != bits_of(b[i])) return 0;
  return 1;
}

/* bytes (at most a page) that end at a page that cannot be touched. */
typedef struct edge {
  char *pages;
  void *at;
} edge;

static inline edge edge_make(size_t bytes) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  int zeros = open("/dev/zero", O_RDWR);
  assert_true(zeros >= 0);
  edge e = {mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, zeros, 0), NULL};
  close(zeros);
  assert_true(e.pages != MAP_FAILED);
  assert_int_equal(mprotect(e.pages + page, page, PROT_NONE), 0);
  e.at = e.pages + page - bytes;
  return e;
}

static inline void edge_free(edge e) {
  munmap(e.pages, 2 * (size_t)sysconf(_SC_PAGESIZE));
}

#endif
