/* SPDX-License-Identifier: MIT */
#include "model_fixture.h"

static void refuse(const char *text, dpb_status expected, const char *message) {
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, text, 1);
  const dpb_status status = dpb_model_build(model);
  if (status != expected)
    fail_msg("'%s': %s, not %s", text, dpb_status_name(status),
             dpb_status_name(expected));
  if (!strstr(dpb_error_message(), message))
    fail_msg("'%s': message '%s' does not hold '%s'", text, dpb_error_message(), message);
  dpb_model_destroy(model);
}

static void test_mistakes_are_named(void **state) {
  (void)state;
  refuse("", DPB_ERR_SPEC, "item 1");
  refuse("affine 3,", DPB_ERR_SPEC, "item 2");
  refuse("affine 3,,affine 4", DPB_ERR_SPEC, "item 2");
  refuse("affine 3, relux", DPB_ERR_SPEC, "'relux'");
  refuse("affine", DPB_ERR_SPEC, "out");
  refuse("affine ten", DPB_ERR_SPEC, "'ten'");
  refuse("affine 3.5", DPB_ERR_SPEC, "'3.5'");
  refuse("affine 3 4", DPB_ERR_SPEC, "'4'");
  refuse("affine 3 std", DPB_ERR_SPEC, "std");
  refuse("affine 3 std -1", DPB_ERR_ARG, "-1");
  refuse("affine 99999999999", DPB_ERR_SPEC, "99999999999");
  refuse("affine 0", DPB_ERR_ARG, "0");
  refuse("affine -5", DPB_ERR_ARG, "-5");
  refuse("relu 3", DPB_ERR_SPEC, "'3'");
  refuse("softmax, relu", DPB_ERR_STATE, "softmax");
  refuse("mse 3", DPB_ERR_SPEC, "'3'");
}

static void test_only_a_loss_is_no_network(void **state) {
  (void)state;
  refuse("softmax", DPB_ERR_SHAPE, "no layers");
}

static void test_null_text(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "affine 3", 1);
  assert_int_equal(dpb_add_text(model, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_model_build(model), DPB_ERR_ARG);
  dpb_model_destroy(model);
}

/* What comes out reads back to what comes out. */
static void round_trip(const char *text, const char *expected) {
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, text, 1);
  char out[256];
  size_t length;
  assert_int_equal(dpb_model_text(model, out, sizeof out, &length), DPB_OK);
  assert_string_equal(out, expected);
  assert_int_equal(length, strlen(expected));
  dpb_model *again = list_model((dpb_hwc){1, 1, 4}, out, 1);
  char second[256];
  assert_int_equal(dpb_model_text(again, second, sizeof second, NULL), DPB_OK);
  assert_string_equal(second, expected);
  dpb_model_destroy(model);
  dpb_model_destroy(again);
}

static void test_text_and_back(void **state) {
  (void)state;
  round_trip("affine 3", "affine 3");
  round_trip("  affine   3 ,relu,affine 2  ", "affine 3, relu, affine 2");
  round_trip(
      "affine 3 he, sigmoid, affine 2 xavier, tanh, affine 1 nobias std 0.01, mse",
      "affine 3 he, sigmoid, affine 2 xavier, tanh, affine 1 nobias std 0.01, mse");
  round_trip("affine 3, softmax", "affine 3");
}

static void test_text_is_cut_at_capacity(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "affine 3, relu", 1);
  char out[32];
  size_t length;
  for (size_t capacity = 0; capacity <= 15; capacity++) {
    memset(out, '#', sizeof out);
    assert_int_equal(dpb_model_text(model, out, capacity, &length), DPB_OK);
    assert_int_equal(length, 14);
    assert_int_equal(out[capacity], '#');
    if (capacity > 0) {
      const size_t kept = capacity - 1 < 14 ? capacity - 1 : 14;
      assert_int_equal(strlen(out), kept);
      assert_memory_equal(out, "affine 3, relu", kept);
    }
  }
  assert_int_equal(dpb_model_text(model, NULL, 0, &length), DPB_OK);
  assert_int_equal(dpb_model_text(model, NULL, 4, &length), DPB_ERR_ARG);
  assert_int_equal(dpb_model_text(NULL, out, 4, &length), DPB_ERR_ARG);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_mistakes_are_named),
      cmocka_unit_test(test_only_a_loss_is_no_network),
      cmocka_unit_test(test_null_text),
      cmocka_unit_test(test_text_and_back),
      cmocka_unit_test(test_text_is_cut_at_capacity),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
