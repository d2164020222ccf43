/* SPDX-License-Identifier: MIT
 *
 * The loss at the end of a list: added by call and by text, told back, checked, copied;
 * and its mean over a mini-batch of several shards.
 */
#include "train_fixture.h"

#include "model/model.h"

static dpb_model *begin(void) {
  dpb_model *model = NULL;
  must(dpb_model_create(&(dpb_model_config){.input = {1, 1, 4}, .threads = 2, .seed = 3},
                        &model));
  must(dpb_add_text(model, "affine 3"));
  return model;
}

static void check_text(dpb_model *model, const char *expected) {
  char text[200];
  size_t length = 0;
  must(dpb_model_text(model, text, sizeof text, &length));
  assert_string_equal(text, expected);
  assert_int_equal(length, strlen(expected));
  for (size_t capacity = 1; capacity < length; capacity++) {
    memset(text, 'x', sizeof text);
    must(dpb_model_text(model, text, capacity, &length));
    assert_int_equal(strlen(text), capacity - 1);
    assert_memory_equal(text, expected, capacity - 1);
    assert_int_equal(text[capacity], 'x');
    assert_int_equal(length, strlen(expected));
  }
}

static void texts_come_back(void **state) {
  (void)state;
  const char *const tests[][2] = {
      {"softmax", "affine 3"},
      {"mse", "affine 3, mse"},
      {"softmax smooth 0", "affine 3"},
      {"softmax smooth 0.1", "affine 3, softmax smooth 0.1"},
      {"softmax weights 1 2 0.5", "affine 3, softmax weights 1 2 0.5"},
      {"softmax  weights 1 1e-3 7 smooth .25",
       "affine 3, softmax smooth 0.25 weights 1 0.001 7"}};
  for (int i = 0; i < 6; i++) {
    dpb_model *model = begin();
    must(dpb_add_text(model, tests[i][0]));
    check_text(model, tests[i][1]);
    must(dpb_model_build(model));
    check_text(model, tests[i][1]);
    dpb_model_destroy(model);
  }
}

static void configs_are_copied(void **state) {
  (void)state;
  dpb_model *model = begin();
  float weights[] = {1, 2, 4};
  const dpb_softmax_config config = {0.5f, weights, 3};
  must(dpb_add_softmax_cross_entropy_with(model, &config));
  weights[1] = 77;
  must(dpb_model_build(model));
  check_text(model, "affine 3, softmax smooth 0.5 weights 1 2 4");
  dpb_model_destroy(model);
  model = begin();
  must(dpb_add_softmax_cross_entropy_with(model, &(dpb_softmax_config){0}));
  check_text(model, "affine 3");
  must_fail(dpb_add_softmax_cross_entropy_with(model, &config), DPB_ERR_STATE,
            "nothing comes behind the loss 'softmax'");
  dpb_model_destroy(model);
}

static void check_refused(const char *text, dpb_status status, const char *message) {
  dpb_model *model = begin();
  must_fail(dpb_add_text(model, text), status, message);
  must_fail(dpb_model_build(model), status, message);
  dpb_model_destroy(model);
}

static void bad_texts_are_refused(void **state) {
  (void)state;
  check_refused("softmax smooth", DPB_ERR_SPEC, "softmax: smoothing is missing");
  check_refused("softmax smooth 1", DPB_ERR_ARG,
                "softmax: smoothing is 1, must be at least 0 and below 1");
  check_refused("softmax smooth -0.1", DPB_ERR_ARG, "smoothing is -0.1");
  check_refused("softmax smooth 0.1 smooth 0.2", DPB_ERR_SPEC,
                "softmax: 'smooth' is not understood");
  check_refused("softmax weights", DPB_ERR_SPEC, "softmax: class weight 1 is missing");
  check_refused("softmax weights one", DPB_ERR_SPEC, "'one', must be a number");
  check_refused("softmax weights 1 2 nan", DPB_ERR_SPEC, "'nan', must be a number");
  check_refused("softmax weights 1 2 3 x", DPB_ERR_SPEC,
                "softmax: 'x' is not understood");
  check_refused("softmax weights 1 2 3 weights 1 2 3", DPB_ERR_SPEC, "'weights'");
  check_refused("softmax weights 1 0 3", DPB_ERR_ARG,
                "softmax: weight of class 1 is 0, must be above 0");
  check_refused("softmax weights 1 2 -3", DPB_ERR_ARG, "weight of class 2 is -3");
  check_refused("softmax rough", DPB_ERR_SPEC, "softmax: 'rough' is not understood");
  check_refused("mse smooth 0.1", DPB_ERR_SPEC, "mse: 'smooth' is not understood");
}

static void bad_configs_are_refused(void **state) {
  (void)state;
  const float weights[] = {1, 2, (float)NAN};
  const dpb_softmax_config bad[] = {{0.0f, weights, 0},
                                    {0.0f, NULL, 3},
                                    {0.0f, weights, 3},
                                    {0.0f, weights, -1},
                                    {(float)NAN, NULL, 0}};
  const char *const messages[] = {
      "softmax: 0 classes, class_weights given", "softmax: 3 classes, class_weights NULL",
      "weight of class 2 is nan", "-1 classes", "smoothing is nan"};
  for (int i = 0; i < 5; i++) {
    dpb_model *model = begin();
    must_fail(dpb_add_softmax_cross_entropy_with(model, &bad[i]), DPB_ERR_ARG,
              messages[i]);
    must_fail(dpb_model_build(model), DPB_ERR_ARG, messages[i]);
    dpb_model_destroy(model);
  }
  dpb_model *model = begin();
  must_fail(dpb_add_softmax_cross_entropy_with(model, NULL), DPB_ERR_ARG,
            "softmax: config is NULL");
  dpb_model_destroy(model);
  must_fail(dpb_add_softmax_cross_entropy_with(NULL, &bad[0]), DPB_ERR_ARG, "NULL");
}

static void weights_must_be_as_many_as_outputs(void **state) {
  (void)state;
  dpb_model *model = begin();
  must(dpb_add_text(model, "softmax weights 1 2 3 4"));
  must_fail(dpb_model_build(model), DPB_ERR_SHAPE,
            "softmax: 4 class weights, the network has 3 outputs");
  dpb_model_destroy(model);
}

/* 70 samples are three shards: sum w_i l_i / sum w_i over all of them, from the
 * probabilities that the model itself gives; as labels and as one-hot targets, as one
 * mini-batch and as a dataset in several. */
static void the_mean_is_over_the_whole_mini_batch(void **state) {
  (void)state;
  enum { COUNT = 70 };
  const double w[] = {1, 4, 0.25};
  dpb_dataset *data = fixture_blobs(COUNT, (dpb_hwc){1, 1, 4}, 3, 9);
  dpb_model *model =
      fixture_model("affine 3, softmax weights 1 4 0.25", (dpb_hwc){1, 1, 4}, COUNT, 2);
  dpb_model *small =
      fixture_model("affine 3, softmax weights 1 4 0.25", (dpb_hwc){1, 1, 4}, 32, 1);
  dpb_batch batch;
  static float outputs[COUNT * 3], targets[COUNT * 3];
  must(dpb_dataset_batch(data, 0, COUNT, &batch));
  must(dpb_model_predict(model, &batch, outputs));
  double sum = 0, weights = 0, loss = 0;
  for (int i = 0; i < COUNT; i++) {
    const int label = batch.labels[i];
    sum -= w[label] * log((double)outputs[3 * i + label]);
    weights += w[label];
    targets[3 * i + label] = 1.0f;
  }
  must(dpb_model_gradient(model, &batch, &loss));
  assert_true(fabs(loss - sum / weights) <= 1e-6 * loss);
  must(dpb_model_loss(model, &batch, &loss, NULL));
  assert_true(fabs(loss - sum / weights) <= 1e-6 * loss);
  dpb_evaluation result;
  must(dpb_evaluate(small, data, &result, NULL));
  assert_true(fabs(result.loss - sum / weights) <= 1e-6 * loss);
  const int32_t *labels = batch.labels;
  batch.labels = NULL;
  batch.targets = targets;
  must(dpb_model_loss(model, &batch, &loss, NULL));
  assert_true(fabs(loss - sum / weights) <= 1e-6 * loss);
  assert_non_null(labels);
  dpb_model_destroy(model);
  dpb_model_destroy(small);
  dpb_dataset_destroy(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_come_back),
      cmocka_unit_test(configs_are_copied),
      cmocka_unit_test(bad_texts_are_refused),
      cmocka_unit_test(bad_configs_are_refused),
      cmocka_unit_test(weights_must_be_as_many_as_outputs),
      cmocka_unit_test(the_mean_is_over_the_whole_mini_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
