/* SPDX-License-Identifier: MIT
 *
 * Leaky ReLU: its reference forward and backward, its words, its ends.
 */
#include "activation_fixture.h"
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("leakyrelu", (dpb_hwc){2, 3, 2}, 5);
  check_layer("leakyrelu 0.3", (dpb_hwc){2, 3, 2}, 5);
}

static void text_and_errors(void **state) {
  (void)state;
  const dpb_hwc in = {1, 1, 4};
  check_text("leakyrelu", " 0.01");
  check_text("leakyrelu 0.2", " 0.2");
  refuse_text("leakyrelu 0", in, DPB_ERR_ARG, "slope is 0, must be above 0 and below 1");
  refuse_text("leakyrelu 1", in, DPB_ERR_ARG, "slope is 1, must be above 0 and below 1");
  refuse_text("leakyrelu -0.1", in, DPB_ERR_ARG,
              "slope is -0.1, must be above 0 and below 1");
  refuse_text("leakyrelu steep", in, DPB_ERR_SPEC,
              "leakyrelu: slope is 'steep', must be a number");
}

static void is_right_at_the_ends(void **state) {
  (void)state;
  const float special[6] = {0.0f, -0.0f, 1e30f, -1e30f, -1e-30f, INFINITY};
  const double y[6] = {0, 0, 1e30, -1e28, -1e-32, (double)INFINITY};
  const double slope[6] = {0.01, 0.01, 1, 0.01, 0.01, 1};
  check_activation_ends("leakyrelu", special, y, slope);
}

static void a_nan_passes(void **state) {
  (void)state;
  check_activation_nan("leakyrelu");
}

static void keeps_the_shape(void **state) {
  (void)state;
  check_activation_plan("leakyrelu");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference), cmocka_unit_test(text_and_errors),
      cmocka_unit_test(is_right_at_the_ends),      cmocka_unit_test(a_nan_passes),
      cmocka_unit_test(keeps_the_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
