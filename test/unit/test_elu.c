/* SPDX-License-Identifier: MIT
 *
 * ELU: its reference forward and backward, its words, its ends.
 */
#include "activation_fixture.h"
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("elu", (dpb_hwc){2, 3, 2}, 5);
  check_layer("elu 0.3", (dpb_hwc){2, 3, 2}, 5);
  check_layer("elu 2.5", (dpb_hwc){2, 3, 2}, 5);
}

static void text_and_errors(void **state) {
  (void)state;
  const dpb_hwc in = {1, 1, 4};
  check_text("elu", " 1");
  check_text("elu 0.25", " 0.25");
  refuse_text("elu 0", in, DPB_ERR_ARG, "alpha is 0, must be above 0");
  refuse_text("elu -1", in, DPB_ERR_ARG, "alpha is -1, must be above 0");
  refuse_text("elu one", in, DPB_ERR_SPEC, "elu: alpha is 'one', must be a number");
  const dpb__layer_ops *ops = dpb__layer_find("elu", 3);
  assert_int_equal(ops->check(&(dpb__layer_config){.elu = {.alpha = INFINITY}}),
                   DPB_ERR_ARG);
  assert_int_equal(ops->check(&(dpb__layer_config){.elu = {.alpha = NAN}}), DPB_ERR_ARG);
}

static void is_right_at_the_ends(void **state) {
  (void)state;
  const float special[6] = {0.0f, -0.0f, 1e30f, -1e30f, -1e-6f, -INFINITY};
  const double y[6] = {0, 0, 1e30, -1, -9.999995e-7, -1};
  const double slope[6] = {1, 1, 1, 0, 0.999999, 0};
  check_activation_ends("elu", special, y, slope);
}

static void a_nan_passes(void **state) {
  (void)state;
  check_activation_nan("elu");
}

static void keeps_the_shape(void **state) {
  (void)state;
  check_activation_plan("elu");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference), cmocka_unit_test(text_and_errors),
      cmocka_unit_test(is_right_at_the_ends),      cmocka_unit_test(a_nan_passes),
      cmocka_unit_test(keeps_the_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
