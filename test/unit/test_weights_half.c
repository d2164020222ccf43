/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "file_fixture.h"
#include "model_fixture.h"

static dpb_model *make_model(void) {
  dpb_model *m = build_model((dpb_hwc){2, 2, 3},
                             "affine 5, batchnorm, relu, affine 4 nobias, sigmoid, "
                             "affine 3, mse",
                             1);
  for (int i = 0; i < dpb_model_parameter_count(m); i++) {
    dpb_parameter_info info;
    float values[100];
    assert_ok(dpb_model_parameter(m, i, &info));
    fill_random(values, info.count, 3 + (uint64_t)i);
    assert_ok(dpb_model_set_parameter(m, info.name, values, info.count));
  }
  const float means[] = {0.1f, 1e-9f, -3, 100, 0};
  assert_ok(dpb_model_set_parameter(m, "running_mean1", means, 5));
  return m;
}

static size_t read_parameter(const dpb_model *m, int index, float *values) {
  dpb_parameter_info info;
  const int count = dpb_model_parameter_count(m);
  assert_ok(index < count ? dpb_model_parameter(m, index, &info)
                          : dpb_model_state(m, index - count, &info));
  assert_ok(dpb_model_get_parameter(m, info.name, values, info.count));
  return info.count;
}

/* As float16: each number is the nearest half, and reading is as ever. */
static void halfs_come_back(void **state) {
  (void)state;
  dpb_model *m = make_model(), *back = NULL;
  const char *path = in_folder("half.npz");
  errno = 77;
  assert_ok(dpb_model_save_half(m, path));
  assert_ok(dpb_model_load(path, NULL, &back));
  assert_int_equal(errno, 77);
  int rounded = 0;
  for (int i = 0; i < dpb_model_parameter_count(m) + dpb_model_state_count(m); i++) {
    float wanted[100], got[100];
    uint16_t halfs[100];
    const size_t n = read_parameter(m, i, wanted);
    assert_int_equal(read_parameter(back, i, got), n);
    for (size_t k = 0; k < n; k++) rounded += wanted[k] != got[k];
    assert_ok(dpb_half_from_floats(n, wanted, halfs));
    assert_ok(dpb_half_to_floats(n, halfs, wanted));
    assert_memory_equal(wanted, got, n * sizeof(float));
  }
  assert_true(rounded > 0);
  dpb_model_destroy(back);
  dpb_model_destroy(m);
}

static void refuses_what_would_be_infinite(void **state) {
  (void)state;
  dpb_model *m = make_model(), *back = NULL;
  const char *path = in_folder("half.npz");
  assert_ok(dpb_model_save_half(m, path));
  const float large[] = {0, -65520.0f, 0}, largest[] = {0, 65519.0f, 0};
  assert_ok(dpb_model_set_parameter(m, "b3", largest, 3));
  assert_ok(dpb_model_save_half(m, in_folder("largest.npz")));
  assert_ok(dpb_model_set_parameter(m, "b3", large, 3));
  assert_fails(dpb_model_save_half(m, path), DPB_ERR_DATA, "b3: number 1 is -65520");
  assert_ok(dpb_model_load(path, NULL, &back)); /* the old file stays */
  assert_fails(dpb_model_save_half(NULL, path), DPB_ERR_ARG, "dpb_model_save_half");
  assert_fails(dpb_model_save_half(m, NULL), DPB_ERR_ARG, "path is NULL");
  dpb_model_destroy(back);
  dpb_model_destroy(m);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(halfs_come_back, remove_files),
      cmocka_unit_test_teardown(refuses_what_would_be_infinite, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
