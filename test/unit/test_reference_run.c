/* SPDX-License-Identifier: MIT
 *
 * A whole model in double: the same numbers as the fast model, from any layer on.
 */
#include "layer_fixture.h"
#include "model/reference_run.h"

enum { N = 6 };

static dpb_model *decaying(const char *text, float weight_decay) {
  dpb_model *model = NULL;
  const dpb_model_config config = {
      .input = {3, 2, 4}, .threads = 1, .seed = 5, .weight_decay = weight_decay};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, text);
  if (dpb_model_build(model) != DPB_OK) fail_msg("%s", dpb_error_message());
  return model;
}

static dpb_model *built(const char *text) {
  return decaying(text, 0.0f);
}

static dpb__reference_run *created(const dpb_model *model) {
  dpb__reference_run *run = NULL;
  if (dpb__reference_run_create(model, N, &run) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  return run;
}

static void agrees_with_the_fast_model(void **state) {
  (void)state;
  const char *const texts[] = {"relu, affine 9, tanh, affine 5, sigmoid, affine 7",
                               "affine 9 nobias, relu, affine 7, mse"};
  for (int i = 0; i < 2; i++) {
    dpb_model *model = built(texts[i]);
    dpb__reference_run *run = created(model);
    float *x = random_floats(N * 24, 1);
    const int32_t labels[N] = {0, 6, 3, 3, 2, 1};
    const dpb__truth truth = {.labels = labels};
    const double distance = dpb__reference_run_start(run, x, &truth);
    assert_true(distance > 0 && distance < 0.1); /* there are ReLUs */
    double loss = 0;
    const dpb_batch batch = {.n = N, .features = x, .labels = labels};
    assert_int_equal(dpb_model_loss(model, &batch, &loss, NULL), DPB_OK);
    uint64_t branches = 0;
    for (int layer = 0; layer < model->layer_count; layer++)
      assert_near(dpb__reference_run_loss(run, layer, &branches), loss, 1e-6);
    float outputs[N * 7];
    assert_int_equal(dpb_model_predict(model, &batch, outputs), DPB_OK);
    if (i == 1) /* plain outputs under mse */
      for (int j = 0; j < N * 7; j++)
        assert_near(outputs[j], dpb__reference_run_output(run)[j], 1e-6);
    free(x);
    dpb__reference_run_destroy(run);
    dpb_model_destroy(model);
  }
}

/* As many layers as a model has room for at first. */
#define FULL_LIST                                                                        \
  "affine 9, relu, relu, relu, relu, relu, relu, relu, relu, relu, relu, relu, relu, "   \
  "relu, relu, affine 7"

/* lambda / 2 times the squares of all weights, and of no bias. */
static void weight_decay_adds_to_the_loss(void **state) {
  (void)state;
  dpb_model *models[] = {built(FULL_LIST), decaying(FULL_LIST, 0.25f)};
  assert_int_equal(models[0]->layer_count, models[0]->layer_capacity);
  double loss[2];
  float *x = random_floats(N * 24, 1);
  const int32_t labels[N] = {0, 6, 3, 3, 2, 1};
  const dpb__truth truth = {.labels = labels};
  for (int i = 0; i < 2; i++) {
    for (size_t at = 0; at < models[i]->flat_count; at++)
      models[i]->params[at] = 0.01f * (float)(at % 7) - 0.02f;
    dpb__reference_run *run = created(models[i]);
    uint64_t branches = 0;
    dpb__reference_run_start(run, x, &truth);
    loss[i] = dpb__reference_run_loss(run, 0, &branches);
    dpb__reference_run_destroy(run);
  }
  double squares = 0;
  for (int i = 0; i < 16; i += 15) {
    const dpb__param *w = &models[1]->layers[i].params[0];
    assert_int_equal(w->count, i == 0 ? 24 * 9 : 9 * 7);
    for (size_t at = 0; at < w->count; at++) {
      const double value = (double)models[1]->params[w->offset + at];
      squares += value * value;
    }
  }
  assert_near(loss[1] - loss[0], 0.125 * squares, 1e-12);
  free(x);
  dpb_model_destroy(models[0]);
  dpb_model_destroy(models[1]);
}

static void a_loss_is_that_of_the_present_parameters(void **state) {
  (void)state;
  dpb_model *model = built("affine 9, relu, affine 7");
  dpb__reference_run *run = created(model);
  float *x = random_floats(N * 24, 1);
  const int32_t labels[N] = {0, 6, 3, 3, 2, 1};
  const dpb__truth truth = {.labels = labels};
  dpb__reference_run_start(run, x, &truth);
  uint64_t branches = 0, other = 0, again = 0;
  const double before = dpb__reference_run_loss(run, 0, &branches);
  double *w2 = dpb__reference_run_params(run) + model->layers[2].params[0].offset;
  assert_near(*w2, model->params[model->layers[2].params[0].offset], 0);
  *w2 += 0.5;
  const double moved = dpb__reference_run_loss(run, 2, &other);
  assert_true(fabs(moved - before) > 1e-6);
  assert_true(dpb__reference_run_loss(run, 0, &other) == moved);
  assert_true(other == branches); /* no ReLU behind it */
  double *b1 = dpb__reference_run_params(run) + model->layers[0].params[1].offset;
  *w2 -= 0.5;
  *b1 += 100.0;
  dpb__reference_run_loss(run, 0, &other);
  assert_true(other != branches);
  *b1 -= 100.0;
  assert_near(dpb__reference_run_loss(run, 0, &again), before, 1e-12);
  assert_true(again == branches);
  free(x);
  dpb__reference_run_destroy(run);
  dpb_model_destroy(model);
}

static void names_a_layer_without_reference(void **state) {
  (void)state;
  dpb_model *model = built("affine 9, relu, affine 7");
  dpb__layer_ops stranger = *model->layers[1].ops;
  stranger.name = "stranger";
  model->layers[1].ops = &stranger;
  dpb__reference_run *run = (dpb__reference_run *)(uintptr_t)1;
  assert_int_equal(dpb__reference_run_create(model, N, &run), DPB_ERR_UNSUPPORTED);
  assert_null(run);
  assert_message("layer 2 stranger");
  dpb__reference_run_destroy(NULL);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_the_fast_model),
      cmocka_unit_test(weight_decay_adds_to_the_loss),
      cmocka_unit_test(a_loss_is_that_of_the_present_parameters),
      cmocka_unit_test(names_a_layer_without_reference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
