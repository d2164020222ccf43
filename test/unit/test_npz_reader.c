/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <zip.h>

#include "file_fixture.h"

#define HEADER(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': " shape ", }"

/* A small archive of two arrays, as it lies on the disk. */
static size_t small_archive(int deflate, uint8_t *bytes, size_t capacity) {
  dpb_npz_writer *writer;
  const dpb_shape shape = {.rank = 1, .dim = {3}};
  assert_ok(dpb_npz_writer_open(in_folder("small.npz"), deflate, &writer));
  assert_ok(dpb_npz_write_floats(writer, "W1", &shape, (float[]){1, 2, 3}));
  assert_ok(dpb_npz_write_ints(writer, "n", &shape, (int64_t[]){4, 5, 6}));
  assert_ok(dpb_npz_writer_close(writer));
  return read_file(in_folder("small.npz"), bytes, capacity);
}

/* Opens path and reads all of it; the first failure. */
static dpb_status read_all(const char *path) {
  dpb_npz *npz;
  dpb_status status = dpb_npz_open(path, &npz);
  if (status != DPB_OK) assert_null(npz);
  for (int i = 0; status == DPB_OK && i < dpb_npz_count(npz); i++) {
    dpb_shape shape;
    float values[3];
    int64_t ints[3];
    status = dpb_npz_shape(npz, dpb_npz_name(npz, i), &shape);
    if (status == DPB_OK)
      status = dpb_npz_read_floats(npz, dpb_npz_name(npz, i), values, 3);
    if (status == DPB_OK) status = dpb_npz_read_ints(npz, dpb_npz_name(npz, i), ints, 3);
  }
  dpb_npz_close(npz);
  return status;
}

/* Names of any length, around that for which there is a place on the stack. */
static void finds_long_names(void **state) {
  (void)state;
  enum { LONGEST = 255 }; /* which the writer allows */
  const dpb_shape shape = {.rank = 1, .dim = {1}};
  char name[LONGEST + 1];
  dpb_npz_writer *writer;
  dpb_npz *npz;
  memset(name, 'x', LONGEST);
  assert_ok(dpb_npz_writer_open(in_folder("long.npz"), 0, &writer));
  for (int length = 230; length <= LONGEST; length++) {
    name[length] = '\0';
    assert_ok(dpb_npz_write_floats(writer, name, &shape, (float[]){(float)length}));
    name[length] = 'x';
  }
  assert_ok(dpb_npz_writer_close(writer));
  assert_ok(dpb_npz_open(in_folder("long.npz"), &npz));
  for (int length = 230; length <= LONGEST; length++) {
    float value;
    name[length] = '\0';
    assert_ok(dpb_npz_read_floats(npz, name, &value, 1));
    assert_true(value == (float)length);
    name[length] = 'x';
  }
  name[229] = '\0';
  assert_int_not_equal(dpb_npz_shape(npz, name, &(dpb_shape){0}), DPB_OK);
  dpb_npz_close(npz);
}

static void lists_arrays(void **state) {
  (void)state;
  uint8_t bytes[2000];
  small_archive(0, bytes, sizeof bytes);
  dpb_npz *npz;
  errno = 77;
  assert_ok(dpb_npz_open(in_folder("small.npz"), &npz));
  assert_int_equal(dpb_npz_count(npz), 2);
  assert_string_equal(dpb_npz_name(npz, 0), "W1");
  assert_string_equal(dpb_npz_name(npz, 1), "n");
  assert_null(dpb_npz_name(npz, 2));
  assert_null(dpb_npz_name(npz, -1));
  dpb_npz_close(npz);
  assert_int_equal(errno, 77);
  dpb_npz_close(NULL);
  assert_int_equal(dpb_npz_count(NULL), 0);
  assert_null(dpb_npz_name(NULL, 0));
}

static void refuses_what_is_no_archive(void **state) {
  (void)state;
  dpb_npz *npz;
  const char *path = in_folder("x.npz");
  errno = 77;
  npz = (dpb_npz *)&npz;
  assert_fails(dpb_npz_open(NULL, &npz), DPB_ERR_ARG, "path is NULL");
  assert_null(npz);
  npz = (dpb_npz *)&npz;
  assert_fails(dpb_npz_open(path, &npz), DPB_ERR_NOT_FOUND, "x.npz: cannot open");
  assert_null(npz);
  assert_fails(dpb_npz_open(file_folder, &npz), DPB_ERR_IO, "is a folder");
  write_file(path, "", 0);
  assert_fails(dpb_npz_open(path, &npz), DPB_ERR_FORMAT, "x.npz: the file is empty");
  write_file(path, "this is a text and no archive at all", 36);
  assert_fails(dpb_npz_open(path, &npz), DPB_ERR_FORMAT, "x.npz: is not a zip archive");
  assert_fails(dpb_npz_open(NULL, &npz), DPB_ERR_ARG, "path is NULL");
  assert_fails(dpb_npz_open(path, NULL), DPB_ERR_ARG, "NULL");
  assert_int_equal(errno, 77);
}

static void refuses_every_truncation(void **state) {
  (void)state;
  for (int deflate = 0; deflate < 2; deflate++) {
    uint8_t bytes[2000];
    size_t size = small_archive(deflate, bytes, sizeof bytes);
    assert_ok(read_all(in_folder("small.npz")));
    for (size_t cut = 0; cut < size; cut++) {
      write_file(in_folder("cut.npz"), bytes, cut);
      assert_int_equal(read_all(in_folder("cut.npz")), DPB_ERR_FORMAT);
    }
  }
}

/* Any bit may be wrong: an error or, where the bit says nothing, the right content. */
static void survives_every_flipped_bit(void **state) {
  (void)state;
  uint8_t bytes[2000];
  size_t size = small_archive(1, bytes, sizeof bytes);
  int refused = 0;
  for (size_t at = 0; at < size; at++) {
    for (int bit = 0; bit < 8; bit++) {
      bytes[at] ^= (uint8_t)(1 << bit);
      write_file(in_folder("bad.npz"), bytes, size);
      refused += read_all(in_folder("bad.npz")) != DPB_OK;
      bytes[at] ^= (uint8_t)(1 << bit);
    }
  }
  assert_true(refused > (int)size * 4);
}

/* An archive of one entry, made without our writer. */
static void make_zip(const char *path, const char *name, const void *bytes, size_t size,
                     int method) {
  int code;
  zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
  assert_non_null(zip);
  zip_source_t *source = zip_source_buffer(zip, bytes, size, 0);
  zip_int64_t index = zip_file_add(zip, name, source, 0);
  assert_true(index >= 0);
  zip_set_file_compression(zip, (zip_uint64_t)index, method, 0);
  assert_int_equal(zip_close(zip), 0);
}

static void refuses_other_entries(void **state) {
  (void)state;
  dpb_npz *npz;
  make_zip(in_folder("t.npz"), "readme.txt", "hello", 5, ZIP_CM_STORE);
  assert_fails(dpb_npz_open(in_folder("t.npz"), &npz), DPB_ERR_FORMAT,
               "holds readme.txt, which is no .npy array");
  make_zip(in_folder("x.npz"), "W1.npy", "hello", 5, ZIP_CM_STORE);
  assert_fails(read_all(in_folder("x.npz")), DPB_ERR_FORMAT,
               "x.npz: W1: is not in NumPy's .npy format");
}

/* A header of 10 + length bytes and then data; returns the size. */
static size_t make_npy(uint8_t *out, const char *header, size_t data) {
  size_t length = strlen(header);
  memcpy(out, "\x93NUMPY\x01\x00", 8);
  out[8] = (uint8_t)length;
  out[9] = (uint8_t)(length >> 8);
  memcpy(out + 10, header, length);
  memset(out + 10 + length, 0, data);
  return 10 + length + data;
}

static void refuses_shape_that_is_not_there(void **state) {
  (void)state;
  static const struct {
    const char *header;
    size_t data;
    const char *message;
  } cases[] = {
      {HEADER("(3,)"), 11, "shape (3,) takes 12 bytes, the archive holds 11"},
      {HEADER("(3,)"), 13, "shape (3,) takes 12 bytes, the archive holds 13"},
      {HEADER("(1000000, 1000000)"), 12, "takes 4000000000000 bytes"},
      {HEADER("(0,)"), 4, "takes 0 bytes, the archive holds 4"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint8_t bytes[300];
    size_t size = make_npy(bytes, cases[i].header, cases[i].data);
    make_zip(in_folder("x.npz"), "W1.npy", bytes, size, ZIP_CM_DEFLATE);
    assert_fails(read_all(in_folder("x.npz")), DPB_ERR_FORMAT, cases[i].message);
    remove_files(NULL);
  }
  uint8_t bytes[300];
  size_t size = make_npy(bytes, HEADER("(3,)"), 12);
  bytes[9] = 0xff; /* the header's length */
  make_zip(in_folder("x.npz"), "W1.npy", bytes, size, ZIP_CM_STORE);
  assert_fails(read_all(in_folder("x.npz")), DPB_ERR_FORMAT, "declares a header of 653");
}

static void put32(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (8 * i));
}

static uint8_t *find_bytes(uint8_t *bytes, size_t size, const char *text) {
  for (size_t i = 0; i + 4 <= size; i++)
    if (memcmp(bytes + i, text, 4) == 0) return bytes + i;
  fail_msg("no %s", text);
  return NULL;
}

/* Each array may be true, and all of them are too much for a file of that size. */
static void refuses_what_packs_too_well(void **state) {
  (void)state;
  static float zeros[1 << 15];
  const dpb_shape shape = {1, {1 << 15}};
  for (int arrays = 7; arrays <= 8; arrays++) { /* 128 KiB each, and headers */
    dpb_npz_writer *writer = NULL;
    dpb_npz *npz = NULL;
    assert_ok(dpb_npz_writer_open(in_folder("zeros.npz"), 1, &writer));
    for (int i = 0; i < arrays; i++) {
      const char name[] = {(char)('a' + i), 0};
      assert_ok(dpb_npz_write_floats(writer, name, &shape, zeros));
    }
    assert_ok(dpb_npz_writer_close(writer));
    const dpb_status status = dpb_npz_open(in_folder("zeros.npz"), &npz);
    if (arrays == 7)
      assert_ok(status);
    else
      assert_fails(status, DPB_ERR_SIZE, "zeros.npz: its arrays unpack to more than");
    dpb_npz_close(npz);
  }
}

/* A file of 200 bytes that declares an array of 4 GB: refused when it is opened. */
static void refuses_bomb(void **state) {
  (void)state;
  uint8_t npy[300], bytes[1000];
  size_t size = make_npy(npy, HEADER("(1000000000,)"), 0);
  for (int method = 0; method <= 8; method += 8) {
    make_zip(in_folder("bomb.npz"), "W1.npy", npy, size, method);
    size_t all = read_file(in_folder("bomb.npz"), bytes, sizeof bytes);
    put32(find_bytes(bytes, all, "PK\3\4") + 22, 4000000000u);
    put32(find_bytes(bytes, all, "PK\1\2") + 24, 4000000000u);
    write_file(in_folder("bomb.npz"), bytes, all);
    dpb_npz *npz;
    /* Newer versions of libzip see for themselves what does not fit. */
    assert_int_equal(dpb_npz_open(in_folder("bomb.npz"), &npz), DPB_ERR_FORMAT);
    assert_null(npz);
    if (strstr(dpb_error_message(), "bomb.npz: is damaged: its archive contradicts") ==
        NULL)
      assert_non_null(strstr(dpb_error_message(),
                             "bomb.npz: W1.npy: declares 4000000000 bytes packed into"));
    remove_files(NULL);
  }
}

static void refuses_two_of_one_name(void **state) {
  (void)state;
  uint8_t bytes[2000];
  dpb_npz_writer *writer;
  const dpb_shape one = {.rank = 0};
  assert_ok(dpb_npz_writer_open(in_folder("two.npz"), 0, &writer));
  assert_ok(dpb_npz_write_ints(writer, "n1", &one, &(int64_t){1}));
  assert_ok(dpb_npz_write_ints(writer, "n2", &one, &(int64_t){2}));
  assert_ok(dpb_npz_writer_close(writer));
  size_t size = read_file(in_folder("two.npz"), bytes, sizeof bytes);
  int renamed = 0; /* in the local header and in the directory */
  for (size_t i = 0; i + 6 <= size; i++) {
    if (memcmp(bytes + i, "n2.npy", 6) != 0) continue;
    bytes[i + 1] = '1';
    renamed++;
  }
  assert_int_equal(renamed, 2);
  write_file(in_folder("two.npz"), bytes, size);
  dpb_npz *npz;
  assert_fails(dpb_npz_open(in_folder("two.npz"), &npz), DPB_ERR_FORMAT, "two");
}

/* A bit of an element: only the checksum can tell. */
static void refuses_wrong_checksum(void **state) {
  (void)state;
  uint8_t bytes[2000];
  size_t size = small_archive(0, bytes, sizeof bytes);
  uint8_t *three = find_bytes(bytes, size, "\x00\x40\x00\x00") + 4; /* in 3.0f */
  three[0] ^= 1;
  write_file(in_folder("crc.npz"), bytes, size);
  assert_fails(read_all(in_folder("crc.npz")), DPB_ERR_FORMAT,
               "crc.npz: W1: is damaged: its checksum is wrong");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(lists_arrays, remove_files),
      cmocka_unit_test_teardown(finds_long_names, remove_files),
      cmocka_unit_test_teardown(refuses_what_is_no_archive, remove_files),
      cmocka_unit_test_teardown(refuses_every_truncation, remove_files),
      cmocka_unit_test_teardown(survives_every_flipped_bit, remove_files),
      cmocka_unit_test_teardown(refuses_other_entries, remove_files),
      cmocka_unit_test_teardown(refuses_shape_that_is_not_there, remove_files),
      cmocka_unit_test_teardown(refuses_bomb, remove_files),
      cmocka_unit_test_teardown(refuses_what_packs_too_well, remove_files),
      cmocka_unit_test_teardown(refuses_two_of_one_name, remove_files),
      cmocka_unit_test_teardown(refuses_wrong_checksum, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
