/* SPDX-License-Identifier: MIT
 *
 * Tanh and its gradient, near 0 and far out too.
 */
#include "activation_fixture.h"

static void is_its_formula(void **state) {
  (void)state;
  const float special[6] = {0.0f, 1e-4f, -1e-4f, 50.0f, -50.0f, 9.0f};
  const activation a = run_activation("tanh", special);
  for (int i = 0; i < NUMBERS; i++) {
    const double y = tanh((double)a.x[i]);
    const double dy = (double)a.dy[i];
    assert_near(a.y[i], y, 1e-6);
    assert_near(a.dx[i], dy * (1.0 - y * y), 1e-6);
  }
}

static void keeps_the_shape(void **state) {
  (void)state;
  check_activation_plan("tanh");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_its_formula),
      cmocka_unit_test(keeps_the_shape),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
