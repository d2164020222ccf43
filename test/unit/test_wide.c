/* SPDX-License-Identifier: MIT
 *
 * Layers whose products are made over the whole mini-batch, by tasks: they give what they
 * give shard by shard, the same bits on any number of threads, wherever they stand.
 */
#include "stages_fixture.h"

#include <math.h>

enum { BATCH = 60, SAMPLE = 8 * 8 * 8, CLASSES = 10 };

static const dpb_hwc input = {8, 8, 8};
static const struct {
  const char *net;
  int wide; /* layers */
} nets[] = {
    {"affine 1024, relu, affine 1024, relu, affine 10", 2},
    {"batchnorm, relu, affine 1040 nobias, batchnorm, relu, dropout 0.5, affine 1024, "
     "tanh, affine 10",
     2},
    {"conv 32 k3 p1, relu, maxpool 2, affine 1030, relu, affine 1024 nobias, relu, "
     "affine 10",
     2},
    {"relu, affine 1024, affine 1024, sigmoid, layernorm, relu, affine 10", 2},
};
enum { NETS = sizeof nets / sizeof nets[0] };

static float features[BATCH * SAMPLE];
static int32_t labels[BATCH];

static int make_data(void **state) {
  (void)state;
  fill_random(features, BATCH * SAMPLE, 5);
  for (int i = 0; i < BATCH; i++) labels[i] = i % CLASSES;
  return 0;
}

static int count_wide(const dpb_model *model) {
  int count = 0;
  for (int i = 0; i < model->layer_count; i++) count += dpb__is_wide(model, i);
  return count;
}

/* Shard by shard; the model is otherwise built alike. */
static dpb_model *build_narrow(const char *net) {
  dpb_model *model = build_model(input, net, 1);
  for (int i = 0; i < model->layer_count; i++)
    model->layers[i].forward_tasks = model->layers[i].backward_tasks = 0;
  plan_places_anew(model);
  return model;
}

static void run(dpb_model *model, int n, double *loss, float *y) {
  const dpb_batch batch = {.n = n, .features = features, .labels = labels};
  assert_int_equal(dpb_model_gradient(model, &batch, loss), DPB_OK);
  assert_int_equal(dpb_model_predict(model, &batch, y), DPB_OK);
}

static void test_as_shard_by_shard(void **state) {
  (void)state;
  for (int i = 0; i < NETS; i++) {
    dpb_model *wide = build_model(input, nets[i].net, 2);
    dpb_model *narrow = build_narrow(nets[i].net);
    assert_int_equal(count_wide(wide), nets[i].wide);
    assert_int_equal(count_wide(narrow), 0);
    const int sizes[] = {BATCH, 25, 7};
    for (int j = 0; j < 3; j++) {
      double loss[2];
      float y[2][BATCH * CLASSES];
      run(wide, sizes[j], &loss[0], y[0]);
      run(narrow, sizes[j], &loss[1], y[1]);
      assert_true(fabs(loss[0] - loss[1]) < 1e-5);
      check_close(y[0], y[1], (size_t)sizes[j] * CLASSES, 2e-5);
      for (int k = 0; k < wide->layer_count; k++)
        for (int p = 0; p < wide->layers[k].param_count; p++) {
          const dpb__param *param = &wide->layers[k].params[p];
          if (param->idle) continue;
          check_close(wide->grads + param->offset, narrow->grads + param->offset,
                      param->count, 2e-5);
        }
    }
    dpb_model_destroy(wide);
    dpb_model_destroy(narrow);
  }
}

static void test_same_bits_on_any_number_of_threads(void **state) {
  (void)state;
  for (int i = 0; i < NETS; i++) {
    dpb_model *model[2] = {build_model(input, nets[i].net, 1),
                           build_model(input, nets[i].net, 3)};
    double loss[2];
    float y[2][BATCH * CLASSES];
    for (int j = 0; j < 2; j++) run(model[j], BATCH, &loss[j], y[j]);
    assert_memory_equal(&loss[0], &loss[1], sizeof loss[0]);
    assert_memory_equal(y[0], y[1], sizeof y[0]);
    assert_memory_equal(model[0]->grads, model[1]->grads,
                        model[0]->flat_count * sizeof(float));
    for (int j = 0; j < 2; j++) dpb_model_destroy(model[j]);
  }
}

/* By a context, whose workspace is one for inference: the whole mini-batch, of several
 * shards, and one sample at a time. */
static void test_contexts(void **state) {
  (void)state;
  for (int i = 0; i < NETS; i++) {
    dpb_model *model = build_model(input, nets[i].net, 2);
    dpb_context *context;
    float expected[BATCH * CLASSES], all[BATCH * CLASSES], one[CLASSES];
    const dpb_batch batch = {.n = BATCH, .features = features};
    assert_int_equal(dpb_context_create(model, BATCH, &context), DPB_OK);
    assert_int_equal(dpb_model_predict(model, &batch, expected), DPB_OK);
    assert_int_equal(dpb_context_predict(context, &batch, all), DPB_OK);
    assert_memory_equal(all, expected, sizeof all);
    for (int j = 0; j < BATCH; j += 7) {
      const dpb_batch single = {.n = 1, .features = features + j * SAMPLE};
      assert_int_equal(dpb_context_predict(context, &single, one), DPB_OK);
      check_close(one, all + j * CLASSES, CLASSES, 2e-5);
    }
    dpb_context_destroy(context);
    dpb_model_destroy(model);
  }
}

/* Whose W fits in a cache, or which have too few rows or columns to share out. */
static void test_others_go_by_shards(void **state) {
  (void)state;
  const char *const texts[] = {"affine 1000", "affine 500, affine 900", "affine 3000"};
  const dpb_hwc small = {1, 1, 500};
  for (int i = 0; i < 3; i++) {
    dpb_model *model = build_model(small, texts[i], 1);
    assert_int_equal(count_wide(model), 0);
    dpb_model_destroy(model);
  }
}

static void test_the_plan_tells_all_calls(void **state) {
  (void)state;
  dpb_model *model = build_model(input, nets[0].net, 1);
  dpb_product_plan plan;
  for (int kind = 0; kind < 3; kind++) {
    assert_int_equal(dpb_model_layer_plan(model, 2, (dpb_product_kind)kind, 100, &plan),
                     DPB_OK);
    assert_int_equal(plan.images, 100);
    assert_int_equal((long long)plan.gemm.m * plan.gemm.n * plan.gemm.k *
                         (long long)plan.calls,
                     100LL * 1024 * 1024);
  }
  assert_int_equal(dpb_model_layer_plan(model, 0, DPB_PRODUCT_DATA_GRADIENT, 100, &plan),
                   DPB_OK);
  assert_null(plan.lowering); /* the first layer has none */
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_as_shard_by_shard),
      cmocka_unit_test(test_same_bits_on_any_number_of_threads),
      cmocka_unit_test(test_contexts),
      cmocka_unit_test(test_others_go_by_shards),
      cmocka_unit_test(test_the_plan_tells_all_calls),
  };
  return cmocka_run_group_tests(tests, make_data, NULL);
}
