/* SPDX-License-Identifier: MIT */
#include "model_fixture.h"

static dpb_status create(dpb_model_config config) {
  dpb_model *model = (dpb_model *)(uintptr_t)1;
  dpb_status status = dpb_model_create(&config, &model);
  if (status != DPB_OK) assert_null(model);
  dpb_model_destroy(model);
  return status;
}

static void test_create_checks_every_field(void **state) {
  (void)state;
  assert_int_equal(create((dpb_model_config){.input = {28, 0, 1}}), DPB_ERR_ARG);
  assert_message("28x0x1");
  assert_int_equal(create((dpb_model_config){.input = {1, 1, 4}, .max_batch = -2}),
                   DPB_ERR_ARG);
  assert_message("max_batch is -2");
  assert_int_equal(create((dpb_model_config){.input = {1, 1, 4}, .threads = -1}),
                   DPB_ERR_ARG);
  assert_message("threads is -1");
  assert_int_equal(create((dpb_model_config){.input = {1, 1, 4}, .threads = 257}),
                   DPB_ERR_ARG);
  assert_int_equal(
      create((dpb_model_config){.input = {1, 1, 4}, .init = {(dpb_init_kind)9, 0, 0}}),
      DPB_ERR_ARG);
  assert_message("init kind is 9, must be 0 to 8");
  assert_int_equal(
      create((dpb_model_config){.input = {1, 1, 4}, .init = {DPB_INIT_STD, 0, 0}}),
      DPB_ERR_ARG);
  assert_message("std is 0");
  assert_int_equal(
      create((dpb_model_config){.input = {1, 1, 4}, .init = {DPB_INIT_UNIFORM, 1, -1}}),
      DPB_ERR_ARG);
  assert_message("uniform range is -1");
  assert_int_equal(create((dpb_model_config){.input = {1, 1, 4}}), DPB_OK);
}

static void test_create_refuses_null(void **state) {
  (void)state;
  dpb_model *model = (dpb_model *)(uintptr_t)1;
  assert_int_equal(dpb_model_create(NULL, &model), DPB_ERR_ARG);
  assert_null(model);
  assert_int_equal(dpb_model_create(&(dpb_model_config){.input = {1, 1, 1}}, NULL),
                   DPB_ERR_ARG);
  dpb_model_destroy(NULL);
}

static void test_defaults(void **state) {
  (void)state;
  dpb_model *model;
  assert_int_equal(dpb_model_create(&(dpb_model_config){.input = {1, 1, 4}}, &model),
                   DPB_OK);
  assert_int_equal(dpb_model_max_batch(model), 100);
  assert_int_equal(dpb_model_threads(model), dpb_default_threads());
  dpb_model_destroy(model);
}

static void test_nothing_is_told_before_build(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "affine 3", 1);
  dpb_layer_info info;
  dpb_memory_info memory;
  assert_int_equal(dpb_model_input(model).c, 0);
  assert_int_equal(dpb_model_output(model).c, 0);
  assert_int_equal(dpb_model_parameter_count(model), 0);
  assert_int_equal(dpb_model_layer(model, 0, 1, &info), DPB_ERR_STATE);
  assert_int_equal(dpb_model_memory(model, &memory), DPB_ERR_STATE);
  assert_message("not built");
  dpb_model_destroy(model);
}

static void test_shapes(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){4, 5, 3}, "affine 7, relu, affine 2", 1);
  assert_int_equal(dpb_model_layer_count(model), 3);
  assert_int_equal(dpb_model_input(model).h, 4);
  assert_int_equal(dpb_model_input(model).w, 5);
  assert_int_equal(dpb_model_input(model).c, 3);
  assert_int_equal(dpb_model_output(model).h, 1);
  assert_int_equal(dpb_model_output(model).w, 1);
  assert_int_equal(dpb_model_output(model).c, 2);
  dpb_model_destroy(model);
}

static void test_layer_info(void **state) {
  (void)state;
  dpb_model *model =
      build_model((dpb_hwc){4, 5, 3}, "affine 7 std 0.01, relu, affine 2", 1);
  dpb_layer_info info;
  assert_int_equal(dpb_model_layer(model, 0, 100, &info), DPB_OK);
  assert_string_equal(info.name, "affine");
  assert_string_equal(info.text, "affine 7 std 0.01");
  assert_int_equal(info.parameters, 60 * 7 + 7);
  assert_int_equal(info.forward.m, 100);
  assert_int_equal(info.forward.n, 7);
  assert_int_equal(info.forward.k, 60);
  assert_int_equal(info.data_gradient.m, 0);
  assert_int_equal(info.weight_gradient.m, 60);
  assert_int_equal(info.weight_gradient.n, 7);
  assert_int_equal(info.weight_gradient.k, 100);
  assert_int_equal(dpb_model_layer(model, 2, 100, &info), DPB_OK);
  assert_int_equal(info.data_gradient.m, 100);
  assert_int_equal(info.data_gradient.n, 7);
  assert_int_equal(info.data_gradient.k, 2);
  assert_int_equal(dpb_model_layer(model, 1, 100, &info), DPB_OK);
  assert_int_equal(info.parameters, 0);
  assert_int_equal(info.forward.m, 0);
  assert_int_equal(dpb_model_layer(model, 3, 100, &info), DPB_ERR_ARG);
  assert_message("no layer 3");
  assert_int_equal(dpb_model_layer(model, -1, 100, &info), DPB_ERR_ARG);
  assert_int_equal(dpb_model_layer(model, 0, 0, &info), DPB_ERR_ARG);
  dpb_model_destroy(model);
}

static void test_memory(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 16}, "affine 16 nobias", 1);
  dpb_memory_info info;
  assert_int_equal(dpb_model_memory(model, &info), DPB_OK);
  assert_int_equal(info.parameters, 16 * 16 * sizeof(float));
  assert_int_equal(info.gradients, info.parameters);
  assert_true(info.activations > 0);
  dpb_model_destroy(model);
}

static void test_inference_holds_no_gradients(void **state) {
  (void)state;
  dpb_model *model;
  const dpb_model_config config = {.input = {1, 1, 4}, .inference = 1};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, "affine 3");
  assert_int_equal(dpb_model_build(model), DPB_OK);
  dpb_memory_info info;
  assert_int_equal(dpb_model_memory(model, &info), DPB_OK);
  assert_int_equal(info.gradients, 0);
  float x[4] = {1, 2, 3, 4}, w[12];
  int32_t label = 1;
  double loss;
  const dpb_batch batch = {.n = 1, .features = x, .labels = &label};
  assert_int_equal(dpb_model_gradient(model, &batch, &loss), DPB_ERR_STATE);
  assert_message("inference");
  assert_int_equal(dpb_model_get_gradient(model, "W1", w, 12), DPB_ERR_STATE);
  assert_int_equal(dpb_model_loss(model, &batch, &loss, NULL), DPB_OK);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_create_checks_every_field),
      cmocka_unit_test(test_create_refuses_null),
      cmocka_unit_test(test_defaults),
      cmocka_unit_test(test_nothing_is_told_before_build),
      cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_layer_info),
      cmocka_unit_test(test_memory),
      cmocka_unit_test(test_inference_holds_no_gradients),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
