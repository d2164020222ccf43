/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "file/csv_reader.h"
#include "file_fixture.h"

static const char *put(const char *text) {
  const char *path = in_folder("a.csv");
  write_file(path, text, strlen(text));
  return path;
}

/* All records of text: fields joined by |, records by /, each with its line. */
static const char *records_of(const char *text, char separator) {
  static char out[1000];
  dpb__csv *csv;
  errno = 77;
  assert_ok(dpb__csv_open(put(text), separator, &csv));
  bool there;
  out[0] = '\0';
  for (;;) {
    assert_ok(dpb__csv_next(csv, &there));
    if (!there) break;
    sprintf(out + strlen(out), "%zu:", dpb__csv_line(csv));
    for (size_t i = 0; i < dpb__csv_count(csv); i++) {
      size_t length;
      const char *field = dpb__csv_field(csv, i, &length);
      assert_int_equal(length, strlen(field));
      sprintf(out + strlen(out), "%s%s", i ? "|" : "", field);
    }
    strcat(out, "/");
  }
  assert_int_equal(errno, 77);
  dpb__csv_close(csv);
  return out;
}

static void check_fails(const char *text, dpb_status status, const char *message) {
  dpb__csv *csv = NULL;
  bool there = true;
  dpb_status got = dpb__csv_open(put(text), 0, &csv);
  while (got == DPB_OK && there) got = dpb__csv_next(csv, &there);
  assert_fails(got, status, message);
  assert_message("a.csv");
  dpb__csv_close(csv);
}

static void reads_records(void **state) {
  (void)state;
  assert_string_equal(records_of("a,b\n1,2\n", 0), "1:a|b/2:1|2/");
  assert_string_equal(records_of("a,b\r\n\r\n1,2", 0), "1:a|b/3:1|2/");
  assert_string_equal(records_of("a,b\r1,2\r", 0), "1:a|b/2:1|2/");
  assert_string_equal(records_of("\xef\xbb\xbf"
                                 "a,b",
                                 0),
                      "1:a|b/");
  assert_string_equal(records_of(" a , b c \n  \n1,\n", 0), "1:a|b c/3:1|/");
  assert_string_equal(records_of(",\n", 0), "1:|/");
  assert_string_equal(records_of("one\n", 0), "1:one/");
  assert_string_equal(records_of("\n\n", 0), "");
}

static void reads_quotes(void **state) {
  (void)state;
  assert_string_equal(records_of("\"a,b\",\"say \"\"so\"\"\" \n", 0),
                      "1:a,b|say \"so\"/");
  assert_string_equal(records_of("\"a\nb\",c\nd,e\n", 0), "1:a\nb|c/3:d|e/");
  assert_string_equal(records_of("\"\",\" x \"\n", 0), "1:| x /");
  assert_string_equal(records_of("a\"b,c\n", 0), "1:a\"b|c/");
}

static void finds_the_separator(void **state) {
  (void)state;
  assert_string_equal(records_of("1,5;2\n", 0), "1:1,5|2/");
  assert_string_equal(records_of("a\tb;c,d\n", 0), "1:a|b;c,d/");
  assert_string_equal(records_of("\"a;b\",c\n1;2,3\n", 0), "1:a;b|c/2:1;2|3/");
  assert_string_equal(records_of("\n\na;b\n", 0), "3:a|b/");
  assert_string_equal(records_of("a b,c\n", ' '), "1:a|b,c/");
  assert_string_equal(records_of("a\t\tc\n", '\t'), "1:a||c/");
}

static void reads_gzip_and_long_records(void **state) {
  (void)state;
  static char text[200001];
  static uint8_t packed[10000];
  for (size_t i = 0; i < 200000; i += 2) memcpy(text + i, i % 4 ? "1," : "2,", 2);
  text[199999] = '\n';
  write_file(in_folder("a.csv.gz"), packed,
             gzip_bytes(text, 200000, packed, sizeof packed));
  dpb__csv *csv;
  bool there;
  assert_ok(dpb__csv_open(in_folder("a.csv.gz"), 0, &csv));
  assert_ok(dpb__csv_next(csv, &there));
  assert_true(there);
  assert_int_equal(dpb__csv_count(csv), 100000);
  assert_string_equal(dpb__csv_field(csv, 99999, NULL), "1");
  dpb__csv_close(csv);
}

static void refuses_what_is_no_csv(void **state) {
  (void)state;
  check_fails("", DPB_ERR_FORMAT, "the file is empty");
  check_fails("a,b\n\"c,d\n1,2\n", DPB_ERR_FORMAT,
              "line 2: the quote of field 1 is never closed");
  check_fails("a,b\n1,\"c\"d\n", DPB_ERR_FORMAT,
              "line 2: text behind the closing quote of field 2");
  check_fails("\xff\xfe"
              "a,b",
              DPB_ERR_UNSUPPORTED, "UTF-16");
  write_file(in_folder("a.csv"), "a,b\nc\0d,e\n", 10);
  dpb__csv *csv;
  bool there;
  assert_ok(dpb__csv_open(in_folder("a.csv"), 0, &csv));
  assert_ok(dpb__csv_next(csv, &there));
  assert_fails(dpb__csv_next(csv, &there), DPB_ERR_FORMAT, "line 2: a zero byte");
  dpb__csv_close(csv);
  static char longer[70001];
  memset(longer, 'x', 70000);
  check_fails(longer, DPB_ERR_FORMAT, "line 1: field 1 is longer than 65536 bytes");
  assert_fails(dpb__csv_open(in_folder("none"), 0, &csv), DPB_ERR_NOT_FOUND, "none");
  assert_null(csv);
  assert_fails(dpb__csv_open(in_folder("none"), '"', &csv), DPB_ERR_ARG, "character 34");
}

static void excerpts_are_one_short_line(void **state) {
  (void)state;
  char text[DPB__CSV_EXCERPT];
  assert_string_equal(dpb__csv_excerpt("a\nb\x7f", text), "a?b?");
  char field[100];
  memset(field, 'y', 99);
  field[99] = '\0';
  assert_int_equal(strlen(dpb__csv_excerpt(field, text)), 43);
  assert_string_equal(text + 40, "...");
  memcpy(field + 39, "\xc3\xbc", 2); /* a character is not cut in two */
  assert_string_equal(dpb__csv_excerpt(field, text) + 39, "...");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(reads_records, remove_files),
      cmocka_unit_test_teardown(reads_quotes, remove_files),
      cmocka_unit_test_teardown(finds_the_separator, remove_files),
      cmocka_unit_test_teardown(reads_gzip_and_long_records, remove_files),
      cmocka_unit_test_teardown(refuses_what_is_no_csv, remove_files),
      cmocka_unit_test(excerpts_are_one_short_line),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
