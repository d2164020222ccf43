/* SPDX-License-Identifier: MIT
 *
 * Class names as one text, there and back: any bytes that a name may hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <deepblas/deepblas.h>

#include "base/memory.h"
#include "base/names.h"
#include "base/utf8.h"

static void test_valid_utf8(void **state) {
  (void)state;
  static const char *const good[] = {"",
                                     "plain",
                                     "\xc2\x80",
                                     "\xdf\xbf",
                                     "\xe0\xa0\x80",
                                     "\xed\x9f\xbf",
                                     "\xee\x80\x80",
                                     "\xf0\x90\x80\x80",
                                     "\xf4\x8f\xbf\xbf",
                                     "n\xc3\xa4her"};
  static const char *const bad[] = {"\x80",
                                    "\xc0\x80",
                                    "\xc1\xbf",
                                    "\xc2",
                                    "\xe0\x9f\xbf",
                                    "\xed\xa0\x80",
                                    "\xe2\x82",
                                    "\xf0\x8f\xbf\xbf",
                                    "\xf5\x80",
                                    "\xf4\x90\x80\x80",
                                    "a\xff",
                                    "\xbf",
                                    "\xf8\x90\x80\x80",
                                    "\xf8\x88\x80\x80\x80"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    if (!dpb__utf8_is_valid(good[i])) fail_msg("good text %zu is refused", i);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (dpb__utf8_is_valid(bad[i])) fail_msg("bad text %zu is taken", i);
  const unsigned char *at = (const unsigned char *)"\xf4\x8f\xbf\xbf";
  uint32_t c = 0;
  assert_true(dpb__utf8_next(&at, &c));
  assert_int_equal(c, 0x10ffff);
  assert_int_equal(*at, 0);
}

static void test_there_and_back(void **state) {
  (void)state;
  char *const names[] = {(char[]){"cat"},         (char[]){"n\xc3\xa4her"},
                         (char[]){"back\\slash"}, (char[]){"two\nlines\x7f"},
                         (char[]){"latin \xe4"},  (char[]){"\\x41"}};
  enum { COUNT = 6 };
  char *text = NULL;
  assert_int_equal(dpb__class_names_join(COUNT, names, &text), DPB_OK);
  assert_string_equal(text, "cat\nn\xc3\xa4her\nback\\x5cslash\ntwo\\x0alines\\x7f\n"
                            "latin \\xe4\n\\x5cx41");
  char *back[COUNT];
  assert_int_equal(dpb__class_names_split(text, COUNT, back), COUNT);
  for (int i = 0; i < COUNT; i++) assert_string_equal(back[i], names[i]);
  dpb__release(text);
}

static void test_counts_and_faults(void **state) {
  (void)state;
  char *back[3];
  assert_int_equal(dpb__class_names_split((char[]){"a\nb\nc"}, 3, back), 3);
  assert_int_equal(dpb__class_names_split((char[]){"a\nb"}, 3, back), 2);
  assert_int_equal(dpb__class_names_split((char[]){"a\nb\nc\nd"}, 3, back), 4);
  assert_int_equal(dpb__class_names_split((char[]){"a"}, 1, back), 1);
  assert_int_equal(dpb__class_names_split((char[]){""}, 3, back), -1);
  assert_int_equal(dpb__class_names_split((char[]){"a\n\nc"}, 3, back), -2);
  static const char *const bad[] = {"\\",    "\\x",   "\\x4", "\\x4g",
                                    "\\y41", "\\x00", "\\xAA"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    char text[16] = "a\n";
    strcat(text, bad[i]);
    if (dpb__class_names_split(text, 3, back) != -2) fail_msg("'%s' is taken", bad[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_valid_utf8),
      cmocka_unit_test(test_there_and_back),
      cmocka_unit_test(test_counts_and_faults),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
