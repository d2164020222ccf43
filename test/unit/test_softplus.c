/* SPDX-License-Identifier: MIT
 *
 * Softplus: its reference forward and backward, its words, its ends.
 */
#include "activation_fixture.h"
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("softplus", (dpb_hwc){2, 3, 2}, 5);
}

static void is_right_at_the_ends(void **state) {
  (void)state;
  const float special[6] = {0.0f, 100.0f, 1e30f, -1e30f, INFINITY, -INFINITY};
  const double y[6] = {0.69314718, 100, 1e30, 0, (double)INFINITY, 0};
  const double slope[6] = {0.5, 1, 1, 0, 1, 0};
  check_activation_ends("softplus", special, y, slope);
}

static void a_nan_passes(void **state) {
  (void)state;
  check_activation_nan("softplus");
}

static void keeps_the_shape(void **state) {
  (void)state;
  check_activation_plan("softplus");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(is_right_at_the_ends),
      cmocka_unit_test(a_nan_passes),
      cmocka_unit_test(keeps_the_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
