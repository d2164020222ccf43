/* SPDX-License-Identifier: MIT
 *
 * ReLU carried out by its neighbours: a model with the same ReLU as a layer of its own
 * must give the same bits.
 */
#include <math.h>
#include <stdlib.h>

#include "stages_fixture.h"

#include "layer_check.h"

enum { N = 57, SIDE = 12, SAMPLE = SIDE * SIDE };

static const char *const networks[] = {
    "conv 5 k3 p1, relu, maxpool 2, affine 7, relu, affine 3",
    "conv 16 k3 p1, relu, conv 16 k3 s2, relu, maxpool 3 s2, affine 3",
    ("conv 4 k3 nobias, relu, conv 4 k3 g2, relu, affine 6 nobias, relu, dropout 0.5, "
     "affine 3, relu"),
    "conv 3 k3, relu, relu, maxpool 2, relu, sigmoid, affine 3",
    "relu, affine 8, relu, flatten, affine 8, relu, affine 3",
    "conv 20 k3 p2, relu, maxpool 14, relu, affine 3, relu, softmax",
};
enum { NETWORKS = sizeof networks / sizeof networks[0] };

static float features[N * SAMPLE];
static int32_t labels[N];

static int make_data(void **state) {
  (void)state;
  fill_random(features, N * SAMPLE, 11);
  for (int i = 0; i < N; i++) labels[i] = i % 3;
  return 0;
}

static void take_apart(dpb_model *model) {
  for (int i = 0; i < model->layer_count; i++) {
    dpb__role *role = &model->stages->roles[i];
    *role = (dpb__role){.stage = role->stage};
  }
  plan_places_anew(model);
}

static int count_in_place(const dpb_model *model) {
  int count = 0;
  for (int i = 0; i < model->layer_count; i++) count += dpb__role_of(model, i)->in_place;
  return count;
}

static void test_bits_are_those_of_separate_layers(void **state) {
  (void)state;
  static float outputs[2][N * 3];
  const dpb_batch batch = {.n = N, .features = features, .labels = labels};
  for (int net = 0; net < NETWORKS; net++) {
    double loss[2];
    const dpb_hwc input = {SIDE, SIDE, 1};
    dpb_model *model[2] = {build_model(input, networks[net], 2),
                           build_model(input, networks[net], 1)};
    assert_true(count_in_place(model[0]) > 0);
    take_apart(model[1]);
    for (int i = 0; i < 2; i++) {
      assert_int_equal(dpb_model_gradient(model[i], &batch, &loss[i]), DPB_OK);
      assert_int_equal(dpb_model_predict(model[i], &batch, outputs[i]), DPB_OK);
    }
    assert_true(loss[0] == loss[1]);
    assert_memory_equal(outputs[0], outputs[1], sizeof outputs[0]);
    for (int i = 0; i < model[0]->layer_count; i++)
      for (int p = 0; p < model[0]->layers[i].param_count; p++) {
        const dpb__param *param = &model[0]->layers[i].params[p];
        for (size_t j = param->offset; j < param->offset + param->count; j++)
          if (model[0]->grads[j] != model[1]->grads[j])
            fail_msg("'%s': gradient of %s differs", networks[net], param->name);
      }
    dpb_model_destroy(model[0]);
    dpb_model_destroy(model[1]);
  }
}

/* The number of arrays and their size go down with every layer that works in place. */
static void test_takes_less_memory(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){SIDE, SIDE, 1}, networks[0], 1);
  const size_t fused = model->workspace->arena.size;
  take_apart(model);
  const size_t relus = SIDE * SIDE * 5 * sizeof(float) * DPB__SHARD_SAMPLES;
  assert_true(fused + relus <= model->workspace->arena.size);
  dpb_model_destroy(model);
}

/* In W as well as in b, which a pooling adds in this layer's place. */
static void test_a_nan_is_seen_and_named(void **state) {
  (void)state;
  const char *const messages[] = {"layer 1 conv: its weights W1 hold 1 number of ",
                                  "layer 1 conv: its biases b1 hold 1 number of "};
  for (int i = 0; i < 2; i++) {
    double loss;
    dpb_model *model = build_model((dpb_hwc){SIDE, SIDE, 1}, networks[0], 1);
    assert_true(dpb__role_of(model, 0)->epilogue.leaves_bias);
    model->params[model->layers[0].params[i].offset] = NAN;
    const dpb_batch batch = {.n = N, .features = features, .labels = labels};
    assert_int_equal(dpb_model_gradient(model, &batch, &loss), DPB_ERR_DIVERGED);
    assert_message(messages[i]);
    dpb_model_destroy(model);
  }
}

/* A layer alone: its forward with the ReLU behind it, and its backward with the gradient
 * of the one in front, which is 0 where x is not above 0. */
static void check_layer_with_relus(const char *text, dpb_hwc in) {
  trial t = make_trial(text, in, 2);
  for (size_t i = 0; i < t.inputs; i++)
    if (t.x[i] < 0.0f) t.x[i] = 0.0f;
  run_forward(&t);
  run_backward(&t);
  float *y = malloc(t.outputs * sizeof *y), *dx = malloc(t.inputs * sizeof *dx);
  assert_true(y && dx);
  memcpy(y, t.y, t.outputs * sizeof *y);
  memcpy(dx, t.dx, t.inputs * sizeof *dx);
  const bool does_relu = (t.layer.ops->epilogues & DPB__DOES_RELU) != 0;
  assert_true((t.layer.ops->epilogues & DPB__DOES_RELU_GRADIENT) != 0);
  t.pass.epilogue = (dpb__epilogue){.relu = does_relu, .relu_gradient = true};
  run_forward(&t);
  run_backward(&t);
  for (size_t i = 0; i < t.outputs; i++)
    assert_true(t.y[i] == (does_relu && y[i] < 0.0f ? 0.0f : y[i]));
  for (size_t i = 0; i < t.inputs; i++)
    assert_true(t.dx[i] == (t.x[i] > 0.0f ? dx[i] : 0.0f));
  free(y);
  free(dx);
  drop_trial(&t);
}

static void test_layers_that_take_relus(void **state) {
  (void)state;
  check_layer_with_relus("affine 9", (dpb_hwc){3, 3, 4});
  check_layer_with_relus("affine 16 nobias", (dpb_hwc){1, 1, 5});
  check_layer_with_relus("conv 6 k3 p1", (dpb_hwc){7, 8, 3});
  check_layer_with_relus("conv 16 k3 p1", (dpb_hwc){7, 8, 16});
  check_layer_with_relus("conv 6 k3 s2 nobias", (dpb_hwc){7, 8, 6});
  check_layer_with_relus("conv 6 k3 g6", (dpb_hwc){7, 8, 6});
  check_layer_with_relus("conv 6 k1", (dpb_hwc){7, 8, 6});
  check_layer_with_relus("maxpool 2", (dpb_hwc){6, 8, 17});
  check_layer_with_relus("maxpool 2", (dpb_hwc){6, 8, 3});
  check_layer_with_relus("maxpool 3 s1 p1", (dpb_hwc){6, 8, 3});
  check_layer_with_relus("maxpool 17 s17", (dpb_hwc){17, 34, 3});
}

static void test_windows_of_zeros_have_no_gradient(void **state) {
  (void)state;
  const char *const texts[] = {"maxpool 2", "maxpool 16"};
  for (int i = 0; i < 2; i++) {
    trial t = make_trial(texts[i], (dpb_hwc){16, 16, 2}, 1);
    t.pass.epilogue.relu_gradient = true;
    memset(t.x, 0, t.inputs * sizeof *t.x);
    run_forward(&t);
    run_backward(&t);
    for (size_t j = 0; j < t.inputs; j++) assert_true(t.dx[j] == 0.0f);
    drop_trial(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_bits_are_those_of_separate_layers),
      cmocka_unit_test(test_takes_less_memory),
      cmocka_unit_test(test_a_nan_is_seen_and_named),
      cmocka_unit_test(test_layers_that_take_relus),
      cmocka_unit_test(test_windows_of_zeros_have_no_gradient),
  };
  return cmocka_run_group_tests(tests, make_data, NULL);
}
