/* SPDX-License-Identifier: MIT
 *
 * Checked sizes and small zeroed objects.
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

#include "base/memory.h"
#include "base/size.h"

/* AddressSanitizer ends the process when memory is refused, unless told otherwise. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) {
  return "allocator_may_return_null=1";
}

static void test_allocated_is_zero(void **state) {
  (void)state;
  void *memory = NULL;
  assert_int_equal(dpb__allocate(1000, 8, "things", &memory), DPB_OK);
  const char *bytes = memory;
  for (int i = 0; i < 8000; i++) assert_int_equal(bytes[i], 0);
  memset(memory, 1, 8000);
  dpb__release(memory);
}

static void test_nothing_is_something(void **state) {
  (void)state;
  const size_t sizes[][2] = {{0, 0}, {0, 8}, {8, 0}};
  for (size_t i = 0; i < 3; i++) {
    void *memory = NULL;
    assert_int_equal(dpb__allocate(sizes[i][0], sizes[i][1], "nothing", &memory), DPB_OK);
    assert_non_null(memory);
    dpb__release(memory);
  }
  dpb__release(NULL);
}

static void test_overflow_is_a_size_error(void **state) {
  (void)state;
  const size_t sizes[][2] = {
      {SIZE_MAX, 2}, {SIZE_MAX / 2, 3}, {SIZE_MAX, 1}, {(size_t)PTRDIFF_MAX + 1, 1}};
  for (size_t i = 0; i < 4; i++) {
    int dummy = 0;
    void *memory = &dummy;
    assert_int_equal(dpb__allocate(sizes[i][0], sizes[i][1], "masks", &memory),
                     DPB_ERR_SIZE);
    assert_null(memory);
  }
  assert_non_null(strstr(dpb_error_message(), "masks"));
  assert_non_null(strstr(dpb_error_message(), "9223372036854775808"));
}

static void test_refused_memory_is_a_memory_error(void **state) {
  (void)state;
  int dummy = 0;
  void *memory = &dummy;
  errno = 4711;
  assert_int_equal(dpb__allocate((size_t)1 << 31, (size_t)1 << 31, "masks", &memory),
                   DPB_ERR_MEMORY);
  assert_null(memory);
  assert_int_equal(errno, 4711);
  assert_string_equal(dpb_error_message(),
                      "masks: no memory for 4611686018427387904 bytes");
}

static void test_release_preserves_errno(void **state) {
  (void)state;
  void *memory = NULL;
  assert_int_equal(dpb__allocate((size_t)1 << 22, 1, "big", &memory), DPB_OK);
  errno = 4711;
  dpb__release(memory);
  assert_int_equal(errno, 4711);
}

static void test_size_mul_at_the_edge(void **state) {
  (void)state;
  size_t product = 7;
  assert_true(dpb__size_mul(SIZE_MAX, 1, &product));
  assert_true(product == SIZE_MAX);
  assert_true(dpb__size_mul(0, SIZE_MAX, &product));
  assert_true(product == 0);
  assert_true(dpb__size_mul(SIZE_MAX / 3, 3, &product));
  product = 7;
  assert_false(dpb__size_mul(SIZE_MAX / 3 + 1, 3, &product));
  assert_false(dpb__size_mul(SIZE_MAX, SIZE_MAX, &product));
  assert_true(product == 7);
}

static void test_size_add_and_align_at_the_edge(void **state) {
  (void)state;
  size_t sum = 7;
  assert_true(dpb__size_add(SIZE_MAX - 5, 5, &sum));
  assert_true(sum == SIZE_MAX);
  sum = 7;
  assert_false(dpb__size_add(SIZE_MAX - 5, 6, &sum));
  assert_true(sum == 7);

  const size_t aligned[][2] = {{0, 0}, {1, 64}, {63, 64}, {64, 64}, {65, 128}};
  for (size_t i = 0; i < 5; i++) {
    assert_true(dpb__size_align(aligned[i][0], &sum));
    assert_int_equal(sum, aligned[i][1]);
  }
  assert_true(dpb__size_align(SIZE_MAX - 63, &sum));
  assert_true(sum == SIZE_MAX - 63);
  assert_false(dpb__size_align(SIZE_MAX - 62, &sum));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_allocated_is_zero),
      cmocka_unit_test(test_nothing_is_something),
      cmocka_unit_test(test_overflow_is_a_size_error),
      cmocka_unit_test(test_refused_memory_is_a_memory_error),
      cmocka_unit_test(test_release_preserves_errno),
      cmocka_unit_test(test_size_mul_at_the_edge),
      cmocka_unit_test(test_size_add_and_align_at_the_edge),
  };
  return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
