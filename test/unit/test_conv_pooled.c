/* SPDX-License-Identifier: MIT
 *
 * The weight gradient that is made from what a pooling has noted, against the product
 * with the whole of dY; and which layers of a model take it.
 */
#include "model_fixture.h"

#include <math.h>
#include <stdlib.h>

#include "blas_fixture.h"
#include "math/conv_pooled.h"
#include "math/image.h"
#include "math/pool2d.h"
#include "model/workspace.h"
#include "whole_numbers.h"

typedef struct shape {
  dpb_hwc in;
  int filters;
  dpb_window conv, pool;
  int n;
} shape;

#define SQUARE(kernel, pad)                                                              \
  { kernel, kernel, 1, 1, pad, pad, 1, 1 }
#define TWO_BY_TWO                                                                       \
  { 2, 2, 2, 2, 0, 0, 1, 1 }

static const shape shapes[] = {
    /* planes */
    {{28, 28, 1}, 30, SQUARE(5, 0), TWO_BY_TWO, 3},
    {{12, 12, 1}, 16, SQUARE(3, 1), TWO_BY_TWO, 2},
    {{9, 8, 1}, 1, SQUARE(3, 0), TWO_BY_TWO, 1},
    {{7, 12, 3}, 17, SQUARE(5, 2), TWO_BY_TWO, 2},
    {{5, 6, 2}, 33, SQUARE(3, 2), TWO_BY_TWO, 4},
    {{64, 80, 1}, 7, SQUARE(5, 1), TWO_BY_TWO, 2},
    {{5, 5, 1}, 8, SQUARE(5, 1), TWO_BY_TWO, 3},
    {{6, 500, 2}, 4, SQUARE(3, 1), TWO_BY_TWO, 1},
    /* patches */
    {{28, 28, 16}, 16, SQUARE(3, 1), TWO_BY_TWO, 2},
    {{14, 14, 32}, 32, SQUARE(3, 2), TWO_BY_TWO, 3},
    {{8, 8, 64}, 64, SQUARE(3, 1), TWO_BY_TWO, 2},
    {{9, 7, 48}, 5, SQUARE(3, 0), TWO_BY_TWO, 2},
    {{11, 13, 16}, 1, SQUARE(5, 2), TWO_BY_TWO, 1},
    {{7, 6, 80}, 3, SQUARE(1, 0), TWO_BY_TWO, 2},
    {{9, 7, 16}, 4, SQUARE(1, 0), {3, 1, 3, 1, 0, 0, 1, 1}, 2}, /* a third of dY */
    {{20, 16, 16}, 9, {2, 4, 2, 1, 3, 0, 1, 1}, {3, 3, 2, 2, 1, 1, 1, 1}, 2},
    {{19, 23, 16}, 4, {3, 2, 1, 2, 0, 1, 3, 1}, {3, 2, 2, 3, 2, 0, 1, 1}, 2},
};
enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static bool is_there(void) {
  return dpb__image_get()->pooled_weights != NULL;
}

/* Both layers, not yet joined; the output of the convolution. */
static dpb_hwc plan_shape(const shape *s, dpb__conv *conv, dpb__patches *pool) {
  assert_int_equal(dpb__conv_plan(&s->conv, &s->in, s->filters, 1, 0, conv), DPB_OK);
  const dpb_hwc out = {conv->forward.patches.out_h, conv->forward.patches.out_w,
                       s->filters};
  assert_int_equal(dpb__pool_plan(&s->pool, &out, pool), DPB_OK);
  return out;
}

/* dW and db both ways, from noted maxima of a made-up output. */
static void check_shape(const shape *s, bool relu, bool add) {
  dpb__conv conv;
  dpb__patches pool;
  const dpb_hwc out = plan_shape(s, &conv, &pool);
  assert_true(dpb__conv_plan_pooled(&conv, &pool, true, 0));
  assert_int_equal(conv.pooled.how,
                   s->in.c % 16 == 0 ? DPB__POOLED_PATCHES : DPB__POOLED_PLANES);
  const size_t n = (size_t)s->n, filters = (size_t)s->filters;
  const size_t outputs = n * (size_t)out.h * (size_t)out.w * filters;
  const size_t pooled = n * (size_t)pool.out_h * (size_t)pool.out_w * filters;
  float *x = whole_numbers(n * (size_t)(s->in.h * s->in.w * s->in.c), 1);
  float *y = whole_numbers(outputs, 2), *p = whole_numbers(pooled, 3);
  float *dp = whole_numbers(pooled, 4), *dy = whole_numbers(outputs, 5);
  float *dw[2] = {whole_numbers(conv.weight_count, 6),
                  whole_numbers(conv.weight_count, 6)};
  float *db[2] = {whole_numbers(filters, 7), whole_numbers(filters, 7)};
  float *scratch = malloc(conv.scratch * sizeof *scratch);
  uint8_t *which = malloc(pooled);
  assert_true(scratch && which);
  for (size_t i = 0; i < conv.scratch; i++) scratch[i] = NAN;
  dpb__max_pool(&pool, NULL, relu, s->n, y, p, which);
  dpb__max_pool_gradient(&pool, relu, s->n, y, dp, which, dy);
  dpb__conv_weights(&conv.weights, s->n, x, dy, add, dw[0], db[0], scratch);
  dpb__conv_pooled_weights(&conv, s->n, x, dp, which, add, dw[1], db[1], scratch);
  assert_memory_equal(dw[0], dw[1], conv.weight_count * sizeof *dw[0]);
  assert_memory_equal(db[0], db[1], filters * sizeof *db[0]);
  dpb__conv_pooled_weights(&conv, s->n, x, dp, which, false, dw[1], NULL, scratch);
  float *const all[] = {x, y, p, dp, dy, dw[0], dw[1], db[0], db[1], scratch};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
  free(which);
}

static void test_is_the_product_with_the_whole(void **state) {
  (void)state;
  if (!is_there()) skip();
  for (int i = 0; i < SHAPES; i++)
    for (int how = 0; how < 4; how++) check_shape(&shapes[i], how & 1, how & 2);
}

/* Rows at a time and scratch, in floats; as much workspace is enough. */
static void check_plan(const shape *s, int rows, size_t scratch) {
  dpb__conv conv;
  dpb__patches pool;
  plan_shape(s, &conv, &pool);
  assert_false(dpb__conv_plan_pooled(&conv, &pool, true, scratch * sizeof(float) - 1));
  assert_true(dpb__conv_plan_pooled(&conv, &pool, true, scratch * sizeof(float)));
  assert_int_equal(conv.pooled.rows, rows);
  assert_int_equal(conv.pooled.scratch, scratch);
}

static void test_plans(void **state) {
  (void)state;
  if (!is_there()) skip();
  const shape planes = {{28, 40, 1}, 30, SQUARE(5, 2), TWO_BY_TWO, 1};
  /* planes of 32 x 44 pixels; 14 x 20 windows, 7 rows of them: 17 of entries */
  check_plan(&planes, 7, 32 * 44 + 8 + 17 * 21 * 16);
  const shape patches = {{28, 22, 16}, 8, SQUARE(3, 1), TWO_BY_TWO, 1};
  /* 30 x 24 pixels; 14 x 11 windows, 7 rows of them see 16 rows of pixels, 24 KiB */
  check_plan(&patches, 7, 30 * 24 * 16 + 2 * (9 * 16 * 8) + 7 * 11 * 2);
}

/* What cannot be made so is left as it was planned. */
static void test_refuses_what_it_cannot(void **state) {
  (void)state;
  const dpb_hwc few = {20, 20, 2}, many = {20, 20, 32}, odd = {20, 20, 24};
  const dpb_hwc wide = {4, 5000, 2}, deep = {20, 20, 256};
  const struct {
    const dpb_hwc *in;
    dpb_window conv;
    int groups;
    dpb_window pool;
    size_t workspace;
    bool alone;
  } cases[] = {
      {&few, SQUARE(4, 0), 1, TWO_BY_TWO, 0, true},
      {&few, {3, 5, 1, 1, 0, 0, 1, 1}, 1, TWO_BY_TWO, 0, true},
      {&few, {5, 3, 1, 1, 0, 0, 1, 1}, 1, TWO_BY_TWO, 0, true},
      {&few, {3, 3, 2, 1, 0, 0, 1, 1}, 1, TWO_BY_TWO, 0, true},
      {&few, {3, 3, 1, 2, 0, 0, 1, 1}, 1, TWO_BY_TWO, 0, true},
      {&few, {3, 3, 1, 1, 0, 0, 2, 1}, 1, TWO_BY_TWO, 0, true},
      {&few, {3, 3, 1, 1, 0, 0, 1, 2}, 1, TWO_BY_TWO, 0, true},
      {&few, SQUARE(3, 1), 2, TWO_BY_TWO, 0, true},
      {&few, SQUARE(3, 1), 1, {3, 2, 2, 2, 0, 0, 1, 1}, 0, true},
      {&few, SQUARE(3, 1), 1, {2, 3, 2, 2, 0, 0, 1, 1}, 0, true},
      {&few, SQUARE(3, 1), 1, {2, 2, 1, 2, 0, 0, 1, 1}, 0, true},
      {&few, SQUARE(3, 1), 1, {2, 2, 2, 1, 0, 0, 1, 1}, 0, true},
      {&few, SQUARE(3, 1), 1, {2, 2, 2, 2, 1, 0, 1, 1}, 0, true},
      {&few, SQUARE(3, 1), 1, {2, 2, 2, 2, 0, 1, 1, 1}, 0, true},
      {&few, SQUARE(3, 1), 1, TWO_BY_TWO, 0, false},
      {&wide, SQUARE(3, 1), 1, TWO_BY_TWO, 0, true},
      {&few, SQUARE(3, 1), 1, TWO_BY_TWO, 1000, true},
      {&many, SQUARE(3, 1), 1, TWO_BY_TWO, 1000, true},
      {&many, SQUARE(3, 1), 2, TWO_BY_TWO, 0, true},
      {&many, {3, 3, 1, 1, 0, 0, 1, 2}, 1, TWO_BY_TWO, 0, false},
      {&many, SQUARE(3, 1), 1, {2, 2, 2, 1, 0, 0, 1, 1}, 0, false},
      {&many, SQUARE(3, 1), 1, {16, 16, 16, 16, 0, 0, 1, 1}, 0, false},
      {&odd, SQUARE(3, 1), 1, TWO_BY_TWO, 0, false},
      {&deep, SQUARE(3, 1), 1, TWO_BY_TWO, 0, false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    const int filters = cases[i].in == &deep ? 64 : 4;
    dpb__conv conv;
    dpb__patches pool;
    assert_int_equal(
        dpb__conv_plan(&cases[i].conv, cases[i].in, filters, cases[i].groups, 0, &conv),
        DPB_OK);
    const size_t scratch = conv.scratch;
    const dpb_hwc out = {conv.forward.patches.out_h, conv.forward.patches.out_w, filters};
    assert_int_equal(dpb__pool_plan(&cases[i].pool, &out, &pool), DPB_OK);
    if (dpb__conv_plan_pooled(&conv, &pool, cases[i].alone, cases[i].workspace))
      fail_msg("case %zu was taken", i);
    assert_int_equal(conv.pooled.how, DPB__POOLED_NOT);
    assert_int_equal(conv.scratch, scratch);
  }
}

/* The number of the pooling that each layer has taken, as "2..". */
static void check_taken(const char *net, const char *expected) {
  dpb_model *model = build_model((dpb_hwc){16, 16, 1}, net, 1);
  assert_int_equal(model->layer_count, strlen(expected));
  for (int i = 0; i < model->layer_count; i++)
    assert_int_equal(model->layers[i].pool_behind,
                     expected[i] == '.' ? 0 : expected[i] - '0');
  dpb_model_destroy(model);
}

static void test_which_layers_take_a_pooling(void **state) {
  (void)state;
  if (!is_there()) skip();
  check_taken("conv 6 k5, relu, maxpool 2, affine 3", "2...");
  check_taken("conv 6 k3, maxpool 2, affine 3", "1..");
  check_taken("conv 6 k3, maxpool 2", "1.");
  check_taken("conv 6 k3, relu, relu, maxpool 2, affine 3", ".....");
  check_taken("conv 6 k3, sigmoid, maxpool 2, affine 3", "....");
  check_taken("conv 6 k3, relu, maxpool 3, affine 3", "....");
  check_taken("conv 6 k3, relu, avgpool 2, affine 3", "....");
  check_taken("conv 6 k3, relu, conv 6 k3, relu, maxpool 2, affine 3", "......");
  check_taken("conv 6 k3 nobias, batchnorm, relu, maxpool 2", "....");
  check_taken("maxpool 2, affine 3", "..");
  check_taken("conv 16 k3, relu, conv 6 k3, relu, maxpool 2, affine 3", "..4...");
  check_taken("conv 16 k3, relu, maxpool 2, conv 6 k3, maxpool 2", "2..4.");
}

static void test_predicting_takes_no_room_for_it(void **state) {
  (void)state;
  const dpb_model_config config = {.input = {8, 8, 64}, .inference = 1};
  dpb_model *model = NULL;
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, "conv 64 k3 p1, relu, maxpool 2, affine 3");
  assert_int_equal(dpb_model_build(model), DPB_OK);
  const dpb__conv *conv = &model->layers[0].plan.conv;
  assert_int_equal(model->layers[0].pool_behind, 0);
  assert_int_equal(conv->pooled.scratch, 0);
  dpb_model_destroy(model);
}

/* The gradient with and without, by shards and chunks of a real step. */
static void check_gradient(const char *net, dpb_hwc in) {
  enum { N = 60 };
  const size_t sample = (size_t)in.h * (size_t)in.w * (size_t)in.c;
  float *x = malloc(N * sample * sizeof *x);
  int32_t labels[N];
  assert_non_null(x);
  fill_random(x, N * sample, 7);
  for (int i = 0; i < N; i++) labels[i] = i % 3;
  const dpb_batch batch = {.n = N, .features = x, .labels = labels};
  dpb_model *with = build_model(in, net, 2), *without = build_model(in, net, 1);
  int taken = 0;
  for (int i = 0; i < with->layer_count; i++) {
    taken += with->layers[i].pool_behind > 0;
    without->layers[i].pool_behind = 0;
  }
  assert_true(taken > 0);
  double loss[2];
  assert_int_equal(dpb_model_gradient(with, &batch, &loss[0]), DPB_OK);
  assert_int_equal(dpb_model_gradient(without, &batch, &loss[1]), DPB_OK);
  assert_true(loss[0] == loss[1]);
  float most = 0.0f;
  for (size_t i = 0; i < with->flat_count; i++)
    most = fmaxf(most, fabsf(without->grads[i]));
  for (size_t i = 0; i < with->flat_count; i++)
    if (!(fabsf(with->grads[i] - without->grads[i]) <= 1e-5f * most))
      fail_msg("'%s': gradient %zu is %g, should be %g", net, i, (double)with->grads[i],
               (double)without->grads[i]);
  dpb_model_destroy(with);
  dpb_model_destroy(without);
  free(x);
}

static void test_gradients_are_those_of_the_product(void **state) {
  (void)state;
  if (!is_there()) skip();
  check_gradient("conv 30 k5, relu, maxpool 2, affine 10, relu, affine 3",
                 (dpb_hwc){28, 28, 1});
  check_gradient("conv 8 k3 p1, maxpool 2, dropout 0.3, affine 3", (dpb_hwc){9, 7, 3});
  check_gradient("conv 8 k3 nobias, relu, maxpool 2, conv 4 k3 nobias, batchnorm, relu, "
                 "maxpool 2, affine 3",
                 (dpb_hwc){16, 16, 2});
  check_gradient("conv 16 k3 p1, relu, maxpool 2, conv 32 k3 p2, relu, conv 8 k3 p1, "
                 "relu, maxpool 2, conv 16 k3 p1, maxpool 2, affine 3",
                 (dpb_hwc){20, 28, 16});
  check_gradient("conv 16 k3 p1, relu, conv 16 k3 p1, relu, maxpool 2, conv 16 k3, relu, "
                 "maxpool 2, affine 3",
                 (dpb_hwc){28, 28, 1});
}

/* The plan tells what is done. */
static void test_the_plan_names_it(void **state) {
  (void)state;
  if (!is_there()) skip();
  dpb_model *model =
      build_model((dpb_hwc){12, 12, 1}, "conv 6 k5, relu, maxpool 2, affine 3", 1);
  dpb_product_plan plan;
  assert_int_equal(
      dpb_model_layer_plan(model, 0, DPB_PRODUCT_WEIGHT_GRADIENT, 100, &plan), DPB_OK);
  assert_string_equal(plan.lowering, "pooled, planes");
  assert_int_equal(plan.calls, 0);
  assert_int_equal(plan.images, 1);
  assert_int_equal(plan.rows, 8);
  assert_int_equal(plan.gemm.m + plan.gemm.n + plan.gemm.k, 0);
  assert_int_equal(plan.workspace, model->layers[0].plan.conv.pooled.scratch * 4);
  assert_int_equal(dpb_model_layer_plan(model, 0, DPB_PRODUCT_FORWARD, 100, &plan),
                   DPB_OK);
  assert_true(plan.calls > 0);
  dpb_model_destroy(model);
  model = build_model((dpb_hwc){12, 12, 16}, "conv 6 k5, maxpool 2, affine 3", 1);
  assert_int_equal(
      dpb_model_layer_plan(model, 0, DPB_PRODUCT_WEIGHT_GRADIENT, 100, &plan), DPB_OK);
  assert_string_equal(plan.lowering, "pooled");
  assert_int_equal(plan.calls, 0);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_is_the_product_with_the_whole, begin_blas,
                                      end_blas),
      cmocka_unit_test(test_plans),
      cmocka_unit_test(test_refuses_what_it_cannot),
      cmocka_unit_test(test_which_layers_take_a_pooling),
      cmocka_unit_test(test_predicting_takes_no_room_for_it),
      cmocka_unit_test(test_gradients_are_those_of_the_product),
      cmocka_unit_test(test_the_plan_names_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
