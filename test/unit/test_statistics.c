/* SPDX-License-Identifier: MIT
 *
 * Statistics of the layers of a model, against those of its reference in double.
 */
#include "train_fixture.h"

#include <deepblas/statistics.h>

#include "model/reference_run.h"
#include "model/stages.h"

static dpb_layer_statistics layer_of(const dpb_statistics *statistics, int layer) {
  dpb_layer_statistics info;
  must(dpb_statistics_layer(statistics, layer, &info));
  return info;
}

/* A hidden layer's figures are those of the last layer of the net that ends there; of the
 * whole list this is so. */
static const char *const nets[] = {
    "conv 3 k3 p1", "conv 3 k3 p1, relu", "conv 3 k3 p1, relu, affine 7",
    "conv 3 k3 p1, relu, affine 7, relu",
    "conv 3 k3 p1, relu, affine 7, relu, affine 4, sigmoid"};

static void check_against_reference(const char *text, const dpb_batch *batch) {
  dpb_model *model = fixture_model(text, (dpb_hwc){5, 4, 2}, 60, 2);
  dpb__reference_run *run = NULL;
  dpb_statistics *statistics = NULL;
  must(dpb__reference_run_create(model, batch->n, &run));
  dpb__reference_run_start(run, batch->features, &(dpb__truth){.labels = batch->labels});
  const double *y = dpb__reference_run_output(run);
  const int last = model->layer_count - 1;
  const size_t outputs = model->layers[last].out_count,
               count = outputs * (size_t)batch->n;
  double sum = 0, squares = 0, min = HUGE_VAL, max = -HUGE_VAL, zeros = 0, dead = 0;
  for (size_t i = 0; i < count; i++) {
    sum += y[i];
    squares += y[i] * y[i];
    min = fmin(min, y[i]);
    max = fmax(max, y[i]);
    zeros += y[i] == 0;
  }
  for (size_t j = 0; j < outputs; j++) {
    int alive = 0;
    for (size_t i = 0; i < (size_t)batch->n; i++) alive |= y[i * outputs + j] != 0;
    dead += !alive;
  }
  must(dpb_model_statistics(model, batch, &(dpb_statistics_config){.bins = 5},
                            &statistics));
  const dpb_layer_statistics s = layer_of(statistics, last);
  const double mean = sum / (double)count;
  assert_int_equal(s.count, count);
  assert_true(fabs(s.mean - mean) <= 1e-5);
  assert_true(fabs(s.std - sqrt(squares / (double)count - mean * mean)) <= 1e-5);
  assert_true(fabs((double)s.min - min) <= 1e-5 && fabs((double)s.max - max) <= 1e-5);
  assert_true(s.zeros == zeros / (double)count && s.dead == dead / (double)outputs);
  size_t total = 0;
  for (int i = 0; i < 5; i++) total += s.histogram[i];
  assert_int_equal(total, count);
  assert_true(s.low == s.min && s.high == s.max && s.outside == 0);
  dpb_statistics_destroy(statistics);
  dpb__reference_run_destroy(run);
  dpb_model_destroy(model);
}

static void every_layer_is_its_references(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(57, (dpb_hwc){5, 4, 2}, 4, 3);
  dpb_batch batch;
  must(dpb_dataset_batch(data, 0, 57, &batch));
  for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++)
    check_against_reference(nets[i], &batch);
  dpb_dataset_destroy(data);
}

/* In front of a fused ReLU there are numbers below 0, and behind it none; a mini-batch
 * may be larger than the model's. */
static void a_fused_relu_is_looked_at_apart(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(130, (dpb_hwc){5, 4, 2}, 4, 3);
  dpb_model *model = fixture_model(nets[3], (dpb_hwc){5, 4, 2}, 20, 2);
  assert_true(dpb__role_of(model, 1)->in_place && dpb__role_of(model, 3)->in_place);
  dpb_batch batch;
  dpb_statistics *statistics = NULL;
  must(dpb_dataset_batch(data, 0, 130, &batch));
  must(dpb_model_statistics(model, &batch, &(dpb_statistics_config){0}, &statistics));
  for (int i = 0; i < 4; i++) {
    const dpb_layer_statistics s = layer_of(statistics, i);
    assert_int_equal(s.count, 130 * model->layers[i].out_count);
    assert_true(i % 2 ? s.min == 0 && s.zeros > 0.05 : s.min < 0 && s.zeros < 0.01);
    assert_null(s.histogram);
  }
  dpb_statistics_destroy(statistics);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

/* All units of W are dead, saturated, or neither. */
static void finds_dead_and_saturated_units(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(30, (dpb_hwc){1, 1, 4}, 2, 3);
  dpb_model *model =
      fixture_model("affine 4, relu, affine 2, sigmoid", (dpb_hwc){1, 1, 4}, 30, 1);
  const float zeros[16] = {0}, b1[] = {1, -1, -2, 0}, b2[] = {9, -9};
  must(dpb_model_set_parameter(model, "W1", zeros, 16));
  must(dpb_model_set_parameter(model, "W2", zeros, 8));
  must(dpb_model_set_parameter(model, "b1", b1, 4));
  must(dpb_model_set_parameter(model, "b2", b2, 2));
  dpb_batch batch;
  dpb_statistics *statistics = NULL;
  must(dpb_dataset_batch(data, 0, 30, &batch));
  must(dpb_model_statistics(model, &batch, &(dpb_statistics_config){0}, &statistics));
  assert_true(layer_of(statistics, 1).dead == 0.75);
  assert_true(layer_of(statistics, 1).bounded == 0);
  assert_true(layer_of(statistics, 3).dead == 0);
  assert_true(layer_of(statistics, 3).saturated == 1 &&
              layer_of(statistics, 3).bounded == 1);
  dpb_statistics_destroy(statistics);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

static void training_mode_drops(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(100, (dpb_hwc){1, 1, 40}, 2, 3);
  dpb_model *model = fixture_model("dropout 0.5, affine 2", (dpb_hwc){1, 1, 40}, 50, 1);
  dpb_batch batch;
  must(dpb_dataset_batch(data, 0, 100, &batch));
  for (int train = 0; train < 2; train++) {
    dpb_statistics *statistics = NULL;
    const dpb_statistics_config config = {.train = train};
    must(dpb_model_statistics(model, &batch, &config, &statistics));
    const double zeros = layer_of(statistics, 0).zeros;
    assert_true(train ? zeros > 0.45 && zeros < 0.55 : zeros == 0);
    dpb_statistics_destroy(statistics);
  }
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

/* In training mode each feature has mean 0 and variance 1 over the whole mini-batch; the
 * running statistics, by which inference goes, stay as they are. */
static void training_mode_takes_batch_statistics(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(90, (dpb_hwc){1, 1, 6}, 3, 3);
  dpb_model *model = fixture_model("batchnorm, affine 3", (dpb_hwc){1, 1, 6}, 90, 1);
  dpb_batch batch;
  must(dpb_dataset_batch(data, 0, 90, &batch));
  for (int train = 1; train >= 0; train--) {
    dpb_statistics *statistics = NULL;
    const dpb_statistics_config config = {.train = train};
    must(dpb_model_statistics(model, &batch, &config, &statistics));
    const dpb_layer_statistics s = layer_of(statistics, 0);
    if (train)
      assert_true(fabs(s.mean) < 1e-5 && fabs(s.std - 1) < 1e-3);
    else
      assert_true(s.mean > 0.3);
    dpb_statistics_destroy(statistics);
  }
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

static void reads_rows_and_pixels(void **state) {
  (void)state;
  const uint8_t pixels[] = {0, 100, 200, 50, 10, 20};
  const uint32_t rows[] = {2, 0, 2};
  dpb_model *model = fixture_model("flatten", (dpb_hwc){1, 1, 2}, 5, 1);
  const dpb_batch batch = {.n = 3, .pixels = pixels, .scale = 0.5f, .rows = rows};
  dpb_statistics *statistics = NULL;
  must(dpb_model_statistics(model, &batch, &(dpb_statistics_config){0}, &statistics));
  const dpb_layer_statistics s = layer_of(statistics, 0);
  assert_true(s.min == 0 && s.max == 50 && fabs(s.mean - 80.0 / 6) < 1e-5);
  dpb_statistics_destroy(statistics);
  dpb_model_destroy(model);
}

static void refuse(const dpb_model *model, const dpb_batch *batch,
                   dpb_statistics_config config, dpb_status status, const char *text) {
  dpb_statistics *statistics = (dpb_statistics *)&config;
  must_fail(dpb_model_statistics(model, batch, &config, &statistics), status, text);
  assert_null(statistics);
}

static void bad_arguments_are_named(void **state) {
  (void)state;
  const float x[4] = {0};
  const dpb_batch batch = {.n = 1, .features = x};
  const dpb_statistics_config plain = {0};
  dpb_model *model = fixture_model("affine 2", (dpb_hwc){1, 1, 4}, 5, 1);
  refuse(NULL, &batch, plain, DPB_ERR_ARG, "model is NULL");
  refuse(model, NULL, plain, DPB_ERR_ARG, "batch is NULL");
  refuse(model, &(dpb_batch){.n = 0, .features = x}, plain, DPB_ERR_ARG, "0 samples");
  refuse(model, &batch, (dpb_statistics_config){.bins = -3}, DPB_ERR_ARG, "bins is -3");
  refuse(model, &batch, (dpb_statistics_config){.bins = 1000001}, DPB_ERR_ARG, "1000001");
  refuse(model, &batch, (dpb_statistics_config){.low = 1, .high = 1}, DPB_ERR_ARG,
         "low is 1 and high is 1");
  refuse(model, &batch, (dpb_statistics_config){.high = INFINITY}, DPB_ERR_ARG, "inf");
  refuse(model, &batch, (dpb_statistics_config){.low = NAN}, DPB_ERR_ARG, "nan");
  dpb_statistics *statistics = NULL;
  must_fail(dpb_model_statistics(model, &batch, NULL, &statistics), DPB_ERR_ARG,
            "config is NULL");
  must_fail(dpb_model_statistics(model, &batch, &plain, NULL), DPB_ERR_ARG,
            "statistics is NULL");
  must(dpb_model_statistics(model, &batch, &plain, &statistics));
  dpb_layer_statistics info;
  must_fail(dpb_statistics_layer(statistics, 1, &info), DPB_ERR_ARG,
            "there is no layer 1: the model has layers 0..0");
  must_fail(dpb_statistics_layer(statistics, -1, &info), DPB_ERR_ARG, "layer -1");
  must_fail(dpb_statistics_layer(statistics, 0, NULL), DPB_ERR_ARG, "info is NULL");
  must_fail(dpb_statistics_layer(NULL, 0, &info), DPB_ERR_ARG, "statistics is NULL");
  dpb_statistics_destroy(statistics);
  dpb_statistics_destroy(NULL);
  dpb_model_destroy(model);
  must(dpb_model_create(&(dpb_model_config){.input = {1, 1, 4}, .inference = 1}, &model));
  refuse(model, &batch, plain, DPB_ERR_STATE, "not built");
  must(dpb_add_text(model, "affine 2"));
  must(dpb_model_build(model));
  refuse(model, &batch, (dpb_statistics_config){.train = 1}, DPB_ERR_STATE,
         "built for inference");
  must(dpb_model_statistics(model, &batch, &plain, &statistics));
  dpb_statistics_destroy(statistics);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_layer_is_its_references),
      cmocka_unit_test(a_fused_relu_is_looked_at_apart),
      cmocka_unit_test(finds_dead_and_saturated_units),
      cmocka_unit_test(training_mode_drops),
      cmocka_unit_test(training_mode_takes_batch_statistics),
      cmocka_unit_test(reads_rows_and_pixels),
      cmocka_unit_test(bad_arguments_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
