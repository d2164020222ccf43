/* SPDX-License-Identifier: MIT
 *
 * Convolution as a layer: against its reference, its parameters, text and errors. The
 * products themselves, by every lowering: test_conv.c.
 */
#include <stdio.h>

#include "layer_check.h"

static void agrees_with_its_reference(void **state) {
  (void)state;
  check_layer("conv 5 k3", (dpb_hwc){6, 7, 2}, 3);
  check_layer("conv 4 k5 nobias", (dpb_hwc){8, 6, 1}, 2);
  check_layer("conv 3 k3x2 s2x1 p1x0", (dpb_hwc){7, 5, 3}, 2);
  check_layer("conv 6 k3 p2 d2", (dpb_hwc){6, 6, 4}, 2);
  check_layer("conv 6 k3 p1 g2", (dpb_hwc){5, 5, 4}, 2);
  check_layer("conv 8 k3 p1 g8", (dpb_hwc){5, 6, 8}, 2);
  check_layer("conv 8 k3 s2 g8 nobias", (dpb_hwc){5, 6, 8}, 2);
  check_layer("conv 24 k3x2 s1x2 p1 d2 g8", (dpb_hwc){6, 7, 8}, 2);
  check_layer("conv 6 k1 g6", (dpb_hwc){4, 3, 6}, 2);
  check_layer("conv 4 k1 g2", (dpb_hwc){3, 4, 32}, 2);
  check_layer("conv 7 k1", (dpb_hwc){4, 4, 17}, 2);
  check_layer("conv 7 k1 s2", (dpb_hwc){5, 5, 3}, 2);
  check_layer("conv 17 k3 p1", (dpb_hwc){5, 4, 16}, 1);
}

static void sweep_agrees_with_the_reference(void **state) {
  (void)state;
  int turn = 0;
  for (int k = 1; k <= 7; k += 2)
    for (int s = 1; s <= 3; s++)
      for (int p = 0; p <= 3; p += 3, turn++) {
        char text[64];
        snprintf(text, sizeof text, "conv %d k%dx%d s%d p%d d%d", 1 + turn % 3, k,
                 1 + turn % 4, s, p, 1 + turn % 2);
        check_layer(text, (dpb_hwc){13, 8 + turn % 3, 1 + turn % 5}, 1 + turn % 2);
      }
}

static void writes_no_dx_unless_asked(void **state) {
  (void)state;
  trial t = make_trial("conv 3 k3", (dpb_hwc){5, 5, 2}, 2);
  t.pass.dx = NULL;
  run_forward(&t);
  run_backward(&t);
  for (size_t i = 0; i < t.inputs; i++) assert_true(is_nan(t.dx[i]));
  assert_false(is_nan(t.grads[3]));
  drop_trial(&t);
}

static void parameters_are_in_the_books_order_outside(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("conv 6 k3x5 g2", (dpb_hwc){9, 9, 4}, 0);
  const dpb__param *w = &layer.params[0];
  assert_int_equal(layer.param_count, 2);
  const dpb_shape book = {4, {6, 2, 3, 5}};
  assert_true(dpb_shape_equal(&w->book_shape, &book));
  for (int axis = 0; axis < 4; axis++)
    assert_int_equal(w->shape.dim[w->book[axis]], book.dim[axis]);
  assert_int_equal(w->count, 6 * 2 * 3 * 5);
  assert_int_equal(w->weight, 1);
  assert_string_equal(w->role, "W");
  assert_int_equal(layer.params[1].count, 6);
  assert_int_equal(layer.params[1].weight, 0);
  assert_int_equal(planned_layer("conv 6 k3 nobias", layer.in, 0).param_count, 1);
}

static void begins_as_its_init_says(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("conv 64 k5 he", (dpb_hwc){9, 9, 32}, 0);
  float *params = nan_floats(flat_count(&layer));
  dpb_rng rng = dpb_rng_seed(4);
  layer.ops->init(&layer, params, &rng);
  double square = 0;
  for (size_t i = 0; i < layer.params[0].count; i++) {
    const double w = (double)params[layer.params[0].offset + i];
    square += w * w;
  }
  /* fan in 5 * 5 * 32 */
  assert_near(square / (double)layer.params[0].count * 800.0, 2.0, 0.02);
  for (size_t i = 0; i < 64; i++) assert_true(params[layer.params[1].offset + i] == 0.0f);
  free(params);
}

static void text_comes_back(void **state) {
  (void)state;
  check_text("conv 30 k5", " 30 k5");
  check_text("conv 30 k5 s1 p0 d1 g1", " 30 k5");
  check_text("conv 16 p1x2 k3x5 s2 nobias std 0.01", " 16 k3x5 s2 p1x2 nobias std 0.01");
  check_text("conv 16 k3 d2x1 g4 he", " 16 k3 d2x1 g4 he");
  check_text("conv 16 k3x3 p0x1", " 16 k3 p0x1");
}

static void bad_configurations_are_named(void **state) {
  (void)state;
  const dpb_hwc in = {4, 4, 6};
  refuse_text("conv 8 k5", in, DPB_ERR_SHAPE,
              "kernel 5x5 is larger than its padded input 4x4");
  refuse_text("conv 8 k3 g4", in, DPB_ERR_SHAPE,
              "groups is 4, must divide the 6 channels");
  refuse_text("conv 8 k3 g3", in, DPB_ERR_SHAPE,
              "groups is 3, must divide the 8 filters");
  refuse_text("conv 8 k3 s0", in, DPB_ERR_SPEC, "conv: stride is 0, must be at least 1");
  refuse_text("conv 8 k3 s1x0", in, DPB_ERR_SPEC,
              "conv: stride is 0, must be at least 1");
  refuse_text("conv 8 k0", in, DPB_ERR_SPEC, "conv: kernel is 0, must be at least 1");
  refuse_text("conv 8 k3 p-1", in, DPB_ERR_SPEC, "conv: pad is -1, must be at least 0");
  refuse_text("conv 8 k3 d0", in, DPB_ERR_SPEC,
              "conv: dilation is 0, must be at least 1");
  refuse_text("conv 8 k3 g0", in, DPB_ERR_SPEC, "conv: groups is 0, must be at least 1");
  refuse_text("conv 8 k3 g2x2", in, DPB_ERR_SPEC, "conv: 'g2x2' is not understood");
  refuse_text("conv 8 k3 relu", in, DPB_ERR_SPEC, "conv: 'relu' is not understood");
  refuse_text("conv 8", in, DPB_ERR_ARG, "kernel is 0, must be at least 1");
  refuse_text("conv 0 k3", in, DPB_ERR_ARG, "filters is 0, must be at least 1");
  refuse_text("conv", in, DPB_ERR_SPEC,
              "conv: filters is missing, must be a whole number");
  refuse_text("conv 2147483647 k3", in, DPB_ERR_SIZE,
              "output 2x2x2147483647 is too large");
  refuse_text("conv 8 k3 p2147483647", in, DPB_ERR_SIZE,
              "padded input 4294967298x4294967298 is too large");
  refuse_text("conv 8 k3 p20000", in, DPB_ERR_SIZE, "output 40002x40002x8 is too large");
}

static void config_fields_are_checked(void **state) {
  (void)state;
  const dpb__layer_ops *ops = dpb__layer_find("conv", 4);
  dpb__layer_config config = {.conv2d = {.filters = 2, .kernel = 3, .stride_w = -1}};
  assert_int_equal(ops->check(&config), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "stride is -1, must be at least 1");
  config.conv2d = (dpb_conv2d_config){.filters = 2, .kernel_h = 3};
  assert_int_equal(ops->check(&config), DPB_ERR_ARG);
  assert_string_equal(dpb_error_message(), "kernel is 0, must be at least 1");
}

static void products_are_told(void **state) {
  (void)state;
  const dpb__layer layer = planned_layer("conv 30 k5", (dpb_hwc){28, 28, 2}, 1);
  dpb_layer_info info = {0};
  layer.ops->gemms(&layer, 100, &info);
  assert_int_equal(info.forward.m, 57600);
  assert_int_equal(info.forward.n, 30);
  assert_int_equal(info.forward.k, 50);
  assert_int_equal(info.weight_gradient.k, 57600);
  assert_int_equal(info.data_gradient.n, 50);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_its_reference),
      cmocka_unit_test(sweep_agrees_with_the_reference),
      cmocka_unit_test(writes_no_dx_unless_asked),
      cmocka_unit_test(parameters_are_in_the_books_order_outside),
      cmocka_unit_test(begins_as_its_init_says),
      cmocka_unit_test(text_comes_back),
      cmocka_unit_test(bad_configurations_are_named),
      cmocka_unit_test(config_fields_are_checked),
      cmocka_unit_test(products_are_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
