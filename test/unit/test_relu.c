/* SPDX-License-Identifier: MIT
 *
 * ReLU: max(x, 0), and a gradient that is 0 at 0.
 */
#include "activation_fixture.h"

static void is_its_formula(void **state) {
  (void)state;
  const float special[6] = {0.0f, -0.0f, 1e-30f, -1e-30f, 1e30f, -1e30f};
  const activation a = run_activation("relu", special);
  for (int i = 0; i < NUMBERS; i++) {
    const double y = a.x[i] > 0 ? (double)a.x[i] : 0.0;
    const double dy = (double)a.dy[i];
    assert_near(a.y[i], y, 0);
    assert_near(a.dx[i], a.x[i] > 0 ? dy : 0.0, 0);
  }
}

static void a_nan_passes(void **state) {
  (void)state;
  const float special[6] = {NAN, NAN, NAN, NAN, NAN, NAN};
  const activation a = run_activation("relu", special);
  assert_true(a.y[0] != a.y[0]);
  assert_true(a.y[1] == a.y[1]);
}

static void keeps_the_shape(void **state) {
  (void)state;
  check_activation_plan("relu");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_its_formula),
      cmocka_unit_test(a_nan_passes),
      cmocka_unit_test(keeps_the_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
