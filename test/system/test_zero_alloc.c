/* SPDX-License-Identifier: MIT
 *
 * After build nothing allocates: not a training step, not an evaluation, not a
 * prediction, and none of them frees anything either.
 */
#include "counted_memory.h"
#include "train_fixture.h"

enum { SAMPLES = 130, BATCH = 50, CLASSES = 10 };
static const dpb_hwc sample = {8, 8, 1};

/* More weights than one task of the shared update takes, and whole-batch products. */
static const char *const net =
    "affine 300, batchnorm, relu, affine 70, layernorm, tanh, batchnorm, affine 10";

static void must_be_nothing(memory_report seen) {
  assert_int_equal(seen.requests, 0);
  assert_int_equal(seen.releases, 0);
}

static void test_counting_counts(void **state) {
  (void)state;
  memory_count(0, false);
  dpb_model *model = fixture_model(net, sample, BATCH, 2);
  dpb_model_destroy(model);
  memory_report seen = memory_stop();
  assert_in_range(seen.requests, 6, 1000);
  assert_in_range(seen.releases, 5, 1000);
  assert_int_equal(seen.held, 0);
}

static void test_training_step(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(SAMPLES, sample, CLASSES, 1);
  dpb_batch batch;
  for (int kind = DPB_SGD; kind <= DPB_ADAMW; kind++) {
    dpb_model *model = fixture_model(net, sample, BATCH, 3);
    dpb_optimizer *optimizer = fixture_optimizer(model, (dpb_optimizer_kind)kind, 0.01f);
    memory_count(0, false); /* the very first step counts */
    for (size_t step = 0; step < 3; step++) {
      double loss;
      must(dpb_dataset_batch(data, step * 40, BATCH - (int)step, &batch));
      must(dpb_train_step(model, optimizer, &batch, &loss));
    }
    must_be_nothing(memory_stop());
    dpb_optimizer_destroy(optimizer);
    dpb_model_destroy(model);
  }
  dpb_dataset_destroy(data);
}

static void test_asking(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(SAMPLES, sample, CLASSES, 1);
  dpb_model *model = fixture_model(net, sample, BATCH, 3);
  dpb_context *context = NULL;
  must(dpb_context_create(model, 0, &context));
  static int32_t predictions[SAMPLES];
  static float outputs[BATCH * CLASSES];
  dpb_evaluation result;
  dpb_batch batch;
  double loss;

  memory_count(0, false);
  must(dpb_evaluate(model, data, &result, predictions));
  must(dpb_evaluate(model, data, &result, NULL));
  must(dpb_dataset_batch(data, 0, BATCH, &batch));
  must(dpb_model_predict(model, &batch, outputs));
  must(dpb_model_loss(model, &batch, &loss, NULL));
  must(dpb_model_gradient(model, &batch, &loss));
  must(dpb_context_predict(context, &batch, outputs));
  must_be_nothing(memory_stop());

  dpb_context_destroy(context);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

/* A failure costs no memory either. */
static void test_failing(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(SAMPLES, sample, CLASSES, 1);
  dpb_model *model = fixture_model(net, sample, BATCH, 2);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_SGD, 0.1f);
  dpb_batch batch;
  must(dpb_dataset_batch(data, 0, BATCH + 1, &batch));
  memory_count(0, false);
  dpb_status status = dpb_train_step(model, optimizer, &batch, NULL);
  must_be_nothing(memory_stop());
  assert_int_equal(status, DPB_ERR_SHAPE);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

/* Sums of gradients ask once, when they are first cleared. */
static void test_summing_and_clipping(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(SAMPLES, sample, CLASSES, 1);
  dpb_model *model = fixture_model(net, sample, BATCH, 3);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_ADAMW, 0.01f);
  must(dpb_model_set_weight_decay(model, 0.01f));
  dpb_batch batch;
  double loss;
  must(dpb_dataset_batch(data, 0, BATCH, &batch));
  memory_count(0, false);
  must(dpb_model_gradient_clear(model));
  assert_int_equal(memory_stop().requests, 1);
  memory_count(0, false);
  must(dpb_model_gradient_clear(model));
  must(dpb_model_gradient_add(model, &batch, 0.5f, &loss));
  must(dpb_model_gradient_add(model, &batch, 0.5f, &loss));
  must(dpb_clip_gradients(model, 1e-3, NULL));
  must(dpb_train_update(model, optimizer));
  must_be_nothing(memory_stop());
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

/* The trainer asks once, for the history. */
static void test_training_run(void **state) {
  (void)state;
  for (int sampling = DPB_SHUFFLE; sampling <= DPB_WITH_REPLACEMENT; sampling++) {
    dpb_dataset *data = fixture_blobs(SAMPLES, sample, CLASSES, 1);
    dpb_model *model = fixture_model(net, sample, BATCH, 2);
    dpb_optimizer *optimizer = fixture_optimizer(model, DPB_MOMENTUM, 0.01f);
    dpb_trainer *trainer = NULL;
    must(dpb_trainer_create(&(dpb_trainer_config){.model = model,
                                                  .optimizer = optimizer,
                                                  .train = data,
                                                  .test = data,
                                                  .epochs = 4,
                                                  .sampling = (dpb_sampling)sampling},
                            &trainer));
    memory_count(0, false);
    must(dpb_trainer_run(trainer));
    memory_report seen = memory_stop();
    assert_int_equal(seen.requests, 1);
    assert_int_equal(seen.releases, 0);
    dpb_trainer_destroy(trainer);
    dpb_optimizer_destroy(optimizer);
    dpb_model_destroy(model);
    dpb_dataset_destroy(data);
  }
}

/* So it does with all that it can do besides. */
static void test_everything_in_a_training_run(void **state) {
  (void)state;
  dpb_dataset *data = fixture_blobs(SAMPLES, sample, CLASSES, 1);
  dpb_model *model = fixture_model(net, sample, BATCH, 2);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_ADAMW, 0.01f);
  dpb_trainer *trainer = NULL;
  must(dpb_trainer_create(
      &(dpb_trainer_config){.model = model,
                            .optimizer = optimizer,
                            .train = data,
                            .validation = data,
                            .epochs = 4,
                            .schedule = "warmup 2, plateau 1 0.5",
                            .clip_norm = 0.5f,
                            .accumulate = 2,
                            .augment = "shift 1, rotate 5, noise 0.1, flip, erase 2",
                            .evaluate_every = 1,
                            .patience = 2},
      &trainer));
  memory_count(0, false);
  must(dpb_trainer_run(trainer));
  memory_report seen = memory_stop();
  assert_int_equal(seen.requests, 1); /* 16 rows of history are enough */
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

/* Bytes that building takes, of a net whose parameters outweigh all else; *parameters is
 * what these take. */
static size_t bytes_to_build(int inference, size_t *parameters) {
  dpb_model *model = NULL;
  const dpb_model_config config = {
      .input = {1, 1, 500}, .max_batch = 1, .threads = 1, .inference = inference};
  memory_count(0, false);
  must(dpb_model_create(&config, &model));
  must(dpb_add_text(model, "affine 2000, relu, affine 500, batchnorm, affine 10"));
  must(dpb_model_build(model));
  const memory_report seen = memory_stop();
  dpb_memory_info info;
  must(dpb_model_memory(model, &info));
  assert_true((info.gradients == 0) == (inference == 1));
  *parameters = info.parameters;
  dpb_model_destroy(model);
  return seen.bytes;
}

static void test_inference_holds_parameters_once(void **state) {
  (void)state;
  size_t parameters = 0;
  const size_t training = bytes_to_build(0, &parameters);
  const size_t inference = bytes_to_build(1, &parameters);
  assert_in_range(parameters, 8000000, 8100000);
  assert_true(training >= 2 * parameters);
  assert_in_range(inference, parameters, parameters + parameters / 20);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_counting_counts),
      cmocka_unit_test(test_inference_holds_parameters_once),
      cmocka_unit_test(test_training_step),
      cmocka_unit_test(test_asking),
      cmocka_unit_test(test_failing),
      cmocka_unit_test(test_everything_in_a_training_run),
      cmocka_unit_test(test_training_run),
      cmocka_unit_test(test_summing_and_clipping),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
