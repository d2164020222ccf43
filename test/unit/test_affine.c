/* SPDX-License-Identifier: MIT
 *
 * Affine: its three products against plain loops in double, its plan, text and errors.
 */
#include "blas/blas_enter.h"
#include "layer_fixture.h"

/* One layer of text with random contents for n samples; in backward and gradient, NaN
 * waits wherever the layer is to write. */
typedef struct bench {
  dpb__layer layer;
  dpb__pass pass;
  float *params, *grads, *x, *y, *dy, *dx;
} bench;

static bench make_bench(const char *text, dpb_hwc in, int n) {
  bench b = {.layer = planned_layer(text, in, 1)};
  const size_t inputs = (size_t)n * b.layer.in_count;
  const size_t outputs = (size_t)n * b.layer.out_count;
  b.params = random_floats(flat_count(&b.layer), 1);
  b.grads = nan_floats(flat_count(&b.layer));
  b.x = random_floats(inputs, 2);
  b.y = nan_floats(outputs);
  b.dy = random_floats(outputs, 3);
  b.dx = nan_floats(inputs);
  b.pass = (dpb__pass){.n = n,
                       .train = 1,
                       .params = b.params,
                       .grads = b.grads,
                       .x = b.x,
                       .y = b.y,
                       .dy = b.dy,
                       .dx = b.dx};
  return b;
}

static void free_bench(bench *b) {
  float *const all[] = {b->params, b->grads, b->x, b->y, b->dy, b->dx};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
}

/* Rounding of a sum of count products of normal numbers. */
static double rounding(size_t count) {
  return 2e-7 * (double)(count > 10 ? count : 10);
}

static void check_forward(const bench *b) {
  const size_t in = b->layer.in_count, out = b->layer.out_count;
  const float *w = b->params + b->layer.params[0].offset;
  const float *bias =
      b->layer.param_count > 1 ? b->params + b->layer.params[1].offset : NULL;
  for (size_t i = 0; i < (size_t)b->pass.n; i++)
    for (size_t j = 0; j < out; j++) {
      double sum = bias ? (double)bias[j] : 0.0;
      for (size_t k = 0; k < in; k++)
        sum += (double)b->x[i * in + k] * (double)w[k * out + j];
      assert_near(b->y[i * out + j], sum, rounding(in));
    }
}

static void check_data_gradient(const bench *b) {
  const size_t in = b->layer.in_count, out = b->layer.out_count;
  const float *w = b->params + b->layer.params[0].offset;
  for (size_t i = 0; i < (size_t)b->pass.n; i++)
    for (size_t k = 0; k < in; k++) {
      double sum = 0;
      for (size_t j = 0; j < out; j++)
        sum += (double)b->dy[i * out + j] * (double)w[k * out + j];
      assert_near(b->dx[i * in + k], sum, rounding(out));
    }
}

static void check_parameter_gradients(const bench *b) {
  const size_t in = b->layer.in_count, out = b->layer.out_count;
  const float *dw = b->grads + b->layer.params[0].offset;
  for (size_t j = 0; j < out; j++) {
    double bias = 0;
    for (size_t i = 0; i < (size_t)b->pass.n; i++) bias += (double)b->dy[i * out + j];
    if (b->layer.param_count > 1)
      assert_near(b->grads[b->layer.params[1].offset + j], bias,
                  rounding((size_t)b->pass.n));
    for (size_t k = 0; k < in; k++) {
      double sum = 0;
      for (size_t i = 0; i < (size_t)b->pass.n; i++)
        sum += (double)b->x[i * in + k] * (double)b->dy[i * out + j];
      assert_near(dw[k * out + j], sum, rounding((size_t)b->pass.n));
    }
  }
}

static void check_products(const char *text, dpb_hwc in, int n) {
  bench b = make_bench(text, in, n);
  dpb__blas_enter();
  b.layer.ops->forward(&b.layer, &b.pass);
  b.layer.ops->backward(&b.layer, &b.pass);
  assert_true(b.layer.whole_tasks >= 1);
  for (int task = b.layer.whole_tasks - 1; task >= 0; task--)
    b.layer.ops->gradient(&b.layer, &b.pass, task);
  dpb__blas_leave();
  check_forward(&b);
  check_data_gradient(&b);
  check_parameter_gradients(&b);
  for (int i = 0; i < 3; i++) assert_true(isnan(b.grads[i])); /* the gap */
  free_bench(&b);
}

static void products_are_those_of_plain_loops(void **state) {
  (void)state;
  check_products("affine 1", (dpb_hwc){1, 1, 1}, 1);
  check_products("affine 3", (dpb_hwc){1, 1, 5}, 1);
  check_products("affine 10", (dpb_hwc){1, 1, 50}, 25);
  check_products("affine 50", (dpb_hwc){28, 28, 1}, 25);
  check_products("affine 17 nobias", (dpb_hwc){1, 1, 33}, 7);
  check_products("affine 100", (dpb_hwc){5, 4, 3}, 100);
  check_products("affine 300", (dpb_hwc){1, 1, 301}, 64); /* many tasks */
}

/* In a mini-batch of more than one shard, dX is made of what prepare has turned. */
static void check_prepared(const char *text, dpb_hwc in, int n) {
  bench b = make_bench(text, in, n);
  if (b.layer.prepare_tasks == 0) {
    free_bench(&b);
    skip(); /* OpenBLAS's kernels here pack everything, turned or not */
  }
  float *whole = nan_floats(b.layer.whole);
  b.pass.whole = whole;
  b.pass.shards = 2;
  for (int task = b.layer.prepare_tasks - 1; task >= 0; task--)
    b.layer.ops->prepare(&b.layer, &b.pass, task);
  memset(b.params, 0xff, flat_count(&b.layer) * sizeof *b.params); /* NaN: not needed */
  dpb__blas_enter();
  b.layer.ops->backward(&b.layer, &b.pass);
  dpb__blas_leave();
  float *params = random_floats(flat_count(&b.layer), 1); /* as make_bench */
  free(b.params);
  b.params = params;
  check_data_gradient(&b);
  free(whole);
  free_bench(&b);
}

static void turned_weights_give_the_same_data_gradient(void **state) {
  (void)state;
  check_prepared("affine 10", (dpb_hwc){1, 1, 50}, 25);
  check_prepared("affine 17 nobias", (dpb_hwc){1, 1, 33}, 7);
  check_prepared("affine 50", (dpb_hwc){4, 4, 16}, 24);   /* two stripes */
  check_prepared("affine 300", (dpb_hwc){1, 1, 301}, 28); /* several tasks */
}

static void the_first_layer_turns_nothing(void **state) {
  (void)state;
  const dpb__layer first = planned_layer("affine 300", (dpb_hwc){1, 1, 301}, 0);
  assert_int_equal(first.prepare_tasks, 0);
  assert_int_equal(first.whole, 0);
}

static void writes_no_dx_unless_asked(void **state) {
  (void)state;
  bench b = make_bench("affine 3", (dpb_hwc){1, 1, 4}, 2);
  b.pass.dx = NULL;
  b.layer.ops->backward(&b.layer, &b.pass);
  assert_true(isnan(b.dx[0]));
  free_bench(&b);
}

static void plans_rank_two_unless_an_image_is_flattened(void **state) {
  (void)state;
  const dpb__layer plain = planned_layer("affine 10", (dpb_hwc){28, 28, 1}, 0);
  const dpb__param *w = &plain.params[0];
  assert_string_equal(w->role, "W");
  assert_int_equal(w->weight, 1);
  assert_int_equal(w->count, 7840);
  assert_true(dpb_shape_equal(&w->shape, &(dpb_shape){2, {784, 10}}));
  assert_true(dpb_shape_equal(&w->book_shape, &(dpb_shape){2, {784, 10}}));
  assert_int_equal(w->book[0], 0);
  const dpb__param *b = &plain.params[1];
  assert_string_equal(b->role, "b");
  assert_int_equal(b->weight, 0);
  assert_true(dpb_shape_equal(&b->shape, &(dpb_shape){1, {10}}));
  assert_true(dpb_shape_equal(&b->book_shape, &(dpb_shape){1, {10}}));
  assert_int_equal(plain.out.h * plain.out.w, 1);
  assert_int_equal(plain.out.c, 10);

  const dpb__layer image = planned_layer("affine 6 nobias", (dpb_hwc){4, 5, 3}, 0);
  assert_int_equal(image.param_count, 1);
  assert_true(dpb_shape_equal(&image.params[0].shape, &(dpb_shape){4, {4, 5, 3, 6}}));
  assert_true(dpb_shape_equal(&image.params[0].book_shape, &(dpb_shape){2, {60, 6}}));
  const int book[] = {2, 0, 1, 3};
  assert_memory_equal(image.params[0].book, book, sizeof book);
}

static void plans_tasks_by_size_alone(void **state) {
  (void)state;
  assert_int_equal(planned_layer("affine 10", (dpb_hwc){1, 1, 50}, 0).whole_tasks, 1);
  assert_int_equal(planned_layer("affine 500", (dpb_hwc){1, 1, 1}, 0).whole_tasks, 1);
  const int tasks = planned_layer("affine 1000", (dpb_hwc){1, 1, 4000}, 0).whole_tasks;
  assert_true(tasks >= 4 && tasks <= 64);
  assert_true(planned_layer("affine 100000", (dpb_hwc){1, 1, 3}, 0).whole_tasks <= 3);
}

static void refuses_sizes_that_do_not_fit(void **state) {
  (void)state;
  dpb__layer layer = planned_layer("affine 10", (dpb_hwc){1, 1, 50}, 0);
  layer.config.affine.out = INT32_MAX;
  layer.in_count = (size_t)INT32_MAX + 1;
  assert_int_equal(layer.ops->plan(&layer), DPB_ERR_SIZE);
  assert_message("2147483648");
  layer.in_count = INT32_MAX;
  assert_int_equal(layer.ops->plan(&layer), DPB_ERR_SIZE);
  assert_message("W (2147483647, 2147483647) is too large");
}

static void starts_with_normal_weights_and_no_bias(void **state) {
  (void)state;
  dpb__layer layer = planned_layer("affine 400 he", (dpb_hwc){1, 1, 50}, 0);
  float *params = nan_floats(flat_count(&layer));
  dpb_rng rng = dpb_rng_seed(5);
  layer.ops->init(&layer, params, &rng);
  double squares = 0;
  for (size_t i = 0; i < layer.params[0].count; i++)
    squares += pow((double)params[layer.params[0].offset + i], 2);
  assert_near(sqrt(squares / (double)layer.params[0].count), 0.2, 0.005);
  for (size_t i = 0; i < 400; i++)
    assert_true(params[layer.params[1].offset + i] == 0.0f);
  assert_true(isnan(params[0])); /* nothing outside its own */
  free(params);
}

static void its_own_init_wins(void **state) {
  (void)state;
  assert_int_equal(planned_layer("affine 4", (dpb_hwc){1, 1, 5}, 0).init.kind,
                   DPB_INIT_XAVIER); /* as the model resolved it */
  const dpb__layer layer = planned_layer("affine 4 std 0.5", (dpb_hwc){1, 1, 5}, 0);
  assert_int_equal(layer.init.kind, DPB_INIT_STD);
  assert_true(layer.init.std == 0.5f);
}

static dpb_status parse(const char *text, dpb__layer_config *config) {
  struct dpb__words words = dpb__words_of(text, strlen(text));
  memset(config, 0, sizeof *config);
  return dpb__layer_find("affine", 6)->parse(&words, config);
}

static void text_goes_both_ways(void **state) {
  (void)state;
  const char *const texts[] = {" 10", " 10 nobias", " 10 std 0.01", " 10 nobias he",
                               " 2147483647 xavier"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
    dpb__layer_config config;
    char text[64] = "";
    assert_int_equal(parse(texts[i], &config), DPB_OK);
    dpb__layer_find("affine", 6)->format(&config, text, sizeof text);
    assert_string_equal(text, texts[i]);
  }
}

static void bad_text_is_named(void **state) {
  (void)state;
  const char *const bad[][2] = {{"", "affine: out is missing"},
                                {"ten", "affine: out is 'ten'"},
                                {"10 std", "std is missing"},
                                {"10 std x", "std is 'x'"},
                                {"10 he xavier", "affine: 'xavier'"},
                                {"10 bias", "affine: 'bias' is not understood"}};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    dpb__layer_config config;
    assert_int_equal(parse(bad[i][0], &config), DPB_ERR_SPEC);
    assert_message(bad[i][1]);
  }
}

static void bad_configs_are_named(void **state) {
  (void)state;
  const dpb__layer_ops *ops = dpb__layer_find("affine", 6);
  dpb__layer_config config = {.affine = {.out = 0}};
  assert_int_equal(ops->check(&config), DPB_ERR_ARG);
  assert_message("out is 0, must be at least 1");
  config.affine.out = -7;
  assert_int_equal(ops->check(&config), DPB_ERR_ARG);
  assert_message("out is -7");
  config.affine =
      (dpb_affine_config){.out = 1, .init = {.kind = DPB_INIT_STD, .std = -1.0f}};
  assert_int_equal(ops->check(&config), DPB_ERR_ARG);
  assert_message("std is -1");
  config.affine = (dpb_affine_config){.out = 1};
  assert_int_equal(ops->check(&config), DPB_OK);
}

static void tells_its_products(void **state) {
  (void)state;
  dpb__layer layer = planned_layer("affine 10", (dpb_hwc){1, 1, 50}, 1);
  dpb_layer_info info = {0};
  layer.ops->gemms(&layer, 100, &info);
  const dpb_gemm_size expected[] = {{100, 10, 50}, {100, 50, 10}, {50, 10, 100}};
  assert_memory_equal(&info.forward, &expected[0], sizeof expected[0]);
  assert_memory_equal(&info.data_gradient, &expected[1], sizeof expected[1]);
  assert_memory_equal(&info.weight_gradient, &expected[2], sizeof expected[2]);
  layer.index = 0;
  memset(&info, 0, sizeof info);
  layer.ops->gemms(&layer, 100, &info);
  assert_int_equal(info.data_gradient.m, 0);
  assert_int_equal(info.weight_gradient.m, 50);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(products_are_those_of_plain_loops),
      cmocka_unit_test(turned_weights_give_the_same_data_gradient),
      cmocka_unit_test(the_first_layer_turns_nothing),
      cmocka_unit_test(writes_no_dx_unless_asked),
      cmocka_unit_test(plans_rank_two_unless_an_image_is_flattened),
      cmocka_unit_test(plans_tasks_by_size_alone),
      cmocka_unit_test(refuses_sizes_that_do_not_fit),
      cmocka_unit_test(starts_with_normal_weights_and_no_bias),
      cmocka_unit_test(its_own_init_wins),
      cmocka_unit_test(text_goes_both_ways),
      cmocka_unit_test(bad_text_is_named),
      cmocka_unit_test(bad_configs_are_named),
      cmocka_unit_test(tells_its_products),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
