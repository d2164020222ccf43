/* SPDX-License-Identifier: MIT
 *
 * dpb_evaluate against loss, accuracy and predictions worked out here in double.
 */
#include "train_fixture.h"

enum { COUNT = 7, IN = 2, OUT = 3 };

static const float features[COUNT * IN] = {0.5f, -1.0f,  2.0f,  0.25f, -0.75f,
                                           1.5f, 0.0f,   0.0f,  1.0f,  -2.0f,
                                           3.0f, 0.125f, -1.5f, -0.5f};
static const int32_t labels[COUNT] = {0, 1, 2, 0, 0, 1, 1};
static const float weights[IN * OUT] = {0.5f, 1.0f, -0.25f, -0.5f, 0.25f, 1.5f};
static const float biases[OUT] = {0.125f, 0.0f, -0.25f};

static dpb_model *given_model(int max_batch) {
  dpb_model *model = fixture_model("affine 3", (dpb_hwc){1, 1, IN}, max_batch, 2);
  must(dpb_model_set_parameter(model, "W1", weights, IN * OUT));
  must(dpb_model_set_parameter(model, "b1", biases, OUT));
  return model;
}

static dpb_dataset *given_dataset(void) {
  dpb_dataset *dataset = NULL;
  must(dpb_dataset_from_floats(COUNT, (dpb_hwc){1, 1, IN}, features, labels, OUT,
                               &dataset));
  return dataset;
}

/* The loss of sample i; *best is its class by the model. */
static double expected_sample(int i, int *best) {
  double z[OUT];
  double total = 0;
  *best = 0;
  for (int j = 0; j < OUT; j++) {
    z[j] = (double)biases[j];
    for (int k = 0; k < IN; k++)
      z[j] += (double)features[i * IN + k] * (double)weights[k * OUT + j];
    if (z[j] > z[*best]) *best = j;
    total += exp(z[j]);
  }
  return log(total) - z[labels[i]];
}

static void test_every_sample_counts(void **state) {
  (void)state;
  int expected[COUNT];
  double loss = 0;
  size_t correct = 0;
  for (int i = 0; i < COUNT; i++) {
    loss += expected_sample(i, &expected[i]) / COUNT;
    correct += expected[i] == labels[i];
  }
  assert_in_range(correct, 1, COUNT - 1); /* else the count would prove nothing */
  dpb_dataset *dataset = given_dataset();
  for (int max_batch = 1; max_batch <= COUNT + 1; max_batch++) {
    dpb_model *model = given_model(max_batch);
    int32_t predictions[COUNT + 1];
    memset(predictions, 0x55, sizeof predictions);
    dpb_evaluation result = {0};
    must(dpb_evaluate(model, dataset, &result, predictions));
    assert_int_equal(result.total, COUNT);
    assert_int_equal(result.correct, correct);
    assert_true(fabs(result.loss - loss) < 1e-6);
    for (int i = 0; i < COUNT; i++) assert_int_equal(predictions[i], expected[i]);
    assert_int_equal(predictions[COUNT], 0x55555555);

    dpb_evaluation without = {0};
    must(dpb_evaluate(model, dataset, &without, NULL));
    assert_memory_equal(&without, &result, sizeof result);
    dpb_model_destroy(model);
  }
  dpb_dataset_destroy(dataset);
}

static void test_ties_go_to_the_lowest_class(void **state) {
  (void)state;
  dpb_model *model = given_model(4);
  const float zeros[IN * OUT] = {0};
  const float tie[OUT] = {0.0f, 1.0f, 1.0f};
  must(dpb_model_set_parameter(model, "W1", zeros, IN * OUT));
  must(dpb_model_set_parameter(model, "b1", tie, OUT));
  dpb_dataset *dataset = given_dataset();
  int32_t predictions[COUNT];
  dpb_evaluation result;
  must(dpb_evaluate(model, dataset, &result, predictions));
  for (int i = 0; i < COUNT; i++) assert_int_equal(predictions[i], 1);
  assert_int_equal(result.correct, 3);
  dpb_dataset_destroy(dataset);
  dpb_model_destroy(model);
}

static void test_mean_squared_error(void **state) {
  (void)state;
  dpb_model *model = fixture_model("affine 3, mse", (dpb_hwc){1, 1, IN}, 3, 1);
  must(dpb_model_set_parameter(model, "W1", weights, IN * OUT));
  must(dpb_model_set_parameter(model, "b1", biases, OUT));
  double loss = 0;
  for (int i = 0; i < COUNT; i++)
    for (int j = 0; j < OUT; j++) {
      double z = (double)biases[j] - (labels[i] == j);
      for (int k = 0; k < IN; k++)
        z += (double)features[i * IN + k] * (double)weights[k * OUT + j];
      loss += 0.5 * z * z / COUNT;
    }
  dpb_dataset *dataset = given_dataset();
  dpb_evaluation result;
  must(dpb_evaluate(model, dataset, &result, NULL));
  assert_true(fabs(result.loss - loss) < 1e-6 * loss);
  dpb_dataset_destroy(dataset);
  dpb_model_destroy(model);
}

static void test_shapes_that_fit(void **state) {
  (void)state;
  dpb_evaluation result;
  dpb_model *flat = fixture_model("affine 3", (dpb_hwc){1, 1, 12}, 4, 1);
  dpb_dataset *one_channel = fixture_blobs(5, (dpb_hwc){3, 4, 1}, 3, 1);
  must(dpb_evaluate(flat, one_channel, &result, NULL));
  assert_int_equal(result.total, 5);

  /* with channels the book's flat order is c, h, w: not the same vector */
  dpb_dataset *channels = fixture_blobs(5, (dpb_hwc){2, 3, 2}, 3, 1);
  result = (dpb_evaluation){.total = 99};
  must_fail(dpb_evaluate(flat, channels, &result, NULL), DPB_ERR_SHAPE,
            "2x3x2, the model's input is 1x1x12");
  assert_int_equal(result.total, 99);

  dpb_model *image = fixture_model("affine 3", (dpb_hwc){3, 4, 1}, 4, 1);
  must(dpb_evaluate(image, one_channel, &result, NULL));
  dpb_dataset *turned = fixture_blobs(5, (dpb_hwc){4, 3, 1}, 3, 1);
  must_fail(dpb_evaluate(image, turned, &result, NULL), DPB_ERR_SHAPE,
            "4x3x1, the model's input is 3x4x1");

  dpb_dataset_destroy(turned);
  dpb_dataset_destroy(channels);
  dpb_dataset_destroy(one_channel);
  dpb_model_destroy(image);
  dpb_model_destroy(flat);
}

static void test_classes_that_fit(void **state) {
  (void)state;
  dpb_evaluation result;
  dpb_model *model = fixture_model("affine 3", (dpb_hwc){1, 1, 4}, 4, 1);
  dpb_dataset *fewer = fixture_blobs(5, (dpb_hwc){1, 1, 4}, 2, 1);
  must(dpb_evaluate(model, fewer, &result, NULL));
  dpb_dataset *more = fixture_blobs(5, (dpb_hwc){1, 1, 4}, 4, 1);
  must_fail(dpb_evaluate(model, more, &result, NULL), DPB_ERR_SHAPE,
            "4 classes, the model has 3 outputs");
  dpb_dataset_destroy(more);
  dpb_dataset_destroy(fewer);
  dpb_model_destroy(model);
}

static void test_arguments(void **state) {
  (void)state;
  dpb_evaluation result;
  dpb_dataset *dataset = given_dataset();
  dpb_model *model = given_model(4);
  assert_int_equal(dpb_evaluate(NULL, dataset, &result, NULL), DPB_ERR_ARG);
  must_fail(dpb_evaluate(model, NULL, &result, NULL), DPB_ERR_ARG, "dataset is NULL");
  must_fail(dpb_evaluate(model, dataset, NULL, NULL), DPB_ERR_ARG, "result is NULL");
  dpb_model_destroy(model);

  must(dpb_model_create(&(dpb_model_config){.input = {1, 1, IN}}, &model));
  must(dpb_add_text(model, "affine 3"));
  assert_int_equal(dpb_evaluate(model, dataset, &result, NULL), DPB_ERR_STATE);
  dpb_model_destroy(model);
  dpb_dataset_destroy(dataset);
}

static void test_not_finite(void **state) {
  (void)state;
  dpb_model *model = given_model(2);
  const float large[IN * OUT] = {3e38f, 3e38f, 3e38f, 3e38f, 3e38f, 3e38f};
  must(dpb_model_set_parameter(model, "W1", large, IN * OUT));
  dpb_dataset *dataset = given_dataset();
  dpb_evaluation result = {.total = 99};
  /* 2 * 3e38 overflows, first in sample 1 */
  must_fail(dpb_evaluate(model, dataset, &result, NULL), DPB_ERR_DIVERGED,
            "samples 0 to 1: ");
  assert_int_equal(result.total, 99);
  dpb_dataset_destroy(dataset);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_sample_counts),
      cmocka_unit_test(test_ties_go_to_the_lowest_class),
      cmocka_unit_test(test_mean_squared_error),
      cmocka_unit_test(test_shapes_that_fit),
      cmocka_unit_test(test_classes_that_fit),
      cmocka_unit_test(test_arguments),
      cmocka_unit_test(test_not_finite),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
