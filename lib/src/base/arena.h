/* SPDX-License-Identifier: MIT
 *
 * An arena is planned first and allocated once: reserve segments, allocate the sum, then
 * ask where each segment is.
 *
 *     dpb__arena_plan plan = {0};
 *     size_t a = dpb__arena_reserve(&plan, bytes_a);
 *     size_t b = dpb__arena_reserve(&plan, bytes_b);
 *     status = dpb__arena_allocate(&plan, "activations", &arena);
 *     float *pa = dpb__arena_at(&arena, a);
 *
 * An overflow is remembered in plan.failed and reported by allocate.
 *
 * Segments begin at multiples of DPB__ALIGNMENT and are followed by a gap that
 * AddressSanitizer watches, so that running over the end of one is seen although it stays
 * inside the block.
 */
#ifndef DPB_BASE_ARENA_H
#define DPB_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include <deepblas/status.h>

typedef struct dpb__arena_plan {
  size_t size;
  bool failed;
} dpb__arena_plan;

typedef struct dpb__arena {
  char *base;
  size_t size;
} dpb__arena;

/* Returns the offset of a new segment of bytes (which may be 0). */
size_t dpb__arena_reserve(dpb__arena_plan *plan, size_t bytes);

/* As dpb__arena_reserve for count floats (an overflowing product is remembered too). */
size_t dpb__arena_reserve_floats(dpb__arena_plan *plan, size_t count);

/* One zeroed block for all segments. DPB_ERR_SIZE when the plan overflowed,
 * DPB_ERR_MEMORY with the number of bytes. *arena is {NULL, 0} on failure. */
dpb_status dpb__arena_allocate(const dpb__arena_plan *plan, const char *what,
                               dpb__arena *arena);

/* Marks the gap behind a segment as forbidden, under AddressSanitizer; else nothing. */
void dpb__arena_guard(const dpb__arena *arena, size_t offset, size_t bytes);

/* Where a segment is. */
void *dpb__arena_at(const dpb__arena *arena, size_t offset);

void dpb__arena_free(dpb__arena *arena);

#endif
