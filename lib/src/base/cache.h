/* SPDX-License-Identifier: MIT
 *
 * Numbers that go from memory, or one core's cache, to another's.
 *
 * To read what another core has written last is quick, and so is to write over it. What
 * is slow is to write to a line of memory that others have a copy of: each copy has to be
 * given up first. Between two cores of a Zen 4 that do not share a third cache, 1.7 MB
 * are read in 60 microseconds after another core wrote them; to write them when both have
 * read them takes 370, for such lines come one at a time.
 *
 * So numbers that every worker reads are written past the caches, and what only one other
 * worker reads is taken away from its writer.
 */
#ifndef DPB_BASE_CACHE_H
#define DPB_BASE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "base/pool.h"

#define DPB__LINE_BYTES 64

/* In a run that workers share: makes count floats this core's alone, before it reads
 * them. */
static inline void dpb__take(const float *x, size_t count) {
#if defined(__x86_64__)
  if (!dpb__pool_is_shared()) return;
  const char *line = (const char *)x;
  for (const char *end = (const char *)(x + count); line < end; line += DPB__LINE_BYTES)
    __asm__ __volatile__("prefetchw %0" : : "m"(*line));
#else
  (void)x;
  (void)count;
#endif
}

/* Brings count bytes into this core's cache, from the first to the last. */
static inline void dpb__fetch_bytes(const void *bytes, size_t count) {
#if defined(__GNUC__)
  for (size_t i = 0; i < count; i += DPB__LINE_BYTES)
    __builtin_prefetch((const char *)bytes + i);
#else
  (void)bytes;
  (void)count;
#endif
}

/* The same of count floats. */
static inline void dpb__fetch(const float *x, size_t count) {
  dpb__fetch_bytes(x, count * sizeof *x);
}

/* Writes count floats past the caches; no other core keeps a copy of what was there. They
 * are there for others when the task has ended. */
static inline void dpb__publish(size_t count, const float *from, float *to) {
  size_t i = 0;
#if defined(__SSE__)
  if ((uintptr_t)to % sizeof(__m128) == 0)
    for (; i + 4 <= count; i += 4) _mm_stream_ps(to + i, _mm_loadu_ps(from + i));
#endif
  for (; i < count; i++) to[i] = from[i];
}

#endif
