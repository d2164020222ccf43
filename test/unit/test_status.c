/* SPDX-License-Identifier: MIT
 *
 * Status values and messages: names, one line, cut off cleanly, per thread, errno and
 * locale left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <deepblas/status.h>

#include "base/error.h"

/* Runs first: before any failure there is no message. */
static void test_message_is_empty_at_first(void **state) {
  (void)state;
  assert_string_equal(dpb_error_message(), "");
}

static void test_values_are_pinned(void **state) {
  (void)state;
  static const struct {
    int value;
    const char *name;
  } pinned[] = {
      {0, "DPB_OK"},
      {1, "DPB_ERR_ARG"},
      {2, "DPB_ERR_MEMORY"},
      {3, "DPB_ERR_STATE"},
      {4, "DPB_ERR_SHAPE"},
      {5, "DPB_ERR_SIZE"},
      {6, "DPB_ERR_SPEC"},
      {7, "DPB_ERR_IO"},
      {8, "DPB_ERR_FORMAT"},
      {9, "DPB_ERR_DATA"},
      {10, "DPB_ERR_NOT_FOUND"},
      {11, "DPB_ERR_DIVERGED"},
      {12, "DPB_ERR_UNSUPPORTED"},
      {13, "DPB_ERR_STOPPED"},
  };
  for (size_t i = 0; i < sizeof pinned / sizeof *pinned; i++)
    assert_string_equal(dpb_status_name((dpb_status)pinned[i].value), pinned[i].name);
}

static void test_texts_differ(void **state) {
  (void)state;
  assert_string_equal(dpb_status_text(DPB_OK), "success");
  assert_string_equal(dpb_status_text(DPB_ERR_SHAPE), "shapes do not fit");
  for (int a = 0; a <= DPB_ERR_STOPPED; a++)
    for (int b = 0; b < a; b++)
      assert_string_not_equal(dpb_status_text((dpb_status)a),
                              dpb_status_text((dpb_status)b));
}

static void test_unknown_values_have_a_name(void **state) {
  (void)state;
  volatile int beyond[] = {14, 15, 7 + 8};
  for (size_t i = 0; i < sizeof beyond / sizeof *beyond; i++) {
    assert_string_equal(dpb_status_name((dpb_status)beyond[i]), "DPB_UNKNOWN");
    assert_string_equal(dpb_status_text((dpb_status)beyond[i]), "unknown status");
  }
}

static void test_fail_formats_and_returns(void **state) {
  (void)state;
  assert_int_equal(dpb__fail(DPB_ERR_ARG, "out is %d, must be at least %d", -1, 1),
                   DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "out is -1, must be at least 1");
}

static void test_fail_in_puts_text_in_front(void **state) {
  (void)state;
  dpb__fail(DPB_ERR_SHAPE, "kernel 5 is too large");
  assert_int_equal(dpb__fail_in(DPB_ERR_SHAPE, "layer %d %s: ", 3, "conv2d"),
                   DPB_ERR_SHAPE);
  assert_string_equal(dpb_error_message(), "layer 3 conv2d: kernel 5 is too large");
}

static void test_message_may_quote_itself(void **state) {
  (void)state;
  dpb__fail(DPB_ERR_IO, "inner");
  dpb__fail(DPB_ERR_IO, "a %s b %s", dpb_error_message(), dpb_error_message());
  assert_string_equal(dpb_error_message(), "a inner b inner");
}

static void test_long_message_is_cut(void **state) {
  (void)state;
  char text[2000];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\0';
  dpb__fail(DPB_ERR_ARG, "%s", text);
  assert_int_equal(strlen(dpb_error_message()), 511);
  dpb__fail_in(DPB_ERR_ARG, "front: ");
  assert_int_equal(strlen(dpb_error_message()), 511);
  assert_memory_equal(dpb_error_message(), "front: x", 8);
  dpb__fail_in(DPB_ERR_ARG, "%s", text);
  assert_int_equal(strlen(dpb_error_message()), 511);
  assert_memory_equal(dpb_error_message(), "xx", 2);
}

/* No half of a character is left at the end, and a whole one stays. */
static void test_cut_respects_utf8(void **state) {
  (void)state;
  static const char *const letters[] = {"\xc3\xa4", "\xe3\x82\xbc", "\xf0\x9f\x98\x80"};
  for (size_t i = 0; i < 3; i++) {
    int width = (int)strlen(letters[i]);
    for (int fill = 511 - width; fill <= 511; fill++) {
      char text[600];
      int length = snprintf(text, sizeof text, "%0*d%s", fill, 0, letters[i]);
      dpb__fail(DPB_ERR_ARG, "%s", text);
      assert_int_equal(strlen(dpb_error_message()), fill + width <= 511 ? length : fill);
    }
  }
}

static void test_message_is_one_line(void **state) {
  (void)state;
  dpb__fail(DPB_ERR_IO, "file \"%s\" is gone", "a\nb\r\tc\x1b[0m\x7f \xc3\xa4");
  assert_string_equal(dpb_error_message(), "file \"a?b??c?[0m? \xc3\xa4\" is gone");
}

static void test_errno_is_preserved(void **state) {
  (void)state;
  errno = 4711;
  dpb__fail(DPB_ERR_IO, "%f", 0.5);
  dpb__fail_in(DPB_ERR_IO, "%f ", 0.25);
  assert_int_equal(errno, 4711);
}

static void *fail_elsewhere(void *arg) {
  (void)arg;
  int empty = dpb_error_message()[0] == '\0';
  dpb__fail(DPB_ERR_IO, "other thread");
  return empty && strcmp(dpb_error_message(), "other thread") == 0 ? arg : NULL;
}

static void test_message_is_per_thread(void **state) {
  (void)state;
  dpb__fail(DPB_ERR_ARG, "this thread");
  pthread_t thread;
  int token = 0;
  void *result = NULL;
  assert_int_equal(pthread_create(&thread, NULL, fail_elsewhere, &token), 0);
  assert_int_equal(pthread_join(thread, &result), 0);
  assert_ptr_equal(result, &token);
  assert_string_equal(dpb_error_message(), "this thread");
}

static void test_locale_changes_nothing(void **state) {
  (void)state;
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
    print_message("skipped: locale de_DE.UTF-8 is not installed\n");
    skip();
  }
  char own[8];
  snprintf(own, sizeof own, "%.1f", 0.5);
  dpb__fail(DPB_ERR_ARG, "%.1f", 0.5);
  char after[8];
  snprintf(after, sizeof after, "%.1f", 0.5);
  setlocale(LC_ALL, "C");
  assert_string_equal(own, "0,5");
  assert_string_equal(after, "0,5");
  assert_string_equal(dpb_error_message(), "0.5");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_message_is_empty_at_first),
      cmocka_unit_test(test_values_are_pinned),
      cmocka_unit_test(test_texts_differ),
      cmocka_unit_test(test_unknown_values_have_a_name),
      cmocka_unit_test(test_fail_formats_and_returns),
      cmocka_unit_test(test_fail_in_puts_text_in_front),
      cmocka_unit_test(test_message_may_quote_itself),
      cmocka_unit_test(test_long_message_is_cut),
      cmocka_unit_test(test_cut_respects_utf8),
      cmocka_unit_test(test_message_is_one_line),
      cmocka_unit_test(test_errno_is_preserved),
      cmocka_unit_test(test_message_is_per_thread),
      cmocka_unit_test(test_locale_changes_nothing),
  };
  return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
