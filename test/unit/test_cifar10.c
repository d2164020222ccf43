/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "file_fixture.h"

enum { RECORD = 3073, PLANE = 1024 };

/* Byte p of plane c of record r; nothing repeats with the period of a plane. */
static uint8_t byte_of(int r, int c, int p) {
  return (uint8_t)(r * 31 + c * 77 + p * 5 + p / 51);
}

static uint8_t bytes[3 * RECORD];

/* count records, labels first, first + 1, ... */
static void write_batch(const char *name, int count, int first) {
  for (int r = 0; r < count; r++) {
    bytes[r * RECORD] = (uint8_t)(first + r);
    for (int c = 0; c < 3; c++)
      for (int p = 0; p < PLANE; p++)
        bytes[r * RECORD + 1 + c * PLANE + p] = byte_of(first + r, c, p);
  }
  write_file(in_folder(name), bytes, (size_t)count * RECORD);
}

static void write_set(void) {
  char name[32];
  for (int i = 1; i <= 5; i++) {
    snprintf(name, sizeof name, "data_batch_%d.bin", i);
    write_batch(name, i == 2 ? 1 : 2, i);
  }
  write_batch("test_batch.bin", 3, 7);
}

static void check_rows(const dpb_dataset *d, size_t count, const int32_t *labels) {
  assert_int_equal(dpb_dataset_count(d), count);
  assert_int_equal(dpb_dataset_classes(d), 10);
  dpb_hwc s = dpb_dataset_sample_shape(d);
  assert_true(s.h == 32 && s.w == 32 && s.c == 3);
  dpb_batch b;
  assert_ok(dpb_dataset_batch(d, 0, (int)count, &b));
  assert_memory_equal(b.labels, labels, count * sizeof *labels);
  assert_true(b.scale == 1.0f / 255.0f);
  for (size_t r = 0; r < count; r++)
    for (int p = 0; p < PLANE; p++)
      for (int c = 0; c < 3; c++)
        assert_int_equal(b.pixels[r * 3072 + (size_t)(p * 3 + c)],
                         byte_of(labels[r], c, p));
}

static void reads_a_folder(void **state) {
  (void)state;
  write_set();
  dpb_dataset *d;
  errno = 77;
  assert_ok(dpb_dataset_load_cifar10(file_folder, DPB_TRAIN, &d));
  check_rows(d, 9, (const int32_t[]){1, 2, 2, 3, 4, 4, 5, 5, 6});
  assert_null(dpb_dataset_class_name(d, 0));
  dpb_dataset_destroy(d);
  assert_ok(dpb_dataset_load_cifar10(file_folder, DPB_TEST, &d));
  check_rows(d, 3, (const int32_t[]){7, 8, 9});
  dpb_dataset_destroy(d);
  static const char names[] = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\n"
                              "ship\r\ntruck\n\n";
  write_file(in_folder("batches.meta.txt"), names, sizeof names - 1);
  /* one file: all of it, with the names beside it */
  assert_ok(dpb_dataset_load_cifar10(in_folder("data_batch_3.bin"), DPB_TEST, &d));
  assert_int_equal(errno, 77);
  check_rows(d, 2, (const int32_t[]){3, 4});
  assert_string_equal(dpb_dataset_class_name(d, 0), "airplane");
  assert_string_equal(dpb_dataset_class_name(d, 8), "ship");
  assert_string_equal(dpb_dataset_class_name(d, 9), "truck");
  dpb_dataset_destroy(d);
}

static void refuses(void **state) {
  (void)state;
  write_set();
  dpb_dataset *d = (dpb_dataset *)&d;
  const char *path = in_folder("data_batch_4.bin");
  assert_int_equal(truncate(path, 2 * RECORD - 1), 0);
  assert_fails(dpb_dataset_load_cifar10(file_folder, DPB_TRAIN, &d), DPB_ERR_FORMAT,
               "data_batch_4.bin: 6145 bytes, CIFAR-10's records are of 3073");
  assert_null(d);
  assert_int_equal(truncate(path, 0), 0);
  assert_fails(dpb_dataset_load_cifar10(path, DPB_TRAIN, &d), DPB_ERR_FORMAT, "0 bytes");
  write_batch("data_batch_4.bin", 3, 8);
  assert_fails(dpb_dataset_load_cifar10(file_folder, DPB_TRAIN, &d), DPB_ERR_DATA,
               "data_batch_4.bin: label 10 of record 2 is outside 0..9");
  assert_null(d);
  unlink(path);
  assert_fails(dpb_dataset_load_cifar10(file_folder, DPB_TRAIN, &d), DPB_ERR_NOT_FOUND,
               "data_batch_4.bin: there is no such file");
  assert_ok(dpb_dataset_load_cifar10(file_folder, DPB_TEST, &d));
  dpb_dataset_destroy(d);
  assert_fails(dpb_dataset_load_cifar10(NULL, DPB_TRAIN, &d), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_dataset_load_cifar10("", DPB_TRAIN, &d), DPB_ERR_ARG, "empty");
  assert_fails(dpb_dataset_load_cifar10("x", (dpb_split)2, &d), DPB_ERR_ARG, "split 2");
  assert_fails(dpb_dataset_load_cifar10("x", DPB_TRAIN, NULL), DPB_ERR_ARG, "NULL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(reads_a_folder, remove_files),
      cmocka_unit_test_teardown(refuses, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
