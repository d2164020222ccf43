/* SPDX-License-Identifier: MIT
 *
 * What dpb_model_layer_plan tells, held against the layers' shapes: whatever way
 * was chosen, the calls together do the work of the whole product, and fit in their
 * workspace.
 */
#include <stdbool.h>

#include "conv/conv.h"
#include "model/stages.h"
#include "model_fixture.h"

static dpb_product_plan plan_of(const dpb_model *model, int layer, dpb_product_kind kind,
                                int batch) {
  dpb_product_plan plan;
  memset(&plan, 0x5a, sizeof plan);
  if (dpb_model_layer_plan(model, layer, kind, batch, &plan) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  return plan;
}

static double work_of(dpb_gemm_size g) {
  return (double)g.m * (double)g.n * (double)g.k;
}

static void check_gemm(dpb_gemm_size g, int m, int n, int k) {
  assert_int_equal(g.m, m);
  assert_int_equal(g.n, n);
  assert_int_equal(g.k, k);
}

/* All calls are counted as though they were as large as the largest, so that they do the
 * work of the whole product at the least. They do no more where one image is cut evenly;
 * else each shard's last call may be small, and the data gradient that is made as a
 * convolution goes over the input's places, which are more than the output's. */
static void check_work(const dpb_product_plan *plan, dpb_gemm_size whole, double groups,
                       bool even) {
  const double work = work_of(plan->gemm) * (double)plan->calls;
  const double needed = work_of(whole) * groups;
  assert_true(plan->calls >= 1);
  assert_true(work >= needed);
  if (even)
    assert_true(work <= needed);
  else
    assert_true(work < 4.0 * needed);
}

static void check_layer(const char *text, dpb_hwc input, int groups) {
  dpb_model *model = build_model(input, text, 2);
  for (int batch = 1; batch <= 101; batch += 50) {
    dpb_layer_info info;
    assert_int_equal(dpb_model_layer(model, 1, batch, &info), DPB_OK);
    assert_int_equal(info.groups, groups);
    const dpb_gemm_size whole[] = {info.forward, info.data_gradient,
                                   info.weight_gradient};
    for (int kind = 0; kind < 3; kind++) {
      const dpb_product_plan plan = plan_of(model, 1, (dpb_product_kind)kind, batch);
      assert_non_null(plan.lowering);
      assert_true(strlen(plan.lowering) > 0);
      assert_in_range(plan.images, 1, batch);
      assert_true(plan.rows >= 1);
      const bool even =
          batch == 1 && kind != DPB_PRODUCT_DATA_GRADIENT && info.out.h % plan.rows == 0;
      check_work(&plan, whole[kind], groups, even);
    }
  }
  dpb_model_destroy(model);
}

static void calls_do_the_whole_work(void **state) {
  (void)state;
  check_layer("relu, conv 16 k3 p1", (dpb_hwc){28, 28, 16}, 1);
  check_layer("relu, conv 16 k3 p1", (dpb_hwc){28, 28, 1}, 1);
  check_layer("relu, conv 64 k3 p1", (dpb_hwc){8, 8, 64}, 1);
  check_layer("relu, conv 6 k5x3 s2x1 p1", (dpb_hwc){17, 13, 5}, 1);
  check_layer("relu, conv 32 k1", (dpb_hwc){7, 9, 48}, 1);
  check_layer("relu, conv 8 k3 d2 g4", (dpb_hwc){14, 14, 12}, 4);
  check_layer("relu, affine 33", (dpb_hwc){4, 4, 64}, 1);
}

static void one_by_one_needs_no_columns(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){6, 7, 48}, "conv 32 k1", 1);
  const dpb_product_plan plan = plan_of(model, 0, DPB_PRODUCT_FORWARD, 1);
  assert_string_equal(plan.lowering, "none");
  check_gemm(plan.gemm, 6 * 7, 32, 48);
  assert_int_equal(plan.calls, 1);
  assert_int_equal(plan.images, 1);
  assert_int_equal(plan.rows, 6);
  assert_int_equal(plan.workspace, 0);
  dpb_model_destroy(model);
}

static void columns_fit_in_the_workspace(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){28, 28, 16}, "conv 16 k3 p1 s2", 1);
  const dpb_product_plan plan = plan_of(model, 0, DPB_PRODUCT_FORWARD, 100);
  assert_string_equal(plan.lowering, "full"); /* strides leave nothing else */
  assert_int_equal(plan.gemm.k, 3 * 3 * 16);
  assert_int_equal(plan.gemm.m, plan.images * plan.rows * 14);
  assert_int_equal(plan.workspace,
                   (size_t)plan.gemm.m * (size_t)plan.gemm.k * sizeof(float));
  dpb_memory_info memory;
  assert_int_equal(dpb_model_memory(model, &memory), DPB_OK);
  assert_true(memory.activations > plan.workspace);
  dpb_model_destroy(model);
}

/* The data gradient turns the weights into its workspace, unless it goes by groups
 * and the window does not pass over the input as it does forward. */
static void the_data_gradient_has_room_for_weights(void **state) {
  (void)state;
  static const struct {
    dpb_window window;
    int channels, filters, groups;
    bool turned;
  } cases[] = {{{3, 3, 1, 1, 1, 1, 1, 1}, 16, 16, 1, true},
               {{3, 3, 2, 2, 1, 1, 1, 1}, 16, 16, 1, true},
               {{3, 3, 1, 1, 1, 1, 1, 1}, 8, 8, 8, true},
               {{3, 3, 2, 2, 1, 1, 1, 1}, 8, 8, 8, false}};
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const dpb_hwc in = {9, 9, cases[i].channels};
    dpb__conv conv;
    dpb_product_plan plan;
    assert_int_equal(dpb__conv_plan(&cases[i].window, &in, cases[i].filters,
                                    cases[i].groups, 0, &conv),
                     DPB_OK);
    dpb__conv_tell(&conv, DPB_PRODUCT_DATA_GRADIENT, 4, &plan);
    assert_int_equal(plan.workspace,
                     (conv.data.scratch + (cases[i].turned ? conv.weight_count : 0)) *
                         sizeof(float));
    dpb__conv_tell(&conv, DPB_PRODUCT_FORWARD, 4, &plan);
    assert_int_equal(plan.workspace, conv.forward.scratch * sizeof(float));
    dpb__conv_tell(&conv, DPB_PRODUCT_WEIGHT_GRADIENT, 4, &plan);
    assert_int_equal(plan.workspace, conv.weights.scratch * sizeof(float));
  }
}

static void groups_have_products_of_their_own(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){7, 7, 8}, "relu, conv 8 k3 g8", 1);
  for (int kind = 0; kind < 3; kind++) {
    const dpb_product_plan plan = plan_of(model, 1, (dpb_product_kind)kind, 10);
    const int places = 10 * (kind == DPB_PRODUCT_DATA_GRADIENT ? 49 : 25);
    assert_string_equal(plan.lowering, "by group, planes");
    assert_int_equal(plan.images, 10);
    if (kind == DPB_PRODUCT_WEIGHT_GRADIENT)
      check_gemm(plan.gemm, 9, 1, places);
    else
      check_gemm(plan.gemm, 1, places, 9);
    assert_int_equal(plan.calls, 8);
  }
  dpb_model_destroy(model);
}

/* A convolution in front of a pooling takes a few images at a time. */
static void micro_batches_are_what_is_told(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){28, 28, 1}, "conv 30 k5, relu, maxpool 2", 1);
  dpb__stage *stage = &model->stages->stages[0];
  const int samples = stage->samples;
  assert_in_range(samples, 1, 15);
  model->layers[0].plan.conv.forward.images = 16;
  dpb_product_plan plan = plan_of(model, 0, DPB_PRODUCT_FORWARD, 16);
  assert_int_equal(plan.images, samples);
  assert_int_equal(plan.calls, 16 / samples + (16 % samples > 0));
  stage->samples = 0;
  plan = plan_of(model, 0, DPB_PRODUCT_FORWARD, 16);
  assert_int_equal(plan.images, 16);
  assert_int_equal(plan.calls, 1);
  dpb_model_destroy(model);
}

static void affine_goes_by_shards_and_tasks(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){1, 1, 40}, "affine 30, relu, affine 5", 1);
  dpb_product_plan plan = plan_of(model, 2, DPB_PRODUCT_FORWARD, 20); /* one shard */
  assert_string_equal(plan.lowering, "none");
  check_gemm(plan.gemm, 20, 5, 30);
  assert_int_equal(plan.calls, 1);
  check_gemm(plan_of(model, 2, DPB_PRODUCT_DATA_GRADIENT, 20).gemm, 20, 30, 5);
  plan = plan_of(model, 2, DPB_PRODUCT_WEIGHT_GRADIENT, 100); /* the whole mini-batch */
  assert_int_equal(plan.gemm.k, 100);
  assert_int_equal(plan.images, 100);
  plan = plan_of(model, 2, DPB_PRODUCT_FORWARD, 100);
  assert_true(plan.calls > 1 && plan.gemm.m < 100);
  dpb_model_destroy(model);
}

static void some_layers_have_none(void **state) {
  (void)state;
  dpb_model *model = build_model((dpb_hwc){8, 8, 2}, "conv 4 k3, relu, affine 3", 1);
  assert_non_null(plan_of(model, 0, DPB_PRODUCT_FORWARD, 5).lowering);
  assert_non_null(plan_of(model, 0, DPB_PRODUCT_WEIGHT_GRADIENT, 5).lowering);
  assert_null(plan_of(model, 0, DPB_PRODUCT_DATA_GRADIENT, 5).lowering); /* the first */
  assert_null(plan_of(model, 1, DPB_PRODUCT_FORWARD, 5).lowering);       /* relu */
  assert_int_equal(plan_of(model, 1, DPB_PRODUCT_FORWARD, 5).calls, 0);
  assert_non_null(plan_of(model, 2, DPB_PRODUCT_DATA_GRADIENT, 5).lowering);
  dpb_model_destroy(model);
}

static void wrong_questions_are_refused(void **state) {
  (void)state;
  dpb_product_plan plan;
  dpb_model *model = list_model((dpb_hwc){8, 8, 2}, "conv 4 k3", 1);
  assert_int_equal(dpb_model_layer_plan(model, 0, DPB_PRODUCT_FORWARD, 1, &plan),
                   DPB_ERR_STATE);
  assert_message("not built");
  assert_int_equal(dpb_model_build(model), DPB_OK);
  assert_int_equal(dpb_model_layer_plan(NULL, 0, DPB_PRODUCT_FORWARD, 1, &plan),
                   DPB_ERR_ARG);
  assert_null(plan.lowering);
  assert_int_equal(dpb_model_layer_plan(model, 0, DPB_PRODUCT_FORWARD, 1, NULL),
                   DPB_ERR_ARG);
  assert_message("plan is NULL");
  assert_int_equal(dpb_model_layer_plan(model, 1, DPB_PRODUCT_FORWARD, 1, &plan),
                   DPB_ERR_ARG);
  assert_message("no layer 1");
  assert_int_equal(dpb_model_layer_plan(model, 0, DPB_PRODUCT_FORWARD, 0, &plan),
                   DPB_ERR_ARG);
  assert_message("batch is 0");
  assert_int_equal(dpb_model_layer_plan(model, 0, (dpb_product_kind)3, 1, &plan),
                   DPB_ERR_ARG);
  assert_message("kind 3 is not one of 0..2");
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(calls_do_the_whole_work),
      cmocka_unit_test(one_by_one_needs_no_columns),
      cmocka_unit_test(columns_fit_in_the_workspace),
      cmocka_unit_test(the_data_gradient_has_room_for_weights),
      cmocka_unit_test(groups_have_products_of_their_own),
      cmocka_unit_test(micro_batches_are_what_is_told),
      cmocka_unit_test(affine_goes_by_shards_and_tasks),
      cmocka_unit_test(some_layers_have_none),
      cmocka_unit_test(wrong_questions_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
