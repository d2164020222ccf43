/* SPDX-License-Identifier: MIT
 *
 * Sigmoid: y = 1 / (1 + exp(-x)) and its gradient, far out on both sides too.
 */
#include "activation_fixture.h"

static void is_its_formula(void **state) {
  (void)state;
  const float special[6] = {0.0f, 30.0f, -30.0f, 200.0f, -200.0f, -80.0f};
  const activation a = run_activation("sigmoid", special);
  for (int i = 0; i < NUMBERS; i++) {
    const double y = 1.0 / (1.0 + exp(-(double)a.x[i]));
    const double dy = (double)a.dy[i];
    assert_near(a.y[i], y, 1e-6);
    assert_near(a.dx[i], dy * y * (1.0 - y), 1e-6);
  }
}

static void keeps_small_values_apart_from_zero(void **state) {
  (void)state;
  const float special[6] = {-80.0f, -80.0f, -80.0f, -80.0f, -80.0f, -80.0f};
  const activation a = run_activation("sigmoid", special);
  assert_true(fabs((double)a.y[0] / exp(-80.0) - 1.0) < 1e-4);
}

static void keeps_the_shape(void **state) {
  (void)state;
  check_activation_plan("sigmoid");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_its_formula),
      cmocka_unit_test(keeps_small_values_apart_from_zero),
      cmocka_unit_test(keeps_the_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
