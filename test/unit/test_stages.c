/* SPDX-License-Identifier: MIT
 *
 * Stages that samples go through a few at a time give what a whole shard gives, and need
 * less memory.
 */
#include "stages_fixture.h"

#include <stdlib.h>

enum { BATCH = 60, CLASSES = 5 };

static const dpb_hwc input = {24, 24, 2};
/* Two such stages. */
#define TWO_POOLINGS                                                                     \
  "conv 12 k3 p1, maxpool 3, conv 16 k3 p1, relu, conv 40 k3 p2, relu, maxpool 2, "      \
  "affine 5"

static const char *const nets[] = {
    "conv 30 k5, relu, maxpool 2, affine 5", TWO_POOLINGS,
    "conv 12 k3 p1 nobias, batchnorm, relu, conv 20 k3 p1, relu, maxpool 2, affine 5",
    "conv 32 k3 p1, conv 32 k3 p1 g32, relu, maxpool 2, dropout 0.5, affine 5",
    "conv 16 k3 p1, conv 20 k3 p1, maxpool 2, affine 5"};

static void fill(dpb_batch *batch, float *x, int32_t *labels) {
  fill_random(x, (size_t)BATCH * 24 * 24 * 2, 7);
  for (int i = 0; i < BATCH; i++) labels[i] = i % CLASSES;
  *batch = (dpb_batch){.n = BATCH, .features = x, .labels = labels};
}

/* All samples of a shard at a time; the model is otherwise built alike. */
static dpb_model *build_without(const char *net) {
  dpb_model *model = build_model(input, net, 1);
  for (int i = 0; i < model->layer_count; i++)
    model->stages->stages[dpb__role_of(model, i)->stage].samples = 0;
  plan_places_anew(model);
  return model;
}

static void test_same_gradients_and_predictions(void **state) {
  (void)state;
  float *x = malloc((size_t)BATCH * 24 * 24 * 2 * sizeof *x);
  int32_t labels[BATCH];
  dpb_batch batch;
  fill(&batch, x, labels);
  for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
    dpb_model *staged = build_model(input, nets[i], 2), *plain = build_without(nets[i]);
    double loss = 0, plain_loss = 0;
    float *grads, *plain_grads, y[BATCH * CLASSES], plain_y[BATCH * CLASSES];
    size_t count, plain_count;
    assert_int_equal(dpb_model_gradient(staged, &batch, &loss), DPB_OK);
    assert_int_equal(dpb_model_gradient(plain, &batch, &plain_loss), DPB_OK);
    assert_int_equal(dpb_model_flat(staged, NULL, &grads, &count), DPB_OK);
    assert_int_equal(dpb_model_flat(plain, NULL, &plain_grads, &plain_count), DPB_OK);
    assert_int_equal(count, plain_count);
    assert_true(fabs(loss - plain_loss) < 1e-6);
    check_close(grads, plain_grads, count, 1e-5);
    assert_int_equal(dpb_model_predict(staged, &batch, y), DPB_OK);
    assert_int_equal(dpb_model_predict(plain, &batch, plain_y), DPB_OK);
    check_close(y, plain_y, BATCH * CLASSES, 1e-5);
    dpb_model_destroy(staged);
    dpb_model_destroy(plain);
  }
  free(x);
}

static void test_stages_end_with_the_pooling(void **state) {
  (void)state;
  dpb_model *model = build_model(input, nets[1], 1);
  const int ends[] = {1, 1, 6, 6, 6, 6, 6};
  for (int i = 0; i < 7; i++) {
    const dpb__stage *stage = dpb__stage_of(model, i);
    assert_int_equal(stage->last, ends[i]);
    assert_in_range(stage->samples, 1, DPB__SHARD_SAMPLES / 2);
  }
  assert_int_equal(dpb__stage_of(model, 7)->samples, 0);
  for (int i = 0; i <= 8; i++)
    assert_int_equal(dpb__is_within(model, i), i == 1 || (i >= 3 && i <= 6));
  /* the pooling's input is forgotten, what a convolution looks at again is not */
  assert_true(model->workspace->activations[6].few);
  assert_false(model->workspace->activations[4].few);
  assert_true(model->workspace->deltas[4].few);
  assert_false(model->workspace->deltas[2].few);
  dpb_model_destroy(model);
}

static void test_small_images_stay_together(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){6, 6, 1}, "conv 4 k3, relu, maxpool 2", 1);
  for (int i = 0; i < 3; i++) assert_int_equal(dpb__stage_of(model, i)->samples, 0);
  dpb_model_destroy(model);
}

static void test_less_memory(void **state) {
  (void)state;
  dpb_model *staged = build_model(input, nets[0], 1), *plain = build_without(nets[0]);
  assert_true(staged->workspace->arena.size < plain->workspace->arena.size * 3 / 4);
  dpb_context *one;
  assert_int_equal(dpb_context_create(staged, 1, &one), DPB_OK);
  dpb_context_destroy(one);
  dpb_model_destroy(staged);
  dpb_model_destroy(plain);
}

/* What a micro-batch leaves behind is gone when a loss turns out not to be finite; the
 * layer is named all the same. */
static void test_divergence_names_the_convolution(void **state) {
  (void)state;
  dpb_model *model = build_model(input, nets[0], 1);
  float *x = malloc((size_t)BATCH * 24 * 24 * 2 * sizeof *x);
  int32_t labels[BATCH];
  dpb_batch batch;
  double loss;
  fill(&batch, x, labels);
  for (size_t i = 0; i < (size_t)BATCH * 24 * 24 * 2; i++) x[i] = 3e38f;
  assert_int_equal(dpb_model_gradient(model, &batch, &loss), DPB_ERR_DIVERGED);
  assert_message("layer 1 conv: its output grew beyond float32 (largest input 3e+38");
  free(x);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_same_gradients_and_predictions),
      cmocka_unit_test(test_stages_end_with_the_pooling),
      cmocka_unit_test(test_small_images_stay_together),
      cmocka_unit_test(test_less_memory),
      cmocka_unit_test(test_divergence_names_the_convolution),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
