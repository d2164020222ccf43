/* SPDX-License-Identifier: MIT
 *
 * What a model says of its data: set, saved, read back, and refused where it is wrong.
 */
#include <math.h>

#include "file_fixture.h"

static dpb_model *make(int channels) {
  dpb_model *m = NULL;
  assert_ok(
      dpb_model_create(&(dpb_model_config){.input = {4, 4, channels}, .seed = 3}, &m));
  assert_ok(dpb_add_text(m, "conv 2 k3, relu, affine 3"));
  assert_ok(dpb_model_build(m));
  return m;
}

static const char *const names[] = {"cat", "dog \xe7\x8a\xac", "bird"};
static const double mean[] = {0.5, 0.25, 0.1}, deviation[] = {1.0, 2.0, 0.0};

static void check_class_names(void **state) {
  (void)state;
  dpb_model *m = make(1);
  assert_null(dpb_model_class_name(m, 0));
  assert_ok(dpb_model_set_class_names(m, 3, names));
  for (int i = 0; i < 3; i++) assert_string_equal(dpb_model_class_name(m, i), names[i]);
  assert_null(dpb_model_class_name(m, 3));
  assert_null(dpb_model_class_name(m, -1));
  assert_null(dpb_model_class_name(NULL, 0));
  assert_fails(dpb_model_set_class_names(m, 2, names), DPB_ERR_SHAPE,
               "there are 2, the model has 3 outputs");
  assert_fails(dpb_model_set_class_names(m, -3, names), DPB_ERR_SHAPE, "there are -3");
  assert_fails(dpb_model_set_class_names(m, 3, NULL), DPB_ERR_ARG, "names is NULL");
  const char *const empty[] = {"a", "", "c"}, *const null[] = {"a", "b", NULL};
  assert_fails(dpb_model_set_class_names(m, 3, empty), DPB_ERR_ARG, "class 1 is empty");
  assert_fails(dpb_model_set_class_names(m, 3, null), DPB_ERR_ARG, "class 2 is NULL");
  assert_fails(dpb_model_set_class_names(NULL, 3, names), DPB_ERR_ARG, "model is NULL");
  assert_string_equal(dpb_model_class_name(m, 2), "bird"); /* failures change nothing */
  assert_ok(dpb_model_set_class_names(m, 0, NULL));
  assert_null(dpb_model_class_name(m, 0));
  dpb_model_destroy(m);
}

static void check_scaling(void **state) {
  (void)state;
  const double *a = mean, *b = mean;
  dpb_model *m = make(3);
  assert_int_equal(dpb_model_scaling(m, &a, &b), 0);
  assert_null(a);
  assert_null(b);
  assert_int_equal(dpb_model_scaling(NULL, NULL, NULL), 0);
  assert_ok(dpb_model_set_scaling(m, 3, mean, deviation));
  assert_int_equal(dpb_model_scaling(m, &a, &b), 3);
  assert_memory_equal(a, mean, sizeof mean);
  assert_memory_equal(b, deviation, sizeof deviation);
  assert_ok(dpb_model_set_scaling(m, 1, mean, deviation));
  assert_int_equal(dpb_model_scaling(m, &a, NULL), 1);
  assert_true(a[0] == 0.5);
  assert_fails(dpb_model_set_scaling(m, 2, mean, deviation), DPB_ERR_SHAPE,
               "it has 2 channels, the model's input is 4x4x3");
  assert_fails(dpb_model_set_scaling(m, 0, mean, deviation), DPB_ERR_SHAPE, "0 channels");
  assert_fails(dpb_model_set_scaling(m, 3, NULL, deviation), DPB_ERR_ARG, "mean is NULL");
  assert_fails(dpb_model_set_scaling(m, 3, mean, NULL), DPB_ERR_ARG, "deviation is NULL");
  assert_fails(dpb_model_set_scaling(NULL, 1, mean, deviation), DPB_ERR_ARG, "model");
  const double wrong[][2] = {{(double)NAN, 1}, {0, -1}, {HUGE_VAL, 1}, {0, HUGE_VAL}};
  for (size_t i = 0; i < 4; i++)
    assert_fails(dpb_model_set_scaling(m, 1, &wrong[i][0], &wrong[i][1]), DPB_ERR_DATA,
                 "channel 0 has mean ");
  assert_int_equal(dpb_model_scaling(m, NULL, NULL), 1);
  assert_ok(dpb_model_set_scaling(m, 0, NULL, NULL));
  assert_int_equal(dpb_model_scaling(m, NULL, NULL), 0);
  dpb_model_destroy(m);
}

static void is_saved(void **state) {
  (void)state;
  const char *const path = in_folder("m.npz");
  dpb_model *m = make(3), *back = NULL;
  assert_ok(dpb_model_set_class_names(m, 3, names));
  assert_ok(dpb_model_set_scaling(m, 3, mean, deviation));
  for (int half = 0; half < 2; half++) {
    assert_ok(half ? dpb_model_save_half(m, path) : dpb_model_save(m, path));
    assert_ok(dpb_model_load(path, NULL, &back));
    const double *a, *b;
    assert_int_equal(dpb_model_scaling(back, &a, &b), 3);
    assert_memory_equal(a, mean, sizeof mean);
    assert_memory_equal(b, deviation, sizeof deviation);
    for (int i = 0; i < 3; i++)
      assert_string_equal(dpb_model_class_name(back, i), names[i]);
    dpb_model_destroy(back);
  }
  dpb_npz *npz = NULL;
  char text[64];
  assert_ok(dpb_npz_open(path, &npz));
  assert_ok(dpb_npz_read_text(npz, "deepblas_library", text, sizeof text, NULL));
  assert_string_equal(text, dpb_version());
  assert_ok(dpb_npz_read_text(npz, "deepblas_classes", text, sizeof text, NULL));
  assert_string_equal(text, "cat\ndog \xe7\x8a\xac\nbird");
  dpb_npz_close(npz);
  dpb_model_destroy(m);
}

/* A file of the network with these notes; NULL and 0 leave one out. */
static void write_with(const char *path, const char *classes, int count, const double *m,
                       const double *d) {
  dpb_npz_writer *w = NULL;
  const dpb_shape single = {.rank = 0}, three = {1, {3}}, w1 = {4, {2, 1, 3, 3}};
  const dpb_shape two = {1, {2}}, w2 = {2, {8, 3}}, some = {1, {count}};
  const int64_t format = 1, input[] = {4, 4, 1};
  static const float zeros[64];
  assert_ok(dpb_npz_writer_open(path, 0, &w));
  assert_ok(dpb_npz_write_ints(w, "deepblas_format", &single, &format));
  assert_ok(dpb_npz_write_text(w, "deepblas_net", "conv 2 k3, relu, affine 3"));
  assert_ok(dpb_npz_write_ints(w, "deepblas_input", &three, input));
  assert_ok(dpb_npz_write_floats(w, "W1", &w1, zeros));
  assert_ok(dpb_npz_write_floats(w, "b1", &two, zeros));
  assert_ok(dpb_npz_write_floats(w, "W2", &w2, zeros));
  assert_ok(dpb_npz_write_floats(w, "b2", &three, zeros));
  if (classes) assert_ok(dpb_npz_write_text(w, "deepblas_classes", classes));
  if (m) assert_ok(dpb_npz_write_doubles(w, "deepblas_mean", &some, m));
  if (d) assert_ok(dpb_npz_write_doubles(w, "deepblas_deviation", &some, d));
  assert_ok(dpb_npz_writer_close(w));
}

static void refuses(dpb_status status, const char *text) {
  dpb_model *m = (dpb_model *)(uintptr_t)1;
  assert_fails(dpb_model_load(in_folder("w.npz"), NULL, &m), status, text);
  assert_null(m);
}

static void is_checked(void **state) {
  (void)state;
  const char *const path = in_folder("w.npz");
  const double bad[] = {(double)NAN, 1.0};
  dpb_model *m = NULL;
  write_with(path, "a\nb\nc", 1, mean, deviation);
  assert_ok(dpb_model_load(path, NULL, &m));
  assert_string_equal(dpb_model_class_name(m, 2), "c");
  dpb_model_destroy(m);
  write_with(path, "a\nb", 0, NULL, NULL);
  refuses(DPB_ERR_SHAPE, "deepblas_classes has 2 names, the network 3 outputs");
  write_with(path, "a\nb\nc\nd\ne", 0, NULL, NULL);
  refuses(DPB_ERR_SHAPE, "has more than 3 names, the network 3 outputs");
  write_with(path, "a\n\nc", 0, NULL, NULL);
  refuses(DPB_ERR_DATA, "deepblas_classes: line 2 is no name");
  write_with(path, NULL, 2, mean, deviation);
  refuses(DPB_ERR_SHAPE, "deepblas_mean is (2), the input has 1 channels");
  write_with(path, NULL, 1, bad, deviation);
  refuses(DPB_ERR_DATA, "w.npz: scaling: channel 0 has mean ");
  write_with(path, NULL, 1, mean, NULL);
  refuses(DPB_ERR_NOT_FOUND, "deepblas_deviation");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(check_class_names),
      cmocka_unit_test(check_scaling),
      cmocka_unit_test(is_saved),
      cmocka_unit_test(is_checked),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
