/* SPDX-License-Identifier: MIT
 *
 * Maximum pooling: the book's example, against the reference, ties, NaN, the pad.
 */
#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("maxpool 2", (dpb_hwc){6, 8, 3}, 3);
  check_layer("maxpool 2", (dpb_hwc){7, 5, 30}, 2); /* a row and a column left over */
  check_layer("maxpool 2", (dpb_hwc){7, 6, 4}, 2);
  check_layer("maxpool 2", (dpb_hwc){6, 7, 4}, 2);
  check_layer("maxpool 2", (dpb_hwc){4, 4, 16}, 2);
  check_layer("maxpool 3 s2 p1", (dpb_hwc){7, 8, 17}, 2);
  check_layer("maxpool 3 s1 p1", (dpb_hwc){5, 6, 2}, 2);
  check_layer("maxpool 2 s3", (dpb_hwc){8, 8, 4}, 2);
  check_layer("maxpool 3x2 s1x2 p2x1", (dpb_hwc){5, 6, 5}, 2);
  check_layer("maxpool 1", (dpb_hwc){3, 3, 2}, 2);
  check_layer("maxpool 17 s2", (dpb_hwc){18, 19, 2}, 1); /* 289 pixels: not noted */
  check_layer("maxpool 16", (dpb_hwc){16, 16, 2}, 2);    /* 256: not noted */
  check_layer("maxpool 15x17", (dpb_hwc){16, 18, 2}, 2); /* 255: noted */
}

static void pools_as_the_book_does(void **state) {
  (void)state;
  trial t = make_trial("maxpool 2", (dpb_hwc){4, 4, 1}, 1);
  const float x[16] = {1, 2, 1, 0, 0, 1, 2, 3, 3, 0, 1, 2, 2, 4, 0, 1};
  const float expected[4] = {2, 3, 4, 2};
  const float dy[4] = {1, 2, 3, 4};
  const float dx[16] = {0, 1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 4, 0, 3, 0, 0};
  memcpy(t.x, x, sizeof x);
  memcpy(t.dy, dy, sizeof dy);
  run_forward(&t);
  run_backward(&t);
  assert_memory_equal(t.y, expected, sizeof expected);
  for (int i = 0; i < 16; i++) assert_true(t.dx[i] == dx[i]);
  drop_trial(&t);
}

/* The first of equals gets the gradient, all of it, whatever the number of channels. */
static void check_first_wins(const char *text, int side, int c) {
  trial t = make_trial(text, (dpb_hwc){side, side, c}, 1);
  for (size_t i = 0; i < t.inputs; i++) t.x[i] = -1.5f;
  run_forward(&t);
  run_backward(&t);
  for (size_t i = 0; i < t.inputs; i++)
    assert_true(t.dx[i] == (i < (size_t)c ? t.dy[i] : 0.0f));
  drop_trial(&t);
}

static void first_of_equals_wins(void **state) {
  (void)state;
  for (int c = 1; c < 40; c += 6) check_first_wins("maxpool 2", 2, c);
  check_first_wins("maxpool 17", 17, 2); /* where it is not noted */
}

static void pad_is_less_than_any_number(void **state) {
  (void)state;
  trial t = make_trial("maxpool 3 s2 p1", (dpb_hwc){4, 4, 20}, 1);
  for (size_t i = 0; i < t.inputs; i++) t.x[i] = -7.0f;
  run_forward(&t);
  for (size_t i = 0; i < t.outputs; i++) assert_true(t.y[i] == -7.0f);
  drop_trial(&t);
}

static void nan_is_not_lost(void **state) {
  (void)state;
  const char *const texts[] = {"maxpool 2", "maxpool 17 s17"};
  for (int i = 0; i < 2; i++) {
    const int side = i == 0 ? 2 : 17;
    for (size_t at = 0; at < 4; at++) {
      trial t = make_trial(texts[i], (dpb_hwc){side, side, 18}, 1);
      t.x[at * 18 + 17] = NAN;
      run_forward(&t);
      assert_true(is_nan(t.y[17]));
      assert_false(is_nan(t.y[16]));
      drop_trial(&t);
    }
  }
}

static void text_comes_back(void **state) {
  (void)state;
  check_text("maxpool 2", " 2");
  check_text("maxpool 2 s2 p0", " 2");
  check_text("maxpool 3 p1 s2", " 3 s2 p1");
  check_text("maxpool 3x2 s1x2 p0x1", " 3x2 s1x2 p0x1");
}

static void bad_configurations_are_named(void **state) {
  (void)state;
  const dpb_hwc in = {4, 4, 1};
  refuse_text("maxpool 5", in, DPB_ERR_SHAPE,
              "kernel 5x5 is larger than its padded input 4x4");
  refuse_text("maxpool 2 p2", in, DPB_ERR_SHAPE,
              "pad 2x2 is not smaller than its window 2x2");
  refuse_text("maxpool 2 s0", in, DPB_ERR_SPEC,
              "maxpool: stride is 0, must be at least 1");
  refuse_text("maxpool 0", in, DPB_ERR_SPEC, "maxpool: size is 0, must be at least 1");
  refuse_text("maxpool", in, DPB_ERR_SPEC,
              "maxpool: size is missing, must be a whole number");
  refuse_text("maxpool two", in, DPB_ERR_SPEC, "maxpool: 'two' is not understood");
  refuse_text("maxpool 2 d2", in, DPB_ERR_SPEC, "maxpool: 'd2' is not understood");
  const dpb__layer_ops *ops = dpb__layer_find("maxpool", 7);
  const dpb__layer_config config = {.pool2d = {.size = 2, .pad = -1}};
  assert_int_equal(ops->check(&config), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "pad is -1, must be at least 0");
}

static void writes_no_dx_unless_asked(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("maxpool 2", (dpb_hwc){4, 4, 1}, 0);
  layer.ops->backward(&layer, &(dpb__pass){.n = 2}); /* would crash */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(pools_as_the_book_does),
      cmocka_unit_test(first_of_equals_wins),
      cmocka_unit_test(pad_is_less_than_any_number),
      cmocka_unit_test(nan_is_not_lost),
      cmocka_unit_test(text_comes_back),
      cmocka_unit_test(bad_configurations_are_named),
      cmocka_unit_test(writes_no_dx_unless_asked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
