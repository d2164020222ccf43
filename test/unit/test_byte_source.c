/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "file/byte_source.h"
#include "file_fixture.h"

enum { SIZE = 700000 };
static uint8_t content[SIZE], packed[2 * SIZE], got[SIZE + 1];

static void fill_content(void) {
  uint32_t x = 1;
  for (size_t i = 0; i < SIZE; i++) {
    x = x * 1664525u + 1013904223u;
    content[i] = (uint8_t)(x >> 30); /* 4 values: packs, but not to nothing */
  }
}

static dpb_status read_whole(const char *path, size_t size) {
  dpb__byte_source *source;
  dpb_status status = dpb__byte_source_open(path, &source);
  if (status != DPB_OK) {
    assert_null(source);
    return status;
  }
  status = dpb__byte_source_read(source, got, size);
  if (status == DPB_OK) status = dpb__byte_source_end(source);
  dpb__byte_source_close(source);
  return status;
}

static void check_content(const char *path) {
  memset(got, 0xee, sizeof got);
  assert_ok(read_whole(path, SIZE));
  assert_memory_equal(got, content, SIZE);
  assert_int_equal(got[SIZE], 0xee);
}

static void reads_plain(void **state) {
  (void)state;
  write_file(in_folder("plain"), content, SIZE);
  check_content(in_folder("plain"));
  dpb__byte_source *source;
  assert_ok(dpb__byte_source_open(in_folder("plain"), &source));
  assert_int_equal(dpb__byte_source_limit(source), SIZE);
  dpb__byte_source_close(source);
}

static void reads_gzip(void **state) {
  (void)state;
  size_t size = gzip_bytes(content, SIZE, packed, sizeof packed);
  write_file(in_folder("zipped"), packed, size);
  check_content(in_folder("zipped"));
  dpb__byte_source *source;
  assert_ok(dpb__byte_source_open(in_folder("zipped"), &source));
  assert_int_equal(dpb__byte_source_limit(source), 100 * size);
  dpb__byte_source_close(source);
}

static void limits_what_is_unpacked(void **state) {
  (void)state;
  assert_int_equal(dpb__unpacked_limit(0), 0);
  assert_int_equal(dpb__unpacked_limit(1000), 1032 * 1000);
  assert_int_equal(dpb__unpacked_limit(1017), 1 << 20); /* 1032 times are more */
  assert_int_equal(dpb__unpacked_limit(10000), 1 << 20);
  assert_int_equal(dpb__unpacked_limit(20000), 2000000);
  assert_true(dpb__unpacked_limit(UINT64_MAX) == UINT64_MAX);
  static uint8_t zeros[1 << 17];
  size_t size = 0; /* eight members of 128 KiB are taken, nine are not */
  for (int i = 0; i < 8; i++)
    size += gzip_bytes(zeros, sizeof zeros, packed + size, sizeof packed - size);
  write_file(in_folder("zeros"), packed, size);
  size += gzip_bytes(zeros, sizeof zeros, packed + size, sizeof packed - size);
  write_file(in_folder("bomb"), packed, size);
  for (int i = 0; i < 2; i++) {
    dpb__byte_source *source;
    uint8_t *bytes;
    size_t count;
    assert_ok(dpb__byte_source_open(in_folder(i == 0 ? "zeros" : "bomb"), &source));
    const dpb_status status = dpb__byte_source_all(source, &bytes, &count);
    if (i == 0) {
      assert_ok(status);
      assert_int_equal(count, 1 << 20);
    } else {
      assert_fails(status, DPB_ERR_SIZE, "bomb: unpacks to more than 1048576 bytes");
    }
    free(bytes);
    dpb__byte_source_close(source);
  }
}

static void reads_all(void **state) {
  (void)state;
  size_t size = gzip_bytes(content, SIZE, packed, sizeof packed);
  write_file(in_folder("zipped"), packed, size);
  dpb__byte_source *source;
  uint8_t *bytes;
  size_t count;
  assert_ok(dpb__byte_source_open(in_folder("zipped"), &source));
  assert_ok(dpb__byte_source_all(source, &bytes, &count));
  assert_int_equal(count, SIZE);
  assert_memory_equal(bytes, content, SIZE);
  free(bytes);
  dpb__byte_source_close(source);
}

static void reads_in_pieces(void **state) {
  (void)state;
  size_t size = gzip_bytes(content, SIZE, packed, sizeof packed);
  write_file(in_folder("0"), content, SIZE);
  write_file(in_folder("1"), packed, size);
  for (int zipped = 0; zipped < 2; zipped++) {
    dpb__byte_source *source;
    assert_ok(dpb__byte_source_open(in_folder(zipped ? "1" : "0"), &source));
    size_t at = 0;
    for (size_t piece = 1; at < SIZE; piece = 3 * piece) {
      size_t n = SIZE - at < piece ? SIZE - at : piece;
      assert_ok(dpb__byte_source_read(source, got + at, n));
      at += n;
    }
    assert_ok(dpb__byte_source_end(source));
    assert_memory_equal(got, content, SIZE);
    dpb__byte_source_close(source);
  }
}

/* gzip files may be put one behind the other, empty ones too. */
static void reads_members(void **state) {
  (void)state;
  const size_t cuts[] = {0, 0, 1, 1000, SIZE, SIZE};
  size_t size = 0;
  for (size_t i = 0; i + 1 < sizeof cuts / sizeof cuts[0]; i++) {
    size += gzip_bytes(content + cuts[i], cuts[i + 1] - cuts[i], packed + size,
                       sizeof packed - size);
  }
  write_file(in_folder("members"), packed, size);
  check_content(in_folder("members"));
}

static void refuses_wrong_length(void **state) {
  (void)state;
  size_t size = gzip_bytes(content, 1000, packed, sizeof packed);
  write_file(in_folder("0"), content, 1000);
  write_file(in_folder("1"), packed, size);
  for (int zipped = 0; zipped < 2; zipped++) {
    const char *path = in_folder(zipped ? "1" : "0");
    assert_fails(read_whole(path, 1001), DPB_ERR_FORMAT,
                 "ends after 1000 bytes, 1001 were expected");
    assert_message(path);
    assert_fails(read_whole(path, 999), DPB_ERR_FORMAT, "goes on after the 999 bytes");
  }
}

/* Every shorter gzip file is refused, though its unpacked bytes may all be there. */
static void refuses_truncated(void **state) {
  (void)state;
  size_t size = gzip_bytes(content, 300, packed, sizeof packed);
  for (size_t cut = 0; cut < size; cut++) {
    write_file(in_folder("cut"), packed, cut);
    assert_int_equal(read_whole(in_folder("cut"), 300), DPB_ERR_FORMAT);
    if (cut >= 2) assert_message("cut short after");
  }
}

/* What is flipped in the head may go unseen (its date); the data and checksum may not. */
static void refuses_corrupt(void **state) {
  (void)state;
  size_t size = gzip_bytes(content, 300, packed, sizeof packed);
  for (size_t at = 10; at < size; at++) {
    packed[at] ^= 0x10;
    write_file(in_folder("bad"), packed, size);
    assert_int_equal(read_whole(in_folder("bad"), 300), DPB_ERR_FORMAT);
    packed[at] ^= 0x10;
  }
  packed[size - 8] ^= 1;
  write_file(in_folder("bad"), packed, size);
  assert_fails(read_whole(in_folder("bad"), 300), DPB_ERR_FORMAT,
               "corrupt gzip data after 300 unpacked bytes: incorrect data check");
}

static void refuses_trailing(void **state) {
  (void)state;
  size_t size = gzip_bytes(content, 300, packed, sizeof packed);
  packed[size] = 'x';
  write_file(in_folder("more"), packed, size + 1);
  assert_fails(read_whole(in_folder("more"), 300), DPB_ERR_FORMAT,
               "goes on behind the end of its gzip data");
}

static void refuses_what_is_no_file(void **state) {
  (void)state;
  errno = 77;
  assert_fails(read_whole(in_folder("missing"), 1), DPB_ERR_NOT_FOUND,
               "missing: cannot open: No such file");
  assert_fails(read_whole(file_folder, 1), DPB_ERR_IO, "is a folder");
  assert_fails(read_whole("/dev/zero", 1), DPB_ERR_IO, "is not a regular file");
  assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
  assert_fails(read_whole(in_folder("pipe"), 1), DPB_ERR_IO, "is not a regular file");
  assert_int_equal(errno, 77);
  write_file(in_folder("empty"), "", 0);
  assert_fails(read_whole(in_folder("empty"), 1), DPB_ERR_FORMAT, "ends after 0 bytes");
  assert_ok(read_whole(in_folder("empty"), 0));
  dpb__byte_source_close(NULL);
}

int main(void) {
  fill_content();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(reads_plain, remove_files),
      cmocka_unit_test_teardown(reads_gzip, remove_files),
      cmocka_unit_test_teardown(limits_what_is_unpacked, remove_files),
      cmocka_unit_test_teardown(reads_all, remove_files),
      cmocka_unit_test_teardown(reads_in_pieces, remove_files),
      cmocka_unit_test_teardown(reads_members, remove_files),
      cmocka_unit_test_teardown(refuses_wrong_length, remove_files),
      cmocka_unit_test_teardown(refuses_truncated, remove_files),
      cmocka_unit_test_teardown(refuses_corrupt, remove_files),
      cmocka_unit_test_teardown(refuses_trailing, remove_files),
      cmocka_unit_test_teardown(refuses_what_is_no_file, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
