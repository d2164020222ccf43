/* SPDX-License-Identifier: MIT
 *
 * The reference of Affine, by hand.
 */
#include "layer_fixture.h"

#include "reference/reference.h"

static void is_the_formula(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("affine 2", (dpb_hwc){1, 1, 3}, 0);
  /* W begins at 3, b at 12 */
  const double params[] = {9, 9, 9, 1, 2, 3, 4, 5, 6, 9, 9, 9, 10, 20};
  const double x[] = {1, 0, -1, 0.5, 1, 2};
  double y[4] = {0};
  dpb__reference_find("affine")(
      &layer, &(dpb__reference_pass){.n = 2, .params = params, .x = x, .y = y});
  const double expected[] = {1 - 5 + 10, 2 - 6 + 20, 0.5 + 3 + 10 + 10, 1 + 4 + 12 + 20};
  assert_memory_equal(y, expected, sizeof y);
}

static void goes_without_a_bias(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("affine 1 nobias", (dpb_hwc){1, 1, 2}, 0);
  const double params[] = {9, 9, 9, 3, 4};
  const double x[] = {1, 2};
  double y = 0;
  dpb__reference_find("affine")(
      &layer, &(dpb__reference_pass){.n = 1, .params = params, .x = x, .y = &y});
  assert_true(y == 11);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(is_the_formula),
      cmocka_unit_test(goes_without_a_bias),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
