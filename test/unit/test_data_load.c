/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <sys/stat.h>

#include "array_fixture.h"
#include "picture_fixture.h"

static int remove_tree(void **state) {
  char command[300];
  (void)state;
  snprintf(command, sizeof command, "rm -rf '%s'/*", file_folder);
  return system(command);
}

static void folder(const char *name) {
  assert_int_equal(mkdir(in_folder(name), 0700), 0);
}

static const char *put(const char *name, const char *text) {
  const char *path = in_folder(name);
  write_file(path, text, strlen(text));
  return path;
}

/* Ten rows of classes a and b, feature 0..9. */
static const char ten[] = "f,class\n0,a\n1,b\n2,a\n3,b\n4,a\n5,b\n6,a\n7,b\n8,a\n9,b\n";

/* Both splits in one call and one by one are the same. */
static void check_splits(const dpb_data_config *config, dpb_data_format format,
                         int own_test, size_t train_count, size_t test_count) {
  dpb_dataset *both[2], *one;
  dpb_data_info info = {DPB_DATA_AUTO, 7};
  errno = 77;
  assert_ok(dpb_data_load_both(config, &both[0], &both[1], &info));
  assert_string_equal(dpb_data_format_name(info.format), dpb_data_format_name(format));
  assert_int_equal(info.own_test, own_test);
  assert_int_equal(dpb_dataset_count(both[0]), train_count);
  assert_int_equal(dpb_dataset_count(both[1]), test_count);
  assert_int_equal(dpb_dataset_classes(both[0]), dpb_dataset_classes(both[1]));
  for (int split = 0; split < 2; split++) {
    assert_ok(dpb_data_load(config, (dpb_split)split, &one, NULL));
    size_t n = dpb_dataset_count(both[split]);
    assert_int_equal(dpb_dataset_count(one), n);
    assert_int_equal(dpb_dataset_classes(one), dpb_dataset_classes(both[split]));
    assert_memory_equal(dpb_dataset_labels(one), dpb_dataset_labels(both[split]),
                        n * sizeof(int32_t));
    dpb_batch a, b;
    assert_ok(dpb_dataset_batch(one, 0, (int)n, &a));
    assert_ok(dpb_dataset_batch(both[split], 0, (int)n, &b));
    dpb_hwc s = dpb_dataset_sample_shape(one);
    size_t total = n * (size_t)(s.h * s.w * s.c);
    if (a.features) assert_memory_equal(a.features, b.features, total * sizeof(float));
    if (a.pixels) assert_memory_equal(a.pixels, b.pixels, total);
    assert_true(!a.scales == (config->scaling == DPB_SCALING_NONE));
    if (a.scales) assert_true(a.scales[0] == b.scales[0]);
    dpb_dataset_destroy(one);
  }
  assert_int_equal(errno, 77);
  dpb_dataset_destroy(both[0]);
  dpb_dataset_destroy(both[1]);
}

static void recognises_csv(void **state) {
  (void)state;
  dpb_data_config config = {.path = put("a.csv", ten)};
  check_splits(&config, DPB_DATA_CSV, 0, 8, 2);
  config.scaling = DPB_SCALING_CHANNELS;
  config.test_share = 0.4;
  config.seed = 5;
  check_splits(&config, DPB_DATA_CSV, 0, 6, 4);
  config.path = put("data.txt", ten); /* by what is in it */
  check_splits(&config, DPB_DATA_CSV, 0, 6, 4);
  folder("set");
  put("set/train.csv", ten);
  config = (dpb_data_config){.path = in_folder("set")};
  check_splits(&config, DPB_DATA_CSV, 0, 8, 2);
  put("set/test.csv", "f,class\n9,b\n7,b\n");
  check_splits(&config, DPB_DATA_CSV, 1, 10, 2);
  dpb_dataset *d;
  assert_ok(dpb_data_load(&config, DPB_TEST, &d, NULL));
  assert_int_equal(dpb_dataset_labels(d)[0], 1); /* as in the training data */
  assert_string_equal(dpb_dataset_class_name(d, 0), "a");
  dpb_dataset_destroy(d);
  put("set/test.csv", "f,class\n9,b\n7,z\n");
  assert_fails(dpb_data_load(&config, DPB_TEST, &d, NULL), DPB_ERR_DATA,
               "test.csv: its class 'z' is not one of the 2 classes");
  put("set/test.csv", "f,g,class\n9,0,b\n");
  assert_fails(dpb_data_load(&config, DPB_TEST, &d, NULL), DPB_ERR_SHAPE,
               "training samples are 1x1x1, those of the test 1x1x2");
  assert_null(d);
}

static void recognises_arrays(void **state) {
  (void)state;
  const dpb_shape ten_rows = {2, {10, 2}}, four_rows = {2, {4, 2}};
  dpb_npz_writer *w;
  write_npz(in_folder("a.npz"), "features", "labels", &ten_rows);
  dpb_data_config config = {.path = in_folder("a.npz")};
  check_splits(&config, DPB_DATA_NPZ, 0, 8, 2);
  assert_ok(dpb_npz_writer_open(in_folder("b"), 0, &w)); /* whatever its name is */
  add_arrays(w, "x_train", "y_train", &ten_rows, 0);
  add_arrays(w, "x_test", "y_test", &four_rows, 0);
  assert_ok(dpb_npz_writer_close(w));
  config = (dpb_data_config){.path = in_folder("b"), .scaling = DPB_SCALING_GLOBAL};
  check_splits(&config, DPB_DATA_NPZ, 1, 10, 4);
  config.arrays = (dpb_array_config){.features = "x_train", .labels = "y_train"};
  check_splits(&config, DPB_DATA_NPZ, 0, 8, 2); /* named arrays are all there is */
  static const float x[] = {1, 2, 3, 4, 5, 6, 7, 8};
  static const int64_t y[] = {0, 1, 0, 1};
  folder("npy");
  write_npy(in_folder("npy/x_train.npy"), "<f4", "(4, 2)", x, sizeof x);
  write_npy(in_folder("npy/y_train.npy"), "<i8", "(4,)", y, sizeof y);
  config = (dpb_data_config){.path = in_folder("npy"), .test_share = 0.5};
  check_splits(&config, DPB_DATA_NPY, 0, 2, 2);
  write_npy(in_folder("npy/x_test.npy"), "<f4", "(2, 2)", x, 16);
  write_npy(in_folder("npy/y_test.npy"), "<i8", "(2,)", y, 16);
  check_splits(&config, DPB_DATA_NPY, 1, 4, 2);
  write_npy(in_folder("npy/y_test.npy"), "<i8", "(2,)", (const int64_t[]){0, 2}, 16);
  dpb_dataset *d;
  assert_fails(dpb_data_load(&config, DPB_TEST, &d, NULL), DPB_ERR_DATA,
               "its largest label is 2, the training data's is 1");
}

static void recognises_images(void **state) {
  (void)state;
  char name[32];
  static const char *const folders[] = {"p", "p/a", "p/b", "q", "q/train"};
  for (size_t i = 0; i < 5; i++) folder(folders[i]);
  for (int i = 0; i < 10; i++) {
    snprintf(name, sizeof name, "p/%c/%d.pgm", i < 5 ? 'a' : 'b', i);
    write_pgm(in_folder(name), 2, 2, (uint8_t)i);
  }
  dpb_data_config config = {.path = in_folder("p")};
  check_splits(&config, DPB_DATA_IMAGES, 0, 8, 2);
  assert_int_equal(rename(in_folder("p/a"), in_folder("q/train/a")), 0);
  assert_int_equal(rename(in_folder("p/b"), in_folder("q/train/b")), 0);
  config.path = in_folder("q");
  check_splits(&config, DPB_DATA_IMAGES, 0, 8, 2);
  folder("q/test");
  folder("q/test/b");
  write_pgm(in_folder("q/test/b/9.pgm"), 2, 2, 77);
  check_splits(&config, DPB_DATA_IMAGES, 1, 10, 1);
}

static void recognises_cifar10_and_idx(void **state) {
  (void)state;
  static uint8_t records[4 * 3073];
  records[3073] = 1;
  records[3 * 3073] = 1;
  write_file(in_folder("a.bin"), records, sizeof records);
  dpb_data_config config = {.path = in_folder("a.bin"), .test_share = 0.5};
  check_splits(&config, DPB_DATA_CIFAR10, 0, 2, 2);
  char sample[4096];
  assert_ok(dpb_sample_folder(sample, sizeof sample));
  config = (dpb_data_config){.path = sample};
  check_splits(&config, DPB_DATA_IDX, 1, 5000, 1000);
}

static void check_refused(const dpb_data_config *config, dpb_status status,
                          const char *text) {
  dpb_dataset *d = (dpb_dataset *)&d, *e = d;
  assert_fails(dpb_data_load(config, DPB_TRAIN, &d, NULL), status, text);
  assert_null(d);
  assert_fails(dpb_data_load_both(config, &d, &e, NULL), status, text);
  assert_true(d == NULL && e == NULL);
}

static void refuses_data(void **state) {
  (void)state;
  dpb_data_config config = {.path = in_folder("none")};
  check_refused(&config, DPB_ERR_NOT_FOUND, "none: there is no such file or folder");
  config.path = file_folder;
  check_refused(&config, DPB_ERR_NOT_FOUND, "no train-images-idx3-ubyte(.gz) (`scripts/");
  config.format = DPB_DATA_IMAGES;
  check_refused(&config, DPB_ERR_NOT_FOUND, "holds no data of the format images");
  config.format = DPB_DATA_AUTO;
  config.path = put("one.csv", "f,class\n1,a\n2,a\n3,a\n");
  check_refused(&config, DPB_ERR_DATA,
                "training samples are of class 0 (a); there is nothing to learn");
  config.accept_one_class = 1;
  config.test_share = 0.34;
  check_splits(&config, DPB_DATA_CSV, 0, 2, 1);
  config = (dpb_data_config){.path = put("x", "")};
  check_refused(&config, DPB_ERR_FORMAT, "the file is empty");
  config.path = put("x", "\x01\x02\x03\x04");
  check_refused(&config, DPB_ERR_FORMAT, "is not data that is known");
  static const float x[] = {1, 2};
  write_npy(in_folder("x"), "<f4", "(2,)", x, sizeof x);
  check_refused(&config, DPB_ERR_NOT_FOUND, "is one array, labels are needed too");
  config.format = DPB_DATA_IDX;
  check_refused(&config, DPB_ERR_NOT_FOUND, "of the format idx name the folder");
  config = (dpb_data_config){.path = put("y.csv", "1,a\n")};
  check_refused(&config, DPB_ERR_DATA, "1 sample cannot be cut");
}

static void refuses_arguments(void **state) {
  (void)state;
  dpb_data_config config = {.path = NULL};
  check_refused(NULL, DPB_ERR_ARG, "config is NULL");
  check_refused(&config, DPB_ERR_ARG, "path is NULL");
  config.path = "";
  check_refused(&config, DPB_ERR_ARG, "path is empty");
  config.path = "x";
  config.test_share = 1.0;
  check_refused(&config, DPB_ERR_ARG, "test_share is 1");
  config.test_share = (double)NAN;
  check_refused(&config, DPB_ERR_ARG, "test_share is ");
  config = (dpb_data_config){.path = "x", .format = (dpb_data_format)9};
  check_refused(&config, DPB_ERR_ARG, "no format 9");
  config = (dpb_data_config){.path = "x", .scaling = (dpb_scaling_kind)9};
  check_refused(&config, DPB_ERR_ARG, "no scaling 9");
  dpb_dataset *d;
  config.scaling = DPB_SCALING_NONE;
  assert_fails(dpb_data_load(&config, (dpb_split)3, &d, NULL), DPB_ERR_ARG, "no split 3");
  assert_fails(dpb_data_load(&config, DPB_TRAIN, NULL, NULL), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_data_load_both(&config, &d, NULL, NULL), DPB_ERR_ARG, "NULL");
  assert_string_equal(dpb_data_format_name((dpb_data_format)9), "unknown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(recognises_csv, remove_tree),
      cmocka_unit_test_teardown(recognises_arrays, remove_tree),
      cmocka_unit_test_teardown(recognises_images, remove_tree),
      cmocka_unit_test_teardown(recognises_cifar10_and_idx, remove_tree),
      cmocka_unit_test_teardown(refuses_data, remove_tree),
      cmocka_unit_test(refuses_arguments),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
