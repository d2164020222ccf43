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
  const activation a = run_activation("softplus", special);
  for (int i = 0; i < 6; i++) {
    const float got = a.y[6 * i];
    if (y[i] > 1e38)
      assert_true((double)got == y[i]);
    else
      assert_near((double)got / fmax(1.0, fabs(y[i])), y[i] / fmax(1.0, fabs(y[i])),
                  1e-7);
    assert_near(a.dx[6 * i], slope[i] * (double)a.dy[6 * i], 1e-6);
  }
}

static void a_nan_passes(void **state) {
  (void)state;
  const float special[6] = {NAN, NAN, NAN, NAN, NAN, NAN};
  const activation a = run_activation("softplus", special);
  assert_true(is_nan(a.y[0]) && !is_nan(a.y[1]));
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
