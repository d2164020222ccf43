/* SPDX-License-Identifier: MIT
 *
 * A training step is the gradient and then one step of the optimiser, whoever does it.
 */
#include "train_fixture.h"

enum { BATCH = 20 };
static const dpb_hwc input = {1, 1, 60};

/* 60 * 700 + 700 * 4 weights: three ranges of the shared update, the last one short. */
static const char *const wide = "affine 700, relu, affine 4";

typedef struct fixture {
  dpb_dataset *dataset;
  dpb_batch batch;
} fixture;

static int set_up(void **state) {
  static fixture it;
  it.dataset = fixture_blobs(BATCH, input, 4, 3);
  must(dpb_dataset_batch(it.dataset, 0, BATCH, &it.batch));
  *state = &it;
  return 0;
}

static int tear_down(void **state) {
  dpb_dataset_destroy(((fixture *)*state)->dataset);
  return 0;
}

static void test_is_gradient_and_update(void **state) {
  const fixture *it = *state;
  for (int kind = DPB_SGD; kind <= DPB_ADAM; kind++) {
    dpb_model *shared = fixture_model(wide, input, BATCH, 3);
    dpb_model *serial = fixture_model(wide, input, BATCH, 1);
    dpb_optimizer *first = fixture_optimizer(shared, (dpb_optimizer_kind)kind, 0.01f);
    dpb_optimizer *second = fixture_optimizer(serial, (dpb_optimizer_kind)kind, 0.01f);
    float *parameters = NULL;
    float *gradients = NULL;
    size_t count = 0;
    must(dpb_model_flat(serial, &parameters, &gradients, &count));
    assert_true(count > 2 * 16384);
    for (int step = 0; step < 3; step++) {
      double loss = 0;
      double expected = 0;
      must(dpb_train_step(shared, first, &it->batch, &loss));
      must(dpb_model_gradient(serial, &it->batch, &expected));
      must(dpb_optimizer_step(second, count, parameters, gradients));
      assert_true(loss == expected);
      assert_same_parameters(shared, serial);
    }
    dpb_optimizer_destroy(first);
    dpb_optimizer_destroy(second);
    dpb_model_destroy(shared);
    dpb_model_destroy(serial);
  }
}

/* w -= shrink w */
static void shrink_weights(dpb_model *model, float shrink) {
  for (int i = 0; i < dpb_model_parameter_count(model); i++) {
    dpb_parameter_info info;
    must(dpb_model_parameter(model, i, &info));
    if (!info.weight) continue;
    float *values = malloc(info.count * sizeof *values);
    assert_non_null(values);
    must(dpb_model_get_parameter(model, info.name, values, info.count));
    for (size_t j = 0; j < info.count; j++) {
      const float product = shrink * values[j];
      values[j] -= product;
    }
    must(dpb_model_set_parameter(model, info.name, values, info.count));
    free(values);
  }
}

/* Decoupled decay is for weights: the same as a step without it on p - lr decay p. */
static void test_decay_is_for_weights(void **state) {
  const fixture *it = *state;
  const float lr = 0.01f, decay = 0.5f;
  for (int kind = DPB_SGD; kind <= DPB_ADAMW; kind++) {
    dpb_model *model = fixture_model(wide, input, BATCH, 3);
    dpb_model *other = fixture_model(wide, input, BATCH, 1);
    float *parameters = NULL, *gradients = NULL;
    size_t count = 0;
    must(dpb_model_flat(other, &parameters, &gradients, &count));
    const float bias = 0.25f; /* biases that are not 0 */
    static float biases[700];
    for (int i = 0; i < 700; i++) biases[i] = bias;
    must(dpb_model_set_parameter(model, "b1", biases, 700));
    must(dpb_model_set_parameter(other, "b1", biases, 700));
    dpb_optimizer *decaying = NULL, *plain = NULL;
    const dpb_optimizer_config config = {
        .kind = (dpb_optimizer_kind)kind, .lr = lr, .weight_decay = decay};
    const dpb_optimizer_kind base = kind == DPB_ADAMW ? DPB_ADAM : config.kind;
    must(dpb_optimizer_create(&config, count, &decaying));
    must(dpb_optimizer_create(&(dpb_optimizer_config){.kind = base, .lr = lr}, count,
                              &plain));
    for (int step = 0; step < 2; step++) {
      double loss = 0;
      must(dpb_train_step(model, decaying, &it->batch, NULL));
      must(dpb_model_gradient(other, &it->batch, &loss));
      shrink_weights(other, lr * decay);
      must(dpb_train_update(other, plain));
      assert_same_parameters(model, other);
    }
    dpb_optimizer_destroy(decaying);
    dpb_optimizer_destroy(plain);
    dpb_model_destroy(model);
    dpb_model_destroy(other);
  }
}

static void test_changes_every_parameter(void **state) {
  const fixture *it = *state;
  /* tanh: no unit is dead, so that no gradient is zero */
  dpb_model *model = fixture_model("affine 700, tanh, affine 4", input, BATCH, 2);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_ADAM, 0.01f);
  size_t names = (size_t)dpb_model_parameter_count(model);
  assert_int_equal(names, 4);
  for (size_t i = 0; i < names; i++) {
    dpb_parameter_info info;
    must(dpb_model_parameter(model, (int)i, &info));
    float *before = malloc(info.count * sizeof *before);
    float *after = malloc(info.count * sizeof *after);
    assert_non_null(before);
    assert_non_null(after);
    must(dpb_model_get_parameter(model, info.name, before, info.count));
    must(dpb_train_step(model, optimizer, &it->batch, NULL));
    must(dpb_model_get_parameter(model, info.name, after, info.count));
    for (size_t j = 0; j < info.count; j++) assert_true(before[j] != after[j]);
    free(before);
    free(after);
  }
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
}

static void test_loss_is_before_the_update(void **state) {
  const fixture *it = *state;
  dpb_model *model = fixture_model("affine 4", input, BATCH, 1);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_SGD, 0.1f);
  double before = 0;
  double after = 0;
  double loss = 0;
  must(dpb_model_loss(model, &it->batch, &before, NULL));
  must(dpb_train_step(model, optimizer, &it->batch, &loss));
  must(dpb_model_loss(model, &it->batch, &after, NULL));
  assert_true(fabs(loss - before) < 1e-6);
  assert_true(after < before - 1e-3);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
}

static void test_optimizer_of_another_size(void **state) {
  const fixture *it = *state;
  dpb_model *model = fixture_model("affine 4", input, BATCH, 1);
  size_t count = 0;
  float *before = fixture_copy(model, &count);
  dpb_optimizer *optimizer = NULL;
  must(dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_SGD}, count - 1,
                            &optimizer));
  char both[80];
  snprintf(both, sizeof both, "%zu parameters, the model's flat count is %zu", count - 1,
           count);
  double loss = 7;
  must_fail(dpb_train_step(model, optimizer, &it->batch, &loss), DPB_ERR_SHAPE, both);
  assert_true(loss == 7);
  float *parameters = NULL;
  fixture_flat(model, &parameters);
  must_fail(dpb_train_update(model, optimizer), DPB_ERR_SHAPE, both);
  assert_memory_equal(parameters, before, count * sizeof *before);
  free(before);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
}

/* A step that fails leaves parameters and optimiser alone: the next good step does what
 * it would have done without it (Adam counts its steps, Momentum remembers them). */
static void check_failing_step(const dpb_batch *bad, const dpb_batch *good,
                               dpb_status expected) {
  static const dpb_optimizer_kind kinds[] = {DPB_MOMENTUM, DPB_ADAM};
  for (size_t i = 0; i < 2; i++) {
    dpb_model *model = fixture_model("affine 9, relu, affine 4", input, BATCH, 2);
    dpb_model *twin = fixture_model("affine 9, relu, affine 4", input, BATCH, 2);
    dpb_optimizer *optimizer = fixture_optimizer(model, kinds[i], 0.01f);
    dpb_optimizer *other = fixture_optimizer(twin, kinds[i], 0.01f);
    must(dpb_train_step(model, optimizer, good, NULL));
    must(dpb_train_step(twin, other, good, NULL));
    double loss = 7;
    assert_int_equal(dpb_train_step(model, optimizer, bad, &loss), expected);
    assert_true(loss == 7);
    assert_same_parameters(model, twin);
    must(dpb_train_step(model, optimizer, good, NULL));
    must(dpb_train_step(twin, other, good, NULL));
    assert_same_parameters(model, twin);
    dpb_optimizer_destroy(optimizer);
    dpb_optimizer_destroy(other);
    dpb_model_destroy(model);
    dpb_model_destroy(twin);
  }
}

static void test_diverged_step_changes_nothing(void **state) {
  const fixture *it = *state;
  static float large[BATCH * 60];
  for (size_t i = 0; i < BATCH * 60; i++) large[i] = i % 2 ? 3e38f : -3e38f;
  dpb_batch bad = it->batch;
  bad.features = large;
  check_failing_step(&bad, &it->batch, DPB_ERR_DIVERGED);
}

static void test_bad_label_changes_nothing(void **state) {
  const fixture *it = *state;
  int32_t labels[BATCH];
  memcpy(labels, it->batch.labels, sizeof labels);
  labels[BATCH - 1] = 4;
  dpb_batch bad = it->batch;
  bad.labels = labels;
  check_failing_step(&bad, &it->batch, DPB_ERR_DATA);
}

static void test_arguments(void **state) {
  const fixture *it = *state;
  dpb_model *model = fixture_model("affine 4", input, BATCH, 1);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_SGD, 0.1f);
  assert_int_equal(dpb_train_step(NULL, optimizer, &it->batch, NULL), DPB_ERR_ARG);
  must_fail(dpb_train_step(model, NULL, &it->batch, NULL), DPB_ERR_ARG,
            "dpb_train_step: optimizer is NULL");
  assert_int_equal(dpb_train_update(NULL, optimizer), DPB_ERR_ARG);
  must_fail(dpb_train_update(model, NULL), DPB_ERR_ARG,
            "dpb_train_update: optimizer is NULL");
  assert_int_equal(dpb_train_step(model, optimizer, NULL, NULL), DPB_ERR_ARG);
  dpb_model_destroy(model);

  must(dpb_model_create(
      &(dpb_model_config){.input = input, .max_batch = BATCH, .inference = 1}, &model));
  must(dpb_add_text(model, "affine 4"));
  must(dpb_model_build(model));
  assert_int_equal(dpb_train_step(model, optimizer, &it->batch, NULL), DPB_ERR_STATE);
  assert_int_equal(dpb_train_update(model, optimizer), DPB_ERR_STATE);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_is_gradient_and_update),
      cmocka_unit_test(test_decay_is_for_weights),
      cmocka_unit_test(test_changes_every_parameter),
      cmocka_unit_test(test_loss_is_before_the_update),
      cmocka_unit_test(test_optimizer_of_another_size),
      cmocka_unit_test(test_diverged_step_changes_nothing),
      cmocka_unit_test(test_bad_label_changes_nothing),
      cmocka_unit_test(test_arguments),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
