/* SPDX-License-Identifier: MIT
 *
 * Numbers as text: what is a number, what is not, and that every value survives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/rng.h>

#include "base/number.h"

static void test_parse_int_takes_whole_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t value;
  } good[] = {
      {"0", 0},
      {"-0", 0},
      {"+7", 7},
      {"007", 7},
      {"-12", -12},
      {"9223372036854775807", INT64_MAX},
      {"-9223372036854775808", INT64_MIN},
      {"-9223372036854775807", -INT64_MAX},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    int64_t value = 99;
    assert_true(dpb__parse_int(good[i].text, strlen(good[i].text), &value));
    assert_true(value == good[i].value);
  }
}

static void test_parse_int_refuses_the_rest(void **state) {
  (void)state;
  static const char *const bad[] = {"",
                                    "-",
                                    "+",
                                    "--1",
                                    "+-1",
                                    " 1",
                                    "1 ",
                                    "1.0",
                                    "1e3",
                                    "0x1",
                                    "1234a",
                                    "9223372036854775808",
                                    "-9223372036854775809",
                                    "92233720368547758070",
                                    "-92233720368547758080"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    int64_t value = 99;
    assert_false(dpb__parse_int(bad[i], strlen(bad[i]), &value));
    assert_true(value == 99);
  }
}

/* length counts, not a terminator: nothing behind it is read. */
static void test_length_bounds_what_is_read(void **state) {
  (void)state;
  int64_t whole = 0;
  double real = 0;
  assert_true(dpb__parse_int("12345", 3, &whole));
  assert_true(whole == 123);
  assert_true(dpb__parse_double("1.25e9", 4, &real));
  assert_true(real == 1.25);
  assert_false(dpb__parse_int("12\0"
                              "3",
                              4, &whole));
  assert_false(dpb__parse_double("12\0"
                                 "3",
                                 4, &real));
  char *heap = malloc(3);
  memcpy(heap, "1.5", 3);
  assert_true(dpb__parse_double(heap, 3, &real));
  free(heap);
  assert_true(real == 1.5);
}

static void test_parse_double_takes_numbers(void **state) {
  (void)state;
  static const struct {
    const char *text;
    double value;
  } good[] = {
      {"0", 0},
      {"0.1", 0.1},
      {".5", 0.5},
      {"5.", 5},
      {"-1e-7", -1e-7},
      {"+1E+3", 1000},
      {"1.7976931348623157e308", DBL_MAX},
      {"5e-324", 5e-324},
      {"1e-400", 0},
      {"inf", HUGE_VAL},
      {"-Infinity", -HUGE_VAL},
  };
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    double value = 99;
    assert_true(dpb__parse_double(good[i].text, strlen(good[i].text), &value));
    assert_true(value == good[i].value);
  }
  double value = 0;
  assert_true(dpb__parse_double("nan", 3, &value));
  assert_true(isnan(value));
  assert_true(dpb__parse_double("-0", 2, &value));
  assert_true(value == 0 && signbit(value));
}

static void test_parse_double_refuses_the_rest(void **state) {
  (void)state;
  static const char *const bad[] = {
      "",      " 1",  "1 ",   "\t1", "0x10", "0x1p3", "1,5",    "1.2.3",  "1e",
      "e5",    ".",   "-",    "+-1", "--1",  "1e400", "-1e400", "nan(1)", "infi",
      "1_000", "1d0", "1.5f", "\n",  "1e5 ", "nano",  "1e+"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    double value = 99;
    assert_false(dpb__parse_double(bad[i], strlen(bad[i]), &value));
    assert_true(value == 99);
  }
}

static void test_exact_form_of_any_double_is_read(void **state) {
  (void)state;
  char text[1200];
  int length = snprintf(text, sizeof text, "%.1074f", -5e-324);
  assert_int_equal(length, 1077);
  double value = 0;
  assert_true(dpb__parse_double(text, (size_t)length, &value));
  assert_true(value == -5e-324);
  memset(text, '1', sizeof text);
  assert_false(dpb__parse_double(text, sizeof text, &value));
}

static void test_print_is_shortest(void **state) {
  (void)state;
  static const struct {
    float value;
    const char *text;
  } floats[] = {
      {0.1F, "0.1"},
      {1e-7F, "1e-07"},
      {0, "0"},
      {-0.0F, "-0"},
      {1, "1"},
      {16777216, "16777216"},
      {HUGE_VALF, "inf"},
      {-HUGE_VALF, "-inf"},
      {(float)NAN, "nan"},
      {1.0F / 3, "0.33333334"},
  };
  char text[32];
  for (size_t i = 0; i < sizeof floats / sizeof *floats; i++) {
    assert_int_equal(dpb__print_float(floats[i].value, text), strlen(floats[i].text));
    assert_string_equal(text, floats[i].text);
  }
  assert_int_equal(dpb__print_double(0.1, text), 3);
  assert_string_equal(text, "0.1");
  assert_int_equal(dpb__print_double(0.1 + 0.2, text), 19);
  assert_string_equal(text, "0.30000000000000004");
  assert_int_equal(dpb__print_double(-(double)NAN, text), 3);
  assert_string_equal(text, "nan");
}

static void check_double(double value) {
  char text[32];
  double back = 0;
  size_t length = dpb__print_double(value, text);
  assert_true(length < 32 && length == strlen(text));
  assert_true(dpb__parse_double(text, length, &back));
  assert_memory_equal(&back, &value, sizeof value);
}

static void check_float(float value) {
  char text[32];
  double back = 0;
  size_t length = dpb__print_float(value, text);
  assert_true(length < 32 && length == strlen(text));
  assert_true(dpb__parse_double(text, length, &back));
  float narrow = (float)back;
  assert_memory_equal(&narrow, &value, sizeof value);
}

/* Any bits that are a finite number come back, subnormal ones included. */
static void test_every_value_survives(void **state) {
  (void)state;
  dpb_rng rng = dpb_rng_seed(1);
  for (int i = 0; i < 20000; i++) {
    uint64_t bits = (uint64_t)dpb_rng_u32(&rng) << 32 | dpb_rng_u32(&rng);
    double value;
    memcpy(&value, &bits, sizeof value);
    if (isfinite(value)) check_double(value);
    uint32_t narrow_bits = (uint32_t)bits;
    float narrow;
    memcpy(&narrow, &narrow_bits, sizeof narrow);
    if (isfinite(narrow)) check_float(narrow);
  }
  check_double(DBL_MAX);
  check_double(-DBL_MIN);
  check_double(5e-324);
  check_float(FLT_MAX);
  check_float(1e-45F);
}

static void test_errno_is_preserved(void **state) {
  (void)state;
  char text[32];
  double value = 0;
  errno = 4711;
  assert_false(dpb__parse_double("1e999", 5, &value));
  assert_true(dpb__parse_double("4e-320", 6, &value));
  dpb__print_double(5e-324, text);
  dpb__print_float(1e-45F, text);
  assert_int_equal(errno, 4711);
}

static void test_locale_changes_nothing(void **state) {
  (void)state;
  if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) {
    print_message("skipped: locale de_DE.UTF-8 is not installed\n");
    skip();
  }
  char text[32], host[8];
  double value = 0;
  int good = dpb__parse_double("0.5", 3, &value);
  int bad = dpb__parse_double("0,5", 3, &value);
  dpb__print_double(0.25, text);
  snprintf(host, sizeof host, "%.2f", 0.25);
  setlocale(LC_ALL, "C");
  assert_true(good);
  assert_false(bad);
  assert_true(value == 0.5);
  assert_string_equal(text, "0.25");
  assert_string_equal(host, "0,25");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_parse_int_takes_whole_numbers),
      cmocka_unit_test(test_parse_int_refuses_the_rest),
      cmocka_unit_test(test_length_bounds_what_is_read),
      cmocka_unit_test(test_parse_double_takes_numbers),
      cmocka_unit_test(test_parse_double_refuses_the_rest),
      cmocka_unit_test(test_exact_form_of_any_double_is_read),
      cmocka_unit_test(test_print_is_shortest),
      cmocka_unit_test(test_every_value_survives),
      cmocka_unit_test(test_errno_is_preserved),
      cmocka_unit_test(test_locale_changes_nothing),
  };
  return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
