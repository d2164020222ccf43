/* SPDX-License-Identifier: MIT */
#include "model_fixture.h"

static void test_context_gives_the_models_bits(void **state) {
  (void)state;
  enum { N = 60, IN = 12, OUT = 4 };
  float x[N * IN], by_model[N * OUT], by_context[N * OUT];
  fill_random(x, N * IN, 5);
  dpb_model *model = build_model((dpb_hwc){1, 1, IN}, "affine 9, relu, affine 4", 2);
  dpb_context *context;
  assert_int_equal(dpb_context_create(model, 0, &context), DPB_OK);
  for (int n = 1; n <= N; n += 7) {
    const dpb_batch batch = {.n = n, .features = x};
    assert_int_equal(dpb_model_predict(model, &batch, by_model), DPB_OK);
    assert_int_equal(dpb_context_predict(context, &batch, by_context), DPB_OK);
    assert_memory_equal(by_model, by_context, (size_t)n * OUT * sizeof(float));
  }
  dpb_context_destroy(context);
  dpb_model_destroy(model);
}

static void test_limits_and_mistakes(void **state) {
  (void)state;
  float x[8] = {0}, y[8];
  dpb_model *model = build_model((dpb_hwc){1, 1, 2}, "affine 2", 1);
  dpb_context *context = (dpb_context *)(uintptr_t)1;
  assert_int_equal(dpb_context_create(NULL, 1, &context), DPB_ERR_ARG);
  assert_null(context);
  assert_int_equal(dpb_context_create(model, -1, &context), DPB_ERR_ARG);
  assert_int_equal(dpb_context_create(model, 1, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_context_create(model, 2, &context), DPB_OK);
  assert_int_equal(dpb_context_predict(context, &(dpb_batch){.n = 3, .features = x}, y),
                   DPB_ERR_SHAPE);
  assert_message("max_batch 2");
  assert_int_equal(
      dpb_context_predict(context, &(dpb_batch){.n = 2, .features = x}, NULL),
      DPB_ERR_ARG);
  assert_int_equal(dpb_context_predict(NULL, &(dpb_batch){.n = 2, .features = x}, y),
                   DPB_ERR_ARG);
  assert_int_equal(dpb_context_predict(context, NULL, y), DPB_ERR_ARG);
  assert_int_equal(dpb_context_predict(context, &(dpb_batch){.n = 2, .features = x}, y),
                   DPB_OK);
  dpb_context_destroy(context);
  dpb_context_destroy(NULL);
  dpb_model_destroy(model);
}

static void test_no_context_before_build(void **state) {
  (void)state;
  dpb_model *model = list_model((dpb_hwc){1, 1, 2}, "affine 2", 1);
  dpb_context *context;
  assert_int_equal(dpb_context_create(model, 1, &context), DPB_ERR_STATE);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_context_gives_the_models_bits),
      cmocka_unit_test(test_limits_and_mistakes),
      cmocka_unit_test(test_no_context_before_build),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
