/* SPDX-License-Identifier: MIT
 *
 * Average pooling and the global average: against the reference, and what the pad counts.
 */
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("avgpool 2", (dpb_hwc){6, 8, 3}, 3);
  check_layer("avgpool 2", (dpb_hwc){7, 5, 17}, 2);
  check_layer("avgpool 3 s2 p1", (dpb_hwc){7, 8, 16}, 2);
  check_layer("avgpool 3x2 s1x2 p2x1", (dpb_hwc){5, 6, 5}, 2);
  check_layer("avgpool 2 s3", (dpb_hwc){8, 8, 4}, 2);
  check_layer("avgpool 41 s1 p20", (dpb_hwc){5, 6, 3}, 2);
  check_layer("avgpool 90x3 s5x1 p80x2", (dpb_hwc){13, 4, 2}, 2);
}

/* Windows far larger than the image take no time for what they do not see: this one has
 * 4,000,000,000 pixels, more than an int counts. */
static void large_windows_are_cut(void **state) {
  (void)state;
  trial t = make_trial("avgpool 60000x70000 s9 p30000x35000", (dpb_hwc){3, 2, 1}, 1);
  for (size_t i = 0; i < t.inputs; i++) t.x[i] = (float)i;
  t.dy[0] = 6.0f;
  run_forward(&t);
  run_backward(&t);
  assert_true(t.y[0] == 2.5f);
  assert_true(t.dx[0] == 1.0f);
  drop_trial(&t);
}

static void pad_is_not_counted(void **state) {
  (void)state;
  trial t = make_trial("avgpool 3 s2 p1", (dpb_hwc){5, 4, 3}, 1);
  for (size_t i = 0; i < t.inputs; i++) t.x[i] = 8.0f;
  run_forward(&t);
  for (size_t i = 0; i < t.outputs; i++) assert_true(t.y[i] == 8.0f);
  drop_trial(&t);
}

static void mean_of_four(void **state) {
  (void)state;
  trial t = make_trial("avgpool 2", (dpb_hwc){2, 2, 1}, 1);
  const float x[4] = {1, 2, 3, 10};
  memcpy(t.x, x, sizeof x);
  t.dy[0] = 6.0f;
  run_forward(&t);
  run_backward(&t);
  assert_true(t.y[0] == 4.0f);
  for (int i = 0; i < 4; i++) assert_true(t.dx[i] == 1.5f);
  drop_trial(&t);
}

static void text_and_errors(void **state) {
  (void)state;
  check_text("avgpool 3x2 s1 p1", " 3x2 s1 p1");
  refuse_text("avgpool 2 p2", (dpb_hwc){4, 4, 1}, DPB_ERR_SHAPE,
              "pad 2x2 is not smaller than its window 2x2");
  refuse_text("avgpool", (dpb_hwc){4, 4, 1}, DPB_ERR_SPEC,
              "avgpool: size is missing, must be a whole number");
}

static void writes_no_dx_unless_asked(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("avgpool 2", (dpb_hwc){4, 4, 1}, 0);
  layer.ops->backward(&layer, &(dpb__pass){.n = 2}); /* would crash */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(large_windows_are_cut),
      cmocka_unit_test(pad_is_not_counted),
      cmocka_unit_test(mean_of_four),
      cmocka_unit_test(text_and_errors),
      cmocka_unit_test(writes_no_dx_unless_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
