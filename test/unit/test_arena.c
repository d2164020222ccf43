/* SPDX-License-Identifier: MIT
 *
 * Arenas: alignment, zeroes, overflow, and the gaps that AddressSanitizer watches.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include <deepblas/status.h>

#include "base/arena.h"
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

/* AddressSanitizer ends the process when memory is refused, unless told otherwise. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "allocator_may_return_null=1";
}

static void test_segments_are_aligned_and_apart(void **state) {
  (void)state;
  const size_t bytes[] = {1, 64, 0, 65, 4000, 0, 3};
  size_t offset[7];
  dpb__arena_plan plan = {0};
  for (size_t i = 0; i < 7; i++) offset[i] = dpb__arena_reserve(&plan, bytes[i]);
  assert_false(plan.failed);

  dpb__arena arena;
  assert_int_equal(dpb__arena_allocate(&plan, "test", &arena), DPB_OK);
  for (size_t i = 0; i < 7; i++) {
    assert_int_equal((uintptr_t)dpb__arena_at(&arena, offset[i]) % DPB__ALIGNMENT, 0);
    size_t end = i + 1 < 7 ? offset[i + 1] : arena.size;
    assert_true(end >= offset[i] + bytes[i] + 64);
  }
  dpb__arena_free(&arena);
  assert_null(arena.base);
  assert_int_equal(arena.size, 0);
}

static void test_whole_block_is_zero(void **state) {
  (void)state;
  /* The second arena probably gets the memory that the first one scribbled on. */
  for (int round = 0; round < 2; round++) {
    dpb__arena_plan plan = {0};
    size_t a = dpb__arena_reserve_floats(&plan, 100);
    size_t b = dpb__arena_reserve_floats(&plan, 333);
    dpb__arena arena;
    assert_int_equal(dpb__arena_allocate(&plan, "test", &arena), DPB_OK);
    for (size_t i = 0; i < arena.size; i++) assert_int_equal(arena.base[i], 0);
    memset(dpb__arena_at(&arena, a), 0x55, 400);
    memset(dpb__arena_at(&arena, b), 0x55, 1332);
    dpb__arena_free(&arena);
  }
}

static void test_floats_are_four_bytes(void **state) {
  (void)state;
  dpb__arena_plan in_bytes = {0}, in_floats = {0};
  dpb__arena_reserve(&in_bytes, 4000);
  dpb__arena_reserve_floats(&in_floats, 1000);
  assert_int_equal(in_bytes.size, in_floats.size);
}

static void test_empty_plan_can_be_allocated(void **state) {
  (void)state;
  dpb__arena_plan plan = {0};
  dpb__arena arena;
  assert_int_equal(dpb__arena_allocate(&plan, "test", &arena), DPB_OK);
  assert_non_null(arena.base);
  dpb__arena_free(&arena);
  dpb__arena_free(&arena);
}

static void test_overflow_is_remembered(void **state) {
  (void)state;
  for (int kind = 0; kind < 4; kind++) {
    dpb__arena_plan plan = {0};
    dpb__arena_reserve(&plan, 100);
    if (kind == 0) dpb__arena_reserve(&plan, SIZE_MAX);
    if (kind == 1) dpb__arena_reserve(&plan, SIZE_MAX - 300);
    if (kind == 2) dpb__arena_reserve_floats(&plan, SIZE_MAX / 4 + 1);
    if (kind == 3) dpb__arena_reserve(&plan, PTRDIFF_MAX);
    assert_int_equal(plan.failed, kind < 3);
    dpb__arena_reserve(&plan, 100);
    dpb__arena arena = {(char *)&plan, 1};
    assert_int_equal(dpb__arena_allocate(&plan, "activations", &arena), DPB_ERR_SIZE);
    assert_null(arena.base);
    assert_int_equal(arena.size, 0);
    assert_non_null(strstr(dpb_error_message(), "activations"));
  }
}

static void test_refused_memory(void **state) {
  (void)state;
  dpb__arena_plan plan = {0};
  dpb__arena_reserve(&plan, (size_t)1 << 62);
  dpb__arena arena = {(char *)&plan, 1};
  errno = 4711;
  assert_int_equal(dpb__arena_allocate(&plan, "gradients", &arena), DPB_ERR_MEMORY);
  assert_int_equal(errno, 4711);
  assert_null(arena.base);
  assert_string_equal(dpb_error_message(),
                      "gradients: no memory for 4611686018427387968 bytes");
}

static void test_guard_watches_the_gap_alone(void **state) {
  (void)state;
  dpb__arena_plan plan = {0};
  size_t a = dpb__arena_reserve(&plan, 100);
  size_t b = dpb__arena_reserve(&plan, 64);
  dpb__arena arena;
  assert_int_equal(dpb__arena_allocate(&plan, "test", &arena), DPB_OK);
  dpb__arena_guard(&arena, a, 100);
  dpb__arena_guard(&arena, b, 64);
  char *first = dpb__arena_at(&arena, a), *second = dpb__arena_at(&arena, b);
  memset(first, 1, 100);
  memset(second, 2, 64);
#ifdef WATCHED
  assert_false(__asan_address_is_poisoned(first + 99));
  for (char *p = first + 100; p < second; p++) assert_true(__asan_address_is_poisoned(p));
  assert_false(__asan_address_is_poisoned(second));
  assert_false(__asan_address_is_poisoned(second + 63));
  assert_true(__asan_address_is_poisoned(second + 64));
  assert_true(__asan_address_is_poisoned(arena.base + arena.size - 1));
#endif
  dpb__arena_free(&arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_segments_are_aligned_and_apart),
      cmocka_unit_test(test_whole_block_is_zero),
      cmocka_unit_test(test_floats_are_four_bytes),
      cmocka_unit_test(test_empty_plan_can_be_allocated),
      cmocka_unit_test(test_overflow_is_remembered),
      cmocka_unit_test(test_refused_memory),
      cmocka_unit_test(test_guard_watches_the_gap_alone),
  };
  return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
