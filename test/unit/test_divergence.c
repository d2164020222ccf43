/* SPDX-License-Identifier: MIT
 *
 * What is said of a loss that is not finite: layer and tensor.
 */
#include "train_fixture.h"

#include "model/divergence.h"
#include "model/model.h"

static const dpb_hwc plain = {1, 1, 3};
static const float numbers[] = {1, -2, 4, 0.5f, 1, 3};
static const int32_t labels[] = {0, 1};

static dpb_model *make(void) {
  return fixture_model("affine 4, relu, affine 5, relu, affine 2", plain, 2, 1);
}

static float *tensor(dpb_model *model, const char *name) {
  const dpb__param *param = dpb__model_find(model, name);
  assert_non_null(param);
  return model->params + param->offset;
}

/* In training and in measuring. */
static void diverges(dpb_model *model, const float *features, const char *training,
                     const char *measuring) {
  const dpb_batch batch = {.n = 2, .features = features, .labels = labels};
  size_t count = 0;
  float *before = fixture_copy(model, &count);
  double loss = 0;
  must_fail(dpb_model_gradient(model, &batch, &loss), DPB_ERR_DIVERGED, training);
  float *after = fixture_copy(model, &count);
  assert_memory_equal(before, after, count * sizeof *after);
  free(before);
  free(after);
  if (!measuring) return;
  dpb_dataset *dataset = NULL;
  must(dpb_dataset_from_floats(2, plain, numbers, labels, 2, &dataset));
  dpb_evaluation result;
  must_fail(dpb_evaluate(model, dataset, &result, NULL), DPB_ERR_DIVERGED, measuring);
  dpb_dataset_destroy(dataset);
}

static void test_weights(void **state) {
  (void)state;
  dpb_model *model = make();
  tensor(model, "W2")[3] = NAN;
  tensor(model, "W2")[5] = INFINITY;
  diverges(model, numbers,
           "layer 3 affine: its weights W2 hold 2 numbers of 20 that are not finite",
           "layer 3 affine: its weights W2 hold 2 numbers of 20");
  dpb_model_destroy(model);
}

static void test_biases(void **state) {
  (void)state;
  dpb_model *model = make();
  tensor(model, "b3")[1] = NAN;
  diverges(model, numbers,
           "the loss is nan: layer 5 affine: its biases b3 hold 1 number of 2 that",
           "layer 5 affine: its biases b3 hold 1 number of 2 that");
  dpb_model_destroy(model);
}

static void test_input(void **state) {
  (void)state;
  const float bad[] = {1, NAN, 4, 0.5f, 1, 3};
  dpb_model *model = make();
  diverges(model, bad, "layer 1 affine: its input holds numbers that are not finite",
           NULL);
  dpb_model_destroy(model);
}

static void test_overflow(void **state) {
  (void)state;
  dpb_model *model = make();
  for (int i = 0; i < 20; i++) tensor(model, "W2")[i] = 3e38f;
  for (int i = 0; i < 4; i++) tensor(model, "b1")[i] = 200.0f;
  diverges(model, numbers,
           "layer 3 affine: its output grew beyond float32 (largest input 2",
           "largest parameter 3e+38)");
  dpb_model_destroy(model);
}

/* A loss that is not finite though everything that is known of is. */
static void test_nothing_to_blame(void **state) {
  (void)state;
  dpb_model *model = make();
  must_fail(dpb__fail_diverged(model, (double)INFINITY, -1, 0.0f), DPB_ERR_DIVERGED,
            "the loss is infinite, and all parameters are finite");
  must_fail(dpb__fail_diverged(model, (double)-NAN, 1, 1e30f), DPB_ERR_DIVERGED,
            "the loss is nan: layer 2 relu: its output grew beyond float32 (largest "
            "input 1e+30)");
  dpb_model_destroy(model);
}

static void test_largest_magnitude(void **state) {
  (void)state;
  const float bad[] = {1, INFINITY};
  assert_true(dpb__largest_magnitude(6, numbers) == 4.0f);
  assert_true(dpb__largest_magnitude(2, numbers) == 2.0f);
  assert_true(dpb__largest_magnitude(0, numbers) == 0.0f);
  assert_true(isnan(dpb__largest_magnitude(2, bad)));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_weights),
      cmocka_unit_test(test_biases),
      cmocka_unit_test(test_input),
      cmocka_unit_test(test_overflow),
      cmocka_unit_test(test_nothing_to_blame),
      cmocka_unit_test(test_largest_magnitude),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
