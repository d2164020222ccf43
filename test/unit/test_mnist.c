/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "idx_fixture.h"

#define TRAIN_IMAGES "train-images-idx3-ubyte"
#define TRAIN_LABELS "train-labels-idx1-ubyte"
#define TEST_IMAGES  "t10k-images-idx3-ubyte"
#define TEST_LABELS  "t10k-labels-idx1-ubyte"

static void loads_by_file_names(void **state) {
  (void)state;
  write_images(in_folder(TRAIN_IMAGES), 3, 0);
  write_labels(in_folder(TRAIN_LABELS ".gz"), 3, 1);
  write_images(in_folder(TEST_IMAGES ".gz"), 2, 1);
  write_labels(in_folder(TEST_LABELS), 2, 0);
  dpb_dataset *train, *test;
  errno = 77;
  assert_ok(dpb_dataset_load_mnist(file_folder, DPB_TRAIN, &train));
  assert_ok(dpb_dataset_load_mnist(file_folder, DPB_TEST, &test));
  assert_int_equal(errno, 77);
  assert_int_equal(dpb_dataset_count(train), 3);
  assert_int_equal(dpb_dataset_count(test), 2);
  assert_int_equal(dpb_dataset_classes(train), 10);
  assert_int_equal(dpb_dataset_classes(test), 10);
  dpb_dataset_destroy(train);
  dpb_dataset_destroy(test);
  /* the plain file is taken where both are there */
  write_images(in_folder(TEST_IMAGES), 4, 0);
  write_labels(in_folder(TEST_LABELS), 4, 0);
  assert_ok(dpb_dataset_load_mnist(file_folder, DPB_TEST, &test));
  assert_int_equal(dpb_dataset_count(test), 4);
  dpb_dataset_destroy(test);
}

static void more_classes_are_kept(void **state) {
  (void)state;
  write_images(in_folder(TRAIN_IMAGES), 13, 0);
  write_labels(in_folder(TRAIN_LABELS), 13, 0);
  dpb_dataset *d;
  assert_ok(dpb_dataset_load_mnist(file_folder, DPB_TRAIN, &d));
  assert_int_equal(dpb_dataset_classes(d), 25); /* labels up to 24 */
  dpb_dataset_destroy(d);
}

static void names_what_is_missing(void **state) {
  (void)state;
  dpb_dataset *d = (dpb_dataset *)&d;
  assert_fails(dpb_dataset_load_mnist(file_folder, DPB_TRAIN, &d), DPB_ERR_NOT_FOUND,
               TRAIN_IMAGES "(.gz) is not in the folder ");
  assert_message(file_folder);
  assert_message("`scripts/get-data mnist`");
  assert_null(d);
  write_images(in_folder(TEST_IMAGES), 3, 0);
  assert_fails(dpb_dataset_load_mnist(file_folder, DPB_TEST, &d), DPB_ERR_NOT_FOUND,
               TEST_LABELS "(.gz) is not in");
  assert_fails(dpb_dataset_load_mnist(in_folder("nowhere"), DPB_TEST, &d),
               DPB_ERR_NOT_FOUND, "there is no folder ");
  assert_message("`scripts/get-data mnist`");
  assert_fails(dpb_dataset_load_mnist(NULL, DPB_TEST, &d), DPB_ERR_ARG, "folder is NULL");
  assert_fails(dpb_dataset_load_mnist(file_folder, (dpb_split)2, &d), DPB_ERR_ARG,
               "no split 2");
  assert_fails(dpb_dataset_load_mnist(file_folder, DPB_TEST, NULL), DPB_ERR_ARG, "NULL");
}

static void finds_the_sample(void **state) {
  (void)state;
  char path[4096];
  unsetenv("DEEPBLAS_SAMPLE_DIR");
  assert_ok(dpb_sample_folder(path, sizeof path));
  dpb_dataset *train, *test;
  assert_ok(dpb_dataset_load_mnist(path, DPB_TRAIN, &train));
  assert_ok(dpb_dataset_load_mnist(path, DPB_TEST, &test));
  assert_int_equal(dpb_dataset_count(train), 5000);
  assert_int_equal(dpb_dataset_count(test), 1000);
  const dpb_hwc shape = dpb_dataset_sample_shape(train);
  assert_true(shape.h == 28 && shape.w == 28 && shape.c == 1);
  static const int32_t first[] = {5, 0, 4, 1, 9, 2, 1, 3, 1, 4};
  assert_memory_equal(dpb_dataset_labels(train), first, sizeof first);
  static const int32_t first_test[] = {7, 2, 1, 0, 4, 1, 4, 9, 5, 9};
  assert_memory_equal(dpb_dataset_labels(test), first_test, sizeof first_test);
  dpb_dataset_destroy(train);
  dpb_dataset_destroy(test);
  assert_fails(dpb_sample_folder(path, 3), DPB_ERR_SIZE, "bytes, not 3");
  assert_string_equal(path, "");
  assert_fails(dpb_sample_folder(path, 0), DPB_ERR_ARG, "capacity is 0");
  assert_fails(dpb_sample_folder(NULL, 3), DPB_ERR_ARG, "path is NULL");
}

static void the_environment_decides(void **state) {
  (void)state;
  char path[4096] = "x";
  setenv("DEEPBLAS_SAMPLE_DIR", file_folder, 1);
  errno = 77;
  assert_fails(dpb_sample_folder(path, sizeof path), DPB_ERR_NOT_FOUND,
               "which holds no train-images-idx3-ubyte.gz");
  assert_string_equal(path, "");
  write_images(in_folder(TRAIN_IMAGES ".gz"), 3, 1);
  assert_ok(dpb_sample_folder(path, sizeof path));
  assert_string_equal(path, file_folder);
  assert_ok(dpb_sample_folder(path, strlen(file_folder) + 1));
  assert_int_equal(dpb_sample_folder(path, strlen(file_folder)), DPB_ERR_SIZE);
  assert_int_equal(errno, 77);
  unsetenv("DEEPBLAS_SAMPLE_DIR");
}

/* The sample is the beginning of the full set. */
static void sample_is_the_beginning(void **state) {
  (void)state;
  const char *shared = shared_with("data/mnist/" TRAIN_IMAGES ".gz");
  if (shared == NULL) skip();
  char folder[512], path[4096];
  snprintf(folder, sizeof folder, "%s/data/mnist", shared);
  assert_ok(dpb_sample_folder(path, sizeof path));
  for (int split = 0; split < 2; split++) {
    dpb_dataset *all, *sample;
    assert_ok(dpb_dataset_load_mnist(folder, (dpb_split)split, &all));
    assert_ok(dpb_dataset_load_mnist(path, (dpb_split)split, &sample));
    assert_int_equal(dpb_dataset_count(all), split ? 10000 : 60000);
    size_t n = dpb_dataset_count(sample);
    dpb_batch a, b;
    assert_ok(dpb_dataset_batch(all, 0, (int)n, &a));
    assert_ok(dpb_dataset_batch(sample, 0, (int)n, &b));
    assert_memory_equal(a.pixels, b.pixels, n * 784);
    assert_memory_equal(a.labels, b.labels, n * sizeof *a.labels);
    dpb_dataset_destroy(all);
    dpb_dataset_destroy(sample);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(loads_by_file_names, remove_files),
      cmocka_unit_test_teardown(more_classes_are_kept, remove_files),
      cmocka_unit_test_teardown(names_what_is_missing, remove_files),
      cmocka_unit_test(finds_the_sample),
      cmocka_unit_test_teardown(the_environment_decides, remove_files),
      cmocka_unit_test(sample_is_the_beginning),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
