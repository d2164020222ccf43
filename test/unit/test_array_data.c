/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>

#include "array_fixture.h"

static dpb_dataset *load(const dpb_shape *shape, const dpb_array_config *config) {
  write_npz(in_folder("a.npz"), "x", "y", shape);
  dpb_dataset *d;
  errno = 77;
  assert_ok(dpb_dataset_load_npz(in_folder("a.npz"), DPB_TRAIN, config, &d));
  assert_int_equal(errno, 77);
  return d;
}

static void check_sample(const dpb_dataset *d, dpb_hwc wanted) {
  dpb_hwc s = dpb_dataset_sample_shape(d);
  assert_true(s.h == wanted.h && s.w == wanted.w && s.c == wanted.c);
}

static const float *features_of(const dpb_dataset *d) {
  dpb_batch b;
  assert_ok(dpb_dataset_batch(d, 0, (int)dpb_dataset_count(d), &b));
  return b.features;
}

static void takes_shapes(void **state) {
  (void)state;
  static const struct {
    dpb_shape array;
    dpb_array_config config;
    dpb_hwc sample;
  } cases[] = {
      {{1, {5}}, {.features = NULL}, {1, 1, 1}},
      {{2, {5, 12}}, {.features = NULL}, {1, 1, 12}},
      {{2, {5, 12}}, {.sample = {2, 3, 2}}, {2, 3, 2}},
      {{3, {5, 4, 3}}, {.features = NULL}, {4, 3, 1}},
      {{3, {5, 4, 3}}, {.channels_first = 1}, {4, 3, 1}},
      {{4, {5, 4, 3, 2}}, {.features = NULL}, {4, 3, 2}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    dpb_dataset *d = load(&cases[i].array, &cases[i].config);
    check_sample(d, cases[i].sample);
    assert_int_equal(dpb_dataset_count(d), 5);
    assert_int_equal(dpb_dataset_classes(d), 3);
    assert_int_equal(dpb_dataset_labels(d)[4], 1);
    dpb_hwc s = cases[i].sample;
    for (int k = 0; k < 5 * s.h * s.w * s.c; k++)
      assert_true(features_of(d)[k] == (float)k);
    dpb_dataset_destroy(d);
  }
}

static void turns_channels(void **state) {
  (void)state;
  const dpb_shape images = {4, {3, 2, 4, 5}}, rows = {2, {3, 40}};
  for (int flat = 0; flat < 2; flat++) {
    dpb_array_config config = {.channels_first = 1};
    if (flat) config.sample = (dpb_hwc){4, 5, 2};
    dpb_dataset *d = load(flat ? &rows : &images, &config);
    check_sample(d, (dpb_hwc){4, 5, 2});
    for (int n = 0; n < 3; n++)
      for (int p = 0; p < 20; p++)
        for (int c = 0; c < 2; c++)
          assert_true(features_of(d)[n * 40 + p * 2 + c] == (float)(n * 40 + c * 20 + p));
    dpb_dataset_destroy(d);
  }
}

static void bytes_stay_bytes(void **state) {
  (void)state;
  static const uint8_t pixels[] = {0, 51, 255, 7, 8, 9, 10, 11};
  static const int64_t labels[] = {1, 0};
  write_npy(in_folder("x.npy"), "|u1", "(2, 2, 1, 2)", pixels, sizeof pixels);
  write_npy(in_folder("y.npy"), "<i8", "(2, 1)", labels, sizeof labels);
  for (int turned = 0; turned < 2; turned++) {
    dpb_dataset *d;
    dpb_array_config config = {.channels_first = turned};
    assert_ok(dpb_dataset_load_npy(in_folder("x.npy"), in_folder("y.npy"), &config, &d));
    check_sample(d, turned ? (dpb_hwc){1, 2, 2} : (dpb_hwc){2, 1, 2});
    dpb_batch b;
    assert_ok(dpb_dataset_batch(d, 0, 2, &b));
    assert_null(b.features);
    assert_true(b.scale == 1.0f / 255.0f);
    static const uint8_t other[] = {0, 255, 51, 7, 8, 10, 9, 11};
    assert_memory_equal(b.pixels, turned ? other : pixels, sizeof pixels);
    assert_int_equal(b.labels[0], 1);
    dpb_dataset_destroy(d);
  }
}

/* Files of NumPy's versions 2 and 3 have four bytes for the header's length. */
static void reads_later_versions(void **state) {
  (void)state;
  static const char header[] =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }                 \n";
  static const float values[] = {1, 2, 3, 4, 5, 6};
  static const int64_t labels[] = {1, 0};
  write_npy(in_folder("y.npy"), "<i8", "(2,)", labels, sizeof labels);
  for (uint8_t version = 2; version <= 3; version++) {
    uint8_t file[256] = {0x93, 'N', 'U', 'M', 'P', 'Y', version, 0, sizeof header - 1};
    size_t length = 12;
    memcpy(file + length, header, sizeof header - 1);
    length += sizeof header - 1;
    memcpy(file + length, values, sizeof values);
    little_endian(file + length, sizeof *values, sizeof values);
    length += sizeof values;
    write_file(in_folder("x.npy"), file, length);
    dpb_dataset *d;
    assert_ok(dpb_dataset_load_npy(in_folder("x.npy"), in_folder("y.npy"), NULL, &d));
    check_sample(d, (dpb_hwc){1, 1, 3});
    assert_memory_equal(features_of(d), values, sizeof values);
    dpb_dataset_destroy(d);
    write_file(in_folder("x.npy"), file, 11); /* cut within the length */
    assert_fails(dpb_dataset_load_npy(in_folder("x.npy"), in_folder("y.npy"), NULL, &d),
                 DPB_ERR_FORMAT, "x.npy");
  }
}

static void finds_arrays_by_name(void **state) {
  (void)state;
  const char *path = in_folder("a.npz");
  const dpb_shape five = {2, {5, 2}}, three = {2, {3, 2}};
  dpb_npz_writer *w;
  dpb_dataset *d;
  for (int form = 0; form < 2; form++) {
    assert_ok(dpb_npz_writer_open(path, 0, &w));
    add_arrays(w, form ? "train_images" : "x_train", form ? "train_labels" : "y_train",
               &five, 0);
    add_arrays(w, form ? "test_images" : "x_test", form ? "test_labels" : "y_test",
               &three, 0);
    assert_ok(dpb_npz_writer_close(w));
    assert_ok(dpb_dataset_load_npz(path, DPB_TRAIN, NULL, &d));
    assert_int_equal(dpb_dataset_count(d), 5);
    dpb_dataset_destroy(d);
    assert_ok(dpb_dataset_load_npz(path, DPB_TEST, NULL, &d));
    assert_int_equal(dpb_dataset_count(d), 3);
    dpb_dataset_destroy(d);
  }
  write_npz(path, "W1", "b1", &five);
  assert_fails(dpb_dataset_load_npz(path, DPB_TRAIN, NULL, &d), DPB_ERR_NOT_FOUND,
               "has no arrays x and y, ");
  assert_message("it holds W1, b1");
  dpb_array_config named = {.features = "W1", .labels = "b1"};
  assert_ok(dpb_dataset_load_npz(path, DPB_TRAIN, &named, &d));
  dpb_dataset_destroy(d);
  named.labels = "b2";
  assert_fails(dpb_dataset_load_npz(path, DPB_TRAIN, &named, &d), DPB_ERR_NOT_FOUND,
               "there is no array b2");
  assert_null(d);
}

typedef struct bad_case {
  const char *descr, *shape;
  const void *bytes;
  size_t size;
  dpb_status status;
  const char *message;
} bad_case;

static void check_bad(const char *name, const bad_case *c) {
  write_npy(in_folder(name), c->descr, c->shape, c->bytes, c->size);
  dpb_dataset *d = (dpb_dataset *)&d;
  assert_fails(dpb_dataset_load_npy(in_folder("x.npy"), in_folder("y.npy"), NULL, &d),
               c->status, c->message);
  assert_message(name);
  assert_null(d);
}

static void refuses_bad_arrays(void **state) {
  (void)state;
  static const float good[] = {1, 2, 3, 4, 5, 6}, nan_in[] = {1, 2, 3, 4, 5, NAN};
  static const float infinite[] = {1, INFINITY, 3, 4, 5, 6}, parts[] = {0, 0.5f};
  static const int64_t labels[] = {0, 1}, below[] = {0, -1}, above[] = {65536, 0};
  static const double huge[] = {1, 2, 1e300, 4, 5, 6};
  write_npy(in_folder("y.npy"), "<i8", "(2,)", labels, sizeof labels);
  const bad_case features[] = {
      {"<f4", "(2, 3)", nan_in, 24, DPB_ERR_DATA, "number 2 of row 1 is "},
      {"<f4", "(2, 3)", infinite, 24, DPB_ERR_DATA, "number 1 of row 0 is inf"},
      {"<f8", "(2, 3)", huge, 48, DPB_ERR_DATA, "1.0000000000000001e+300"},
      {"<f4", "(3, 2)", good, 24, DPB_ERR_SHAPE, "shape (3, 2), but there are 2 labels"},
      {"<f4", "(2, 0)", good, 0, DPB_ERR_SHAPE, "shape (2, 0), an extent is no size"},
      {"<f4", "(2, 3, 1, 1, 1)", good, 24, DPB_ERR_SHAPE, "1 to 4 dimensions"},
      {"<f4", "()", good, 4, DPB_ERR_SHAPE, "1 to 4 dimensions"},
      {"<f4", "(2, 300000000)", good, 24, DPB_ERR_FORMAT,
       "shape (2, 300000000) takes 2400000000 bytes"},
      {"<f4", "(2, 3)", good, 20, DPB_ERR_FORMAT, "shape (2, 3) takes 24 bytes"},
      {"<U3", "(2, 1)", good, 24, DPB_ERR_UNSUPPORTED, "is text"},
      {"|u1", "(2, 2)", "abcde", 5, DPB_ERR_FORMAT, "goes on"},
  };
  for (size_t i = 0; i < sizeof features / sizeof *features; i++)
    check_bad("x.npy", &features[i]);
  write_npy(in_folder("x.npy"), "<f4", "(2, 3)", good, sizeof good);
  const bad_case classes[] = {
      {"<i8", "(2,)", below, 16, DPB_ERR_DATA, "label -1 of row 1 is outside 0..65535"},
      {"<i8", "(2,)", above, 16, DPB_ERR_DATA, "label 65536 of row 0 is outside"},
      {"<f4", "(2,)", parts, 8, DPB_ERR_DATA, "number 1 is 0.5"},
      {"<i8", "(1, 2)", labels, 16, DPB_ERR_SHAPE, "shape (1, 2), labels are (n,)"},
      {"<i8", "(0,)", labels, 0, DPB_ERR_SHAPE, "there are no samples"},
  };
  for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
    check_bad("y.npy", &classes[i]);
}

static void refuses_arguments(void **state) {
  (void)state;
  dpb_dataset *d;
  const dpb_shape rows = {2, {5, 12}};
  const char *path = in_folder("a.npz");
  write_npz(path, "x", "y", &rows);
  dpb_array_config config = {.sample = {5, 5, 1}};
  assert_fails(dpb_dataset_load_npz(path, DPB_TRAIN, &config, &d), DPB_ERR_SHAPE,
               "a.npz: x: shape (5, 12), rows that are samples of 5x5x1 were asked");
  assert_fails(dpb_dataset_load_npz(path, (dpb_split)7, NULL, &d), DPB_ERR_ARG, "7");
  assert_fails(dpb_dataset_load_npz(path, DPB_TRAIN, NULL, NULL), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_dataset_load_npy(path, NULL, NULL, &d), DPB_ERR_ARG,
               "path of the labels is NULL");
  assert_fails(dpb_dataset_load_npy(in_folder("no.npy"), path, NULL, &d), DPB_ERR_FORMAT,
               "is not in NumPy's .npy format");
  assert_null(d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(takes_shapes, remove_files),
      cmocka_unit_test_teardown(turns_channels, remove_files),
      cmocka_unit_test_teardown(bytes_stay_bytes, remove_files),
      cmocka_unit_test_teardown(reads_later_versions, remove_files),
      cmocka_unit_test_teardown(finds_arrays_by_name, remove_files),
      cmocka_unit_test_teardown(refuses_bad_arrays, remove_files),
      cmocka_unit_test_teardown(refuses_arguments, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
