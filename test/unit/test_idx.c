/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/memory.h"
#include "data/idx.h"
#include "idx_fixture.h"

static dpb_status read_and_free(const char *path, int rank) {
  dpb__idx idx;
  dpb_status status = dpb__idx_read(path, rank, rank == 1 ? "labels" : "images", &idx);
  if (status != DPB_OK) assert_null(idx.bytes);
  dpb__release(idx.bytes);
  return status;
}

static void reads_plain_and_gzip(void **state) {
  (void)state;
  for (int zipped = 0; zipped < 2; zipped++) {
    write_images(in_folder("i"), 4, zipped);
    dpb__idx idx;
    errno = 77;
    assert_ok(dpb__idx_read(in_folder("i"), 3, "images", &idx));
    assert_int_equal(errno, 77);
    assert_int_equal(idx.rank, 3);
    assert_int_equal(idx.dim[0], 4);
    assert_int_equal(idx.dim[1], 2);
    assert_int_equal(idx.dim[2], 3);
    assert_int_equal(idx.count, 24);
    for (unsigned i = 0; i < 24; i++) assert_int_equal(idx.bytes[i], i);
    dpb__release(idx.bytes);
    write_labels(in_folder("l"), 5, zipped);
    assert_ok(dpb__idx_read(in_folder("l"), 1, "labels", &idx));
    assert_int_equal(idx.count, 5);
    assert_int_equal(idx.dim[1], 1);
    assert_int_equal(idx.bytes[4], 8);
    dpb__release(idx.bytes);
  }
}

static void refuses_every_truncation(void **state) {
  (void)state;
  for (int zipped = 0; zipped < 2; zipped++) {
    uint8_t bytes[500];
    write_images(in_folder("i"), 4, zipped);
    size_t size = read_file(in_folder("i"), bytes, sizeof bytes);
    for (size_t cut = 0; cut < size; cut++) {
      write_file(in_folder("cut"), bytes, cut);
      assert_int_equal(read_and_free(in_folder("cut"), 3), DPB_ERR_FORMAT);
    }
    bytes[size] = 0;
    write_file(in_folder("long"), bytes, size + 1);
    assert_fails(read_and_free(in_folder("long"), 3), DPB_ERR_FORMAT, "goes on");
  }
}

static void says_what_is_wrong(void **state) {
  (void)state;
  const char *path = in_folder("bad");
  uint8_t b[200];
  assert_fails(read_and_free(path, 3), DPB_ERR_NOT_FOUND, "bad: cannot open");
  assert_fails(read_and_free(file_folder, 3), DPB_ERR_IO, "is a folder");
  write_file(path, "", 0);
  assert_fails(read_and_free(path, 3), DPB_ERR_FORMAT, "bad: the file is empty");
  write_file(path, "<!DOCTYPE html>", 15);
  assert_fails(read_and_free(path, 3), DPB_ERR_FORMAT,
               "bad: no IDX file of images: it begins with 0x3c21444f, 0x00000803 was "
               "expected");
  write_labels(path, 5, 0);
  assert_fails(read_and_free(path, 3), DPB_ERR_FORMAT, "begins with 0x00000801");
  write_images(path, 2, 1);
  assert_fails(read_and_free(path, 1), DPB_ERR_FORMAT, "0x00000801 was expected");
  size_t size = make_idx(b, 3, (uint32_t[]){4, 2, 3}, 23, 1);
  write_file(path, b, size);
  assert_fails(read_and_free(path, 3), DPB_ERR_FORMAT,
               "declares 4 x 2 x 3 = 24 bytes after a header of 16, a file of its size "
               "holds at most 39 in all");
  size = make_idx(b, 3, (uint32_t[]){4, 2, 3}, 25, 1);
  write_file(path, b, size);
  assert_fails(read_and_free(path, 3), DPB_ERR_FORMAT, "goes on after the 40 bytes");
  static const uint32_t zero[3][3] = {{0, 2, 3}, {4, 0, 3}, {4, 2, 0}};
  static const char *const what[] = {"0 images", "0 rows", "0 columns"};
  for (int i = 0; i < 3; i++) {
    write_file(path, b, make_idx(b, 3, zero[i], 24, 1));
    assert_fails(read_and_free(path, 3), DPB_ERR_DATA, what[i]);
  }
}

/* A few bytes that declare much: refused before memory is asked for. */
static void refuses_huge_extents(void **state) {
  (void)state;
  uint8_t b[200], packed[300];
  const char *path = in_folder("huge");
  static const uint32_t overflow[] = {0xffffffff, 0x7fffffff, 0x7fffffff};
  write_file(path, b, make_idx(b, 3, overflow, 24, 1));
  assert_fails(read_and_free(path, 3), DPB_ERR_SIZE, "4294967295 x 2147483647 x 2147");
  static const uint32_t wide[] = {1, 2, 0x80000000};
  write_file(path, b, make_idx(b, 3, wide, 24, 1));
  assert_fails(read_and_free(path, 3), DPB_ERR_SIZE, "extent 2147483648 of dimension 3");
  static const uint32_t large[] = {100000, 1000, 1000};
  size_t size = make_idx(b, 3, large, 24, 1);
  write_file(path, b, size);
  assert_fails(read_and_free(path, 3), DPB_ERR_FORMAT, "= 100000000000 bytes");
  write_file(path, packed, gzip_bytes(b, size, packed, sizeof packed));
  assert_fails(read_and_free(path, 3), DPB_ERR_FORMAT, "= 100000000000 bytes");
}

static void loads_a_pair(void **state) {
  (void)state;
  for (int zipped = 0; zipped < 2; zipped++) {
    write_images(in_folder("i"), 4, zipped);
    write_labels(in_folder("l"), 4, !zipped);
    dpb_dataset *d;
    assert_ok(dpb_dataset_load_idx(in_folder("i"), in_folder("l"), &d));
    assert_int_equal(dpb_dataset_count(d), 4);
    assert_int_equal(dpb_dataset_classes(d), 7); /* labels 0, 2, 4, 6 */
    const dpb_hwc shape = dpb_dataset_sample_shape(d);
    assert_true(shape.h == 2 && shape.w == 3 && shape.c == 1);
    for (int i = 0; i < 4; i++) assert_int_equal(dpb_dataset_labels(d)[i], 2 * i);
    dpb_batch batch;
    assert_ok(dpb_dataset_batch(d, 1, 3, &batch));
    assert_null(batch.features);
    assert_int_equal(batch.pixels[0], 6);
    assert_true(batch.scale == 1.0f / 255.0f);
    dpb_dataset_destroy(d);
  }
  write_images(in_folder("i"), 1, 0); /* the one label is 0: still two classes */
  write_labels(in_folder("l"), 1, 0);
  dpb_dataset *d;
  assert_ok(dpb_dataset_load_idx(in_folder("i"), in_folder("l"), &d));
  assert_int_equal(dpb_dataset_classes(d), 2);
  dpb_dataset_destroy(d);
}

static void refuses_a_wrong_pair(void **state) {
  (void)state;
  const char *images = in_folder("i"), *labels = in_folder("l");
  dpb_dataset *d = (dpb_dataset *)&d;
  write_images(images, 4, 0);
  write_labels(labels, 5, 0);
  assert_fails(dpb_dataset_load_idx(images, labels, &d), DPB_ERR_DATA,
               "i has 4 images, but ");
  assert_message("l has 5 labels");
  assert_null(d);
  assert_fails(dpb_dataset_load_idx(labels, images, &d), DPB_ERR_FORMAT, "0x00000803");
  assert_fails(dpb_dataset_load_idx(NULL, labels, &d), DPB_ERR_ARG, "images is NULL");
  assert_fails(dpb_dataset_load_idx(images, NULL, &d), DPB_ERR_ARG, "labels is NULL");
  assert_fails(dpb_dataset_load_idx(images, labels, NULL), DPB_ERR_ARG, "NULL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(reads_plain_and_gzip, remove_files),
      cmocka_unit_test_teardown(refuses_every_truncation, remove_files),
      cmocka_unit_test_teardown(says_what_is_wrong, remove_files),
      cmocka_unit_test_teardown(refuses_huge_extents, remove_files),
      cmocka_unit_test_teardown(loads_a_pair, remove_files),
      cmocka_unit_test_teardown(refuses_a_wrong_pair, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
