/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "file_fixture.h"

static const dpb_shape single = {.rank = 0};
static const dpb_shape grid = {.rank = 2, .dim = {2, 3}};
static const float numbers[] = {1.0f, -2.0f, 0.1f, 1e-40f, 3e38f, 0.0f};
static const int64_t whole[] = {INT64_MIN, -1, 0, 1, 1 << 20, INT64_MAX};
#define TEXT "affine 100, a\xc3\xb1\xe6\x95\xb0\xf0\x9f\x98\x80"

static dpb_npz_writer *open_writer(const char *path, int deflate) {
  dpb_npz_writer *writer;
  assert_ok(dpb_npz_writer_open(path, deflate, &writer));
  return writer;
}

static void write_arrays(const char *path, int deflate) {
  dpb_npz_writer *writer = open_writer(path, deflate);
  assert_ok(dpb_npz_write_floats(writer, "W1", &grid, numbers));
  assert_ok(dpb_npz_write_ints(writer, "deep", &grid, whole));
  assert_ok(dpb_npz_write_text(writer, "net", TEXT));
  assert_ok(dpb_npz_write_text(writer, "nothing", ""));
  assert_ok(dpb_npz_write_ints(writer, "\xe6\x95\xb0", &single, &(int64_t){-7}));
  assert_int_equal(access(path, F_OK), -1); /* nothing touches path before close */
  assert_ok(dpb_npz_writer_close(writer));
}

/* Doubles of all kinds, to the bit; and what other arrays are as doubles. */
static void doubles_come_back(void **state) {
  (void)state;
  static const double given[] = {0.1, -0.0, 1e-310, 1.7e308, HUGE_VAL, -HUGE_VAL};
  const char *const path = in_folder("d.npz");
  dpb_npz_writer *writer = open_writer(path, 1);
  assert_ok(dpb_npz_write_doubles(writer, "d", &grid, given));
  assert_ok(dpb_npz_write_doubles(writer, "nan", &single, &(double){(double)NAN}));
  assert_ok(dpb_npz_write_floats(writer, "f", &grid, numbers));
  assert_ok(dpb_npz_write_ints(writer, "i", &grid, whole));
  assert_fails(dpb_npz_write_doubles(writer, "d", &grid, given), DPB_ERR_ARG, "already");
  assert_fails(dpb_npz_write_doubles(writer, "e", &grid, NULL), DPB_ERR_ARG, "values");
  assert_ok(dpb_npz_writer_close(writer));
  dpb_npz *npz;
  double d[6];
  assert_ok(dpb_npz_open(path, &npz));
  assert_ok(dpb_npz_read_doubles(npz, "d", d, 6));
  assert_memory_equal(d, given, sizeof d);
  assert_ok(dpb_npz_read_doubles(npz, "nan", d, 1));
  assert_true(isnan(d[0]));
  assert_ok(dpb_npz_read_doubles(npz, "f", d, 6));
  for (int i = 0; i < 6; i++) assert_true(d[i] == (double)numbers[i]);
  assert_ok(dpb_npz_read_doubles(npz, "i", d, 6));
  for (int i = 0; i < 6; i++) assert_true(d[i] == (double)whole[i]);
  assert_fails(dpb_npz_read_doubles(npz, "d", d, 5), DPB_ERR_SHAPE, "has 6 numbers");
  assert_fails(dpb_npz_read_doubles(npz, "d", NULL, 6), DPB_ERR_ARG, "values is NULL");
  dpb_npz_close(npz);
  unlink(path);
}

static void comes_back(void **state) {
  (void)state;
  for (int deflate = 0; deflate < 2; deflate++) {
    const char *path = in_folder("a.npz");
    errno = 0;
    unlink(path);
    write_arrays(path, deflate);
    dpb_npz *npz;
    assert_ok(dpb_npz_open(path, &npz));
    assert_int_equal(dpb_npz_count(npz), 5);
    assert_string_equal(dpb_npz_name(npz, 4), "\xe6\x95\xb0");
    dpb_shape shape;
    float f[6];
    int64_t n[6];
    char text[64];
    assert_ok(dpb_npz_shape(npz, "W1", &shape));
    assert_true(dpb_shape_equal(&shape, &grid));
    assert_ok(dpb_npz_read_floats(npz, "W1", f, 6));
    assert_memory_equal(f, numbers, sizeof f);
    assert_ok(dpb_npz_read_ints(npz, "deep", n, 6));
    assert_memory_equal(n, whole, sizeof n);
    assert_ok(dpb_npz_read_text(npz, "net", text, sizeof text, NULL));
    assert_string_equal(text, TEXT);
    assert_ok(dpb_npz_read_text(npz, "nothing", text, sizeof text, NULL));
    assert_string_equal(text, "");
    assert_ok(dpb_npz_read_ints(npz, "\xe6\x95\xb0", n, 1));
    assert_int_equal(n[0], -7);
    dpb_npz_close(npz);
  }
}

static void halfs_come_back(void **state) {
  (void)state;
  static const float values[] = {1.0f, -2.0f, 0.1f, 65519.0f, -INFINITY, NAN};
  const char *path = in_folder("h.npz");
  dpb_npz_writer *writer = open_writer(path, 0);
  assert_fails(dpb_npz_write_halfs(writer, "W", &grid, (float[6]){0, 0, 0, 1e5f}),
               DPB_ERR_DATA, "W: number 3 is 100000");
  assert_fails(dpb_npz_write_halfs(writer, "W", &grid, NULL), DPB_ERR_ARG, "values");
  assert_fails(dpb_npz_write_halfs(NULL, "W", &grid, values), DPB_ERR_ARG, "writer");
  assert_ok(dpb_npz_write_halfs(writer, "W", &grid, values));
  assert_ok(dpb_npz_writer_close(writer));
  static uint8_t bytes[5000];
  const size_t size = read_file(path, bytes, sizeof bytes);
  int found = 0; /* little-endian, in a row */
  for (size_t i = 0; i + 8 < size; i++)
    found += memcmp(bytes + i, "\x00\x3c\x00\xc0\x66\x2e\xff\x7b", 8) == 0;
  assert_int_equal(found, 1);
  dpb_npz *npz;
  float f[6];
  assert_ok(dpb_npz_open(path, &npz));
  assert_ok(dpb_npz_read_floats(npz, "W", f, 6));
  assert_true(f[0] == 1 && f[1] == -2 && f[2] == 0.0999755859375f && f[3] == 65504);
  assert_true(isinf(f[4]) && f[4] < 0 && isnan(f[5]));
  dpb_npz_close(npz);
}

static void same_content_same_bytes(void **state) {
  (void)state;
  for (int deflate = 0; deflate < 2; deflate++) {
    static uint8_t a[5000], b[5000];
    setenv("TZ", "UTC0", 1);
    write_arrays(in_folder("1.npz"), deflate);
    size_t size = read_file(in_folder("1.npz"), a, sizeof a);
    setenv("TZ", "XXX-9", 1);
    write_arrays(in_folder("2.npz"), deflate);
    unsetenv("TZ");
    assert_int_equal(read_file(in_folder("2.npz"), b, sizeof b), size);
    assert_memory_equal(a, b, size);
    assert_memory_equal(a + 10, "\x00\x00\x21\x00", 4); /* 1980-01-01 00:00 */
    remove_files(NULL);
  }
}

/* More than one piece of 64 KiB, on the way out and on the way in. */
static void long_arrays(void **state) {
  (void)state;
  enum { COUNT = 40000 };
  static float values[COUNT], got[COUNT];
  static uint8_t bytes[200000];
  for (int i = 0; i < COUNT; i++) values[i] = (float)(i / 100);
  const dpb_shape shape = {.rank = 1, .dim = {COUNT}};
  for (int deflate = 0; deflate < 2; deflate++) {
    dpb_npz_writer *writer = open_writer(in_folder("z.npz"), deflate);
    assert_ok(dpb_npz_write_floats(writer, "z", &shape, values));
    assert_ok(dpb_npz_writer_close(writer));
    size_t size = read_file(in_folder("z.npz"), bytes, sizeof bytes);
    if (deflate) assert_in_range(size, 100, 10000);
    if (!deflate) assert_in_range(size, 4 * COUNT, 4 * COUNT + 1000);
    dpb_npz *npz;
    assert_ok(dpb_npz_open(in_folder("z.npz"), &npz));
    memset(got, 0xff, sizeof got);
    assert_ok(dpb_npz_read_floats(npz, "z", got, COUNT));
    assert_memory_equal(got, values, sizeof got);
    dpb_npz_close(npz);
  }
}

static void numpy_reads_it(void **state) {
  (void)state;
  if (system("/usr/bin/python3 -c 'import numpy' >/dev/null 2>&1") != 0) {
    print_message("skipped: /usr/bin/python3 has no numpy\n");
    skip();
  }
  for (int deflate = 0; deflate < 2; deflate++) {
    write_arrays(in_folder("a.npz"), deflate);
    char command[2048];
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c 'import numpy as n; z = n.load(\"%s\"); "
             "assert z.files == [\"W1\", \"deep\", \"net\", \"nothing\", \"\\u6570\"]; "
             "assert z[\"W1\"].dtype == n.float32 and z[\"W1\"].shape == (2, 3); "
             "assert z[\"W1\"].ravel().tolist() == n.array([1, -2, 0.1, 1e-40, 3e38, 0], "
             "n.float32).tolist(); "
             "assert z[\"deep\"].ravel().tolist() == "
             "[-2**63, -1, 0, 1, 2**20, 2**63 - 1]; "
             "assert str(z[\"net\"]) == \"affine 100, a\\u00f1\\u6570\\U0001f600\"; "
             "assert str(z[\"nothing\"]) == \"\"; assert int(z[\"\\u6570\"]) == -7'",
             in_folder("a.npz"));
    assert_int_equal(system(command), 0);
    remove_files(NULL);
  }
}

static void refuses_bad_arguments(void **state) {
  (void)state;
  const char *path = in_folder("x.npz");
  dpb_npz_writer *writer = NULL;
  assert_fails(dpb_npz_writer_open(NULL, 0, &writer), DPB_ERR_ARG, "path is NULL");
  assert_null(writer);
  assert_fails(dpb_npz_writer_open(path, 0, NULL), DPB_ERR_ARG, "NULL");
  writer = open_writer(path, 0);
  const dpb_shape none = {.rank = 1, .dim = {0}};
  char name[300];
  memset(name, 'n', sizeof name);
  name[256] = '\0';
  assert_fails(dpb_npz_write_floats(NULL, "a", &grid, numbers), DPB_ERR_ARG, "writer");
  assert_fails(dpb_npz_write_floats(writer, NULL, &grid, numbers), DPB_ERR_ARG, "name");
  assert_fails(dpb_npz_write_floats(writer, "a", NULL, numbers), DPB_ERR_ARG, "shape");
  assert_fails(dpb_npz_write_floats(writer, "a", &grid, NULL), DPB_ERR_ARG, "values");
  assert_fails(dpb_npz_write_floats(writer, "", &grid, numbers), DPB_ERR_ARG, "0 bytes");
  assert_fails(dpb_npz_write_floats(writer, name, &grid, numbers), DPB_ERR_ARG,
               "256 bytes");
  assert_fails(dpb_npz_write_floats(writer, "a", &none, numbers), DPB_ERR_SHAPE, "a: ");
  assert_fails(dpb_npz_write_text(writer, "a", NULL), DPB_ERR_ARG, "text is NULL");
  static const char *const not_utf8[] = {"ab\x80",     "ab\xc3",
                                         "ab\xc0\x80", "ab\xed\xa0\x80",
                                         "ab\xff",     "ab\xf4\x90\x80\x80",
                                         "ab\xe6\x95", "ab\xe6\x95z"};
  for (size_t i = 0; i < sizeof not_utf8 / sizeof not_utf8[0]; i++) {
    assert_fails(dpb_npz_write_text(writer, "a", not_utf8[i]), DPB_ERR_ARG,
                 "a: character 2 is not valid UTF-8");
  }
  assert_ok(dpb_npz_write_floats(writer, "a", &grid, numbers));
  assert_ok(dpb_npz_write_floats(writer, "a.npy", &grid, numbers));
  assert_fails(dpb_npz_write_ints(writer, "a", &grid, whole), DPB_ERR_ARG,
               "a was written already");
  dpb_npz_writer_abandon(writer);
  dpb_npz_writer_abandon(NULL);
  assert_ok(dpb_npz_writer_close(NULL));
  assert_int_equal(count_files(), 0);
}

static void keeps_the_old_file_on_failure(void **state) {
  (void)state;
  dpb_npz_writer *writer = open_writer(in_folder("x.npz"), 0);
  write_file(in_folder("x.npz"), "old", 3);
  errno = 77;
  assert_fails(dpb_npz_writer_close(writer), DPB_ERR_STATE, "no array was written");
  writer = open_writer(in_folder("no/x.npz"), 0);
  assert_ok(dpb_npz_write_floats(writer, "a", &grid, numbers));
  assert_fails(dpb_npz_writer_close(writer), DPB_ERR_NOT_FOUND, "no/x.npz");
  writer = open_writer(file_folder, 0);
  assert_ok(dpb_npz_write_floats(writer, "a", &grid, numbers));
  assert_fails(dpb_npz_writer_close(writer), DPB_ERR_IO, "it is a folder");
  /* a name that only libzip finds wrong: its bytes are no UTF-8 */
  writer = open_writer(in_folder("x.npz"), 0);
  assert_ok(dpb_npz_write_floats(writer, "\xff", &grid, numbers));
  assert_int_equal(dpb_npz_writer_close(writer), DPB_ERR_FORMAT);
  assert_int_equal(errno, 77);
  char got[8] = "";
  read_file(in_folder("x.npz"), got, 7);
  assert_string_equal(got, "old");
  assert_int_equal(count_files(), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(comes_back, remove_files),
      cmocka_unit_test_teardown(doubles_come_back, remove_files),
      cmocka_unit_test_teardown(halfs_come_back, remove_files),
      cmocka_unit_test_teardown(same_content_same_bytes, remove_files),
      cmocka_unit_test_teardown(long_arrays, remove_files),
      cmocka_unit_test_teardown(numpy_reads_it, remove_files),
      cmocka_unit_test_teardown(refuses_bad_arguments, remove_files),
      cmocka_unit_test_teardown(keeps_the_old_file_on_failure, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
