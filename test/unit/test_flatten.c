/* SPDX-License-Identifier: MIT
 *
 * Flatten: the book's order, there and back.
 */
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("flatten", (dpb_hwc){3, 4, 5}, 2);
  check_layer("flatten", (dpb_hwc){5, 5, 16}, 2);
  check_layer("flatten", (dpb_hwc){1, 1, 7}, 2);
}

static void channels_come_first(void **state) {
  (void)state;
  trial t = make_trial("flatten", (dpb_hwc){1, 3, 2}, 1);
  const float x[6] = {1, 10, 2, 20, 3, 30};
  const float y[6] = {1, 2, 3, 10, 20, 30};
  memcpy(t.x, x, sizeof x);
  run_forward(&t);
  assert_memory_equal(t.y, y, sizeof y);
  memcpy(t.dy, y, sizeof y);
  run_backward(&t);
  assert_memory_equal(t.dx, x, sizeof x);
  assert_int_equal(t.layer.out.c, 6);
  t.pass.dx = NULL;
  run_backward(&t);
  drop_trial(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(channels_come_first),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
