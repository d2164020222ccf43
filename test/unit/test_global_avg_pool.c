/* SPDX-License-Identifier: MIT
 *
 * Global average pooling.
 */
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("gap", (dpb_hwc){6, 7, 3}, 3);
  check_layer("gap", (dpb_hwc){7, 7, 33}, 2);
  check_layer("gap", (dpb_hwc){1, 1, 5}, 2);
}

static void one_number_for_each_channel(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("gap", (dpb_hwc){6, 7, 3}, 0);
  assert_int_equal(layer.out.h, 1);
  assert_int_equal(layer.out.w, 1);
  assert_int_equal(layer.out.c, 3);
  layer.ops->backward(&layer, &(dpb__pass){.n = 2}); /* dx not wanted: would crash */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(one_number_for_each_channel),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
