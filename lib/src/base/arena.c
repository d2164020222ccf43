/* SPDX-License-Identifier: MIT
 *
 * One aligned, zeroed block cut into segments.
 *
 *     | segment .. fill up to 64 | gap 64 | segment .. | gap 64 | ...
 *
 * The gap is there in every build, so that a plan is the same with and without
 * AddressSanitizer.
 */
#include "base/arena.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"

#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif

#ifdef WATCHED
#include <sanitizer/asan_interface.h>
#endif

#define GAP DPB__ALIGNMENT

/* *end = first byte behind the gap of a segment. */
static bool find_end(size_t offset, size_t bytes, size_t *end) {
  size_t sum = 0;
  return dpb__size_add(offset, bytes, &sum) && dpb__size_align(sum, &sum) &&
         dpb__size_add(sum, GAP, end);
}

size_t dpb__arena_reserve(dpb__arena_plan *plan, size_t bytes) {
  size_t offset = plan->size;
  if (plan->failed || !find_end(offset, bytes, &plan->size)) {
    plan->failed = true;
    return 0;
  }
  return offset;
}

size_t dpb__arena_reserve_floats(dpb__arena_plan *plan, size_t count) {
  size_t bytes = 0;
  if (!dpb__size_mul(count, sizeof(float), &bytes)) {
    plan->failed = true;
    return 0;
  }
  return dpb__arena_reserve(plan, bytes);
}

dpb_status dpb__arena_allocate(const dpb__arena_plan *plan, const char *what,
                               dpb__arena *arena) {
  *arena = (dpb__arena){NULL, 0};
  if (plan->failed || plan->size > PTRDIFF_MAX)
    return dpb__fail(DPB_ERR_SIZE, "%s: more bytes than memory can hold", what);
  size_t bytes = plan->size == 0 ? GAP : plan->size;
  void *base = NULL;
  int host_errno = errno;
  int failure = posix_memalign(&base, DPB__ALIGNMENT, bytes);
  errno = host_errno;
  if (failure != 0)
    return dpb__fail(DPB_ERR_MEMORY, "%s: no memory for %zu bytes", what, bytes);
  memset(base, 0, bytes);
  *arena = (dpb__arena){base, bytes};
  return DPB_OK;
}

void dpb__arena_guard(const dpb__arena *arena, size_t offset, size_t bytes) {
#ifdef WATCHED
  size_t end = 0;
  if (!find_end(offset, bytes, &end) || end > arena->size) return;
  ASAN_POISON_MEMORY_REGION(arena->base + offset + bytes, end - offset - bytes);
#else
  (void)arena;
  (void)offset;
  (void)bytes;
#endif
}

void *dpb__arena_at(const dpb__arena *arena, size_t offset) {
  return arena->base + offset;
}

void dpb__arena_free(dpb__arena *arena) {
#ifdef WATCHED
  if (arena->base != NULL) ASAN_UNPOISON_MEMORY_REGION(arena->base, arena->size);
#endif
  dpb__release(arena->base);
  *arena = (dpb__arena){NULL, 0};
}
