/* SPDX-License-Identifier: MIT */
#include "model_fixture.h"

static void test_first_failure_of_the_list_is_reported(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "affine 5", 1);
  assert_int_equal(dpb_add_affine(model, &(dpb_affine_config){.out = -1}), DPB_ERR_ARG);
  assert_message("layer 2 affine");
  assert_message("-1");
  assert_int_equal(dpb_add_relu(model), DPB_ERR_ARG);
  assert_int_equal(dpb_add_affine(model, &(dpb_affine_config){.out = -7}), DPB_ERR_ARG);
  assert_int_equal(dpb_model_build(model), DPB_ERR_ARG);
  assert_message("layer 2 affine");
  assert_message("-1");
  dpb_model_destroy(model);
}

static void test_missing_config_is_a_failure_of_the_list(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "affine 5", 1);
  assert_int_equal(dpb_add_affine(model, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_model_build(model), DPB_ERR_ARG);
  assert_message("config is NULL");
  dpb_model_destroy(model);
}

static void test_null_model(void **state) {
  (void)state;
  assert_int_equal(dpb_add_relu(NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_add_affine(NULL, &(dpb_affine_config){.out = 1}), DPB_ERR_ARG);
  assert_int_equal(dpb_add_affine(NULL, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_add_text(NULL, "relu"), DPB_ERR_ARG);
  assert_int_equal(dpb_add_mean_squared_error(NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_add_network(NULL, "two_layer"), DPB_ERR_ARG);
  assert_int_equal(dpb_model_build(NULL), DPB_ERR_ARG);
}

static void test_nothing_behind_the_loss(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "affine 5, mse", 1);
  assert_int_equal(dpb_add_relu(model), DPB_ERR_STATE);
  assert_message("mse");
  assert_int_equal(dpb_model_build(model), DPB_ERR_STATE);
  dpb_model_destroy(model);
}

static void test_nothing_after_build(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 4}, "affine 5", 1);
  assert_int_equal(dpb_add_relu(model), DPB_ERR_STATE);
  assert_int_equal(dpb_model_build(model), DPB_ERR_STATE);
  assert_int_equal(dpb_model_layer_count(model), 1);
  dpb_model_destroy(model);
}

static void test_an_empty_network_is_refused(void **state) {
  (void)state;
  dpb_model *model;
  assert_int_equal(dpb_model_create(&(dpb_model_config){.input = {1, 1, 4}}, &model),
                   DPB_OK);
  assert_int_equal(dpb_model_build(model), DPB_ERR_SHAPE);
  assert_message("no layers");
  dpb_model_destroy(model);
}

static void test_the_list_grows(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 4}, "affine 2", 1);
  for (int i = 0; i < 40; i++) assert_int_equal(dpb_add_tanh(model), DPB_OK);
  assert_int_equal(dpb_add_sigmoid(model), DPB_OK);
  assert_int_equal(dpb_add_softmax_cross_entropy(model), DPB_OK);
  assert_int_equal(dpb_model_build(model), DPB_OK);
  dpb_layer_info info;
  assert_int_equal(dpb_model_layer_count(model), 42);
  assert_int_equal(dpb_model_layer(model, 0, 1, &info), DPB_OK);
  assert_string_equal(info.name, "affine");
  assert_int_equal(dpb_model_layer(model, 40, 1, &info), DPB_OK);
  assert_string_equal(info.name, "tanh");
  assert_int_equal(dpb_model_layer(model, 41, 1, &info), DPB_OK);
  assert_string_equal(info.name, "sigmoid");
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_first_failure_of_the_list_is_reported),
      cmocka_unit_test(test_missing_config_is_a_failure_of_the_list),
      cmocka_unit_test(test_null_model),
      cmocka_unit_test(test_nothing_behind_the_loss),
      cmocka_unit_test(test_nothing_after_build),
      cmocka_unit_test(test_an_empty_network_is_refused),
      cmocka_unit_test(test_the_list_grows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
