/* SPDX-License-Identifier: MIT */
#include "model_fixture.h"

#include "model/stages.h"

static void test_offsets_are_aligned_and_apart(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 5}, "affine 3, affine 7, affine 2", 1);
  size_t end = 0, own = 0;
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++) {
      const dpb__param *param = &model->layers[i].params[j];
      assert_int_equal(param->offset % 16, 0);
      assert_true(param->offset >= end);
      end = param->offset + param->count;
      own += param->count;
    }
  assert_true(model->flat_count >= end);
  assert_int_equal(model->own_count, own);
  assert_int_equal(own, 5 * 3 + 3 + 3 * 7 + 7 + 7 * 2 + 2);
  dpb_model_destroy(model);
}

static void test_auto_initialisation_looks_at_the_next_layer(void **state) {
  (void)state;
  dpb_model *model =
      build_model((dpb_hwc){1, 1, 5}, "affine 3, relu, affine 7, tanh, affine 2", 1);
  assert_int_equal(model->layers[0].init.kind, DPB_INIT_HE);
  assert_int_equal(model->layers[2].init.kind, DPB_INIT_XAVIER);
  assert_int_equal(model->layers[4].init.kind, DPB_INIT_XAVIER);
  dpb_model_destroy(model);
}

/* Which layers do a ReLU besides their own work, and which ReLUs are done so. */
static void test_relus_are_given_to_their_neighbours(void **state) {
  (void)state;
  dpb_model *model = build_model(
      (dpb_hwc){8, 8, 1},
      "relu, conv 3 k3, relu, maxpool 2, relu, affine 4, relu, relu, tanh, affine 2", 1);
  const char *behind = ".x...x....", *in_place = "..x...x...", *in_front = "...x......";
  for (int i = 0; i < model->layer_count; i++) {
    const dpb__role *role = dpb__role_of(model, i);
    const bool left_to_pooling = role->epilogue.leaves_bias;
    assert_int_equal(role->epilogue.relu || left_to_pooling, behind[i] == 'x');
    assert_int_equal(role->in_place, in_place[i] == 'x');
    assert_int_equal(role->epilogue.relu_gradient, in_front[i] == 'x');
    assert_int_equal(role->idle, i + 1 < model->layer_count && in_front[i + 1] == 'x');
  }
  dpb_model_destroy(model);
}

static void test_model_init_overrides_auto(void **state) {
  (void)state;
  dpb_model *model;
  const dpb_model_config config = {.input = {1, 1, 5},
                                   .init = {.kind = DPB_INIT_STD, .std = 0.5f}};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, "affine 3, relu, affine 2 he");
  assert_int_equal(dpb_model_build(model), DPB_OK);
  assert_int_equal(model->layers[0].init.kind, DPB_INIT_STD);
  assert_float_equal(model->layers[0].init.std, 0.5, 0);
  assert_int_equal(model->layers[2].init.kind, DPB_INIT_HE);
  dpb_model_destroy(model);
}

static void refuse(dpb_hwc input, int max_batch, const char *text, dpb_status expected) {
  dpb_model *model;
  const dpb_model_config config = {.input = input, .max_batch = max_batch, .threads = 1};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, text);
  const dpb_status status = dpb_model_build(model);
  if (status != expected)
    fail_msg("'%s': %s (%s)", text, dpb_status_name(status), dpb_error_message());
  assert_true(strlen(dpb_error_message()) > 0);
  assert_int_equal(dpb_model_build(model), expected); /* and stays so */
  dpb_model_destroy(model);
}

static void test_sizes_that_overflow(void **state) {
  (void)state;
  refuse((dpb_hwc){65536, 65536, 1}, 1, "affine 2", DPB_ERR_SIZE);
  refuse((dpb_hwc){2147483647, 2147483647, 2147483647}, 1, "affine 2", DPB_ERR_SIZE);
  refuse((dpb_hwc){1, 1, 2147483647}, 1, "affine 2147483647, affine 2147483647",
         DPB_ERR_SIZE);
}

static void test_memory_that_cannot_be_had(void **state) {
  (void)state;
  /* 2^31 * 2^27 floats: fits a size_t, and no machine */
  refuse((dpb_hwc){1, 1, 2147483647}, 1, "affine 134217728", DPB_ERR_MEMORY);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_offsets_are_aligned_and_apart),
      cmocka_unit_test(test_auto_initialisation_looks_at_the_next_layer),
      cmocka_unit_test(test_relus_are_given_to_their_neighbours),
      cmocka_unit_test(test_model_init_overrides_auto),
      cmocka_unit_test(test_sizes_that_overflow),
      cmocka_unit_test(test_memory_that_cannot_be_had),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
