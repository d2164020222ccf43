/* SPDX-License-Identifier: MIT
 *
 * GELU: its reference forward and backward, its words, its ends.
 */
#include "activation_fixture.h"
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("gelu", (dpb_hwc){2, 3, 2}, 5);
  check_layer("gelu tanh", (dpb_hwc){2, 3, 2}, 5);
}

static void text_and_errors(void **state) {
  (void)state;
  const dpb_hwc in = {1, 1, 4};
  dpb_model *model = NULL;
  assert_int_equal(dpb_model_create(&(dpb_model_config){.input = in}, &model), DPB_OK);
  assert_int_equal(dpb_add_text(model, "gelu, gelu tanh"), DPB_OK);
  assert_int_equal(dpb_add_gelu(model, &(dpb_gelu_config){.by_tanh = 1}), DPB_OK);
  char text[64];
  assert_int_equal(dpb_model_text(model, text, sizeof text, NULL), DPB_OK);
  assert_string_equal(text, "gelu, gelu tanh, gelu tanh");
  assert_int_equal(dpb_add_text(model, "gelu erf"), DPB_ERR_SPEC);
  assert_message("gelu: 'erf' is not understood");
  dpb_model_destroy(model);
}

static void is_right_at_the_ends(void **state) {
  (void)state;
  const float special[6] = {0.0f, -20.0f, 1e30f, -1e30f, INFINITY, -INFINITY};
  const double y[6] = {0, 0, 1e30, 0, (double)INFINITY, 0};
  const double slope[6] = {0.5, 0, 1, 0, 1, 0};
  check_activation_ends("gelu", special, y, slope);
}

static void a_nan_passes(void **state) {
  (void)state;
  check_activation_nan("gelu");
}

static void keeps_the_shape(void **state) {
  (void)state;
  check_activation_plan("gelu");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference), cmocka_unit_test(text_and_errors),
      cmocka_unit_test(is_right_at_the_ends),      cmocka_unit_test(a_nan_passes),
      cmocka_unit_test(keeps_the_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
