/* SPDX-License-Identifier: MIT
 *
 * Models, optimisers, training, gradient check and graphs when memory runs out.
 */
#include "oom.h"

#include <deepblas/deepblas.h>

static const dpb_hwc sample = {1, 1, 6};
static dpb_dataset *data; /* 30 samples of 3 classes */
static dpb_model *ready;  /* a built model for them */

static int set_up(void **state) {
  (void)state;
  data = fixture_blobs(30, sample, 3, 1);
  ready = fixture_model("affine 5, batchnorm, relu, affine 3", sample, 30, 1);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_dataset_destroy(data);
  dpb_model_destroy(ready);
  return 0;
}

/* -- models */

static dpb_status build(dpb_status (*add)(dpb_model *), int inference) {
  dpb_model *model = POISON;
  dpb_status status = dpb_model_create(
      &(dpb_model_config){
          .input = sample, .max_batch = 60, .threads = 3, .inference = inference},
      &model);
  check_out(status, model);
  if (status != DPB_OK) return status;
  dpb_status added = add(model);
  status = dpb_model_build(model);
  if (added != DPB_OK) assert_int_equal(status, added); /* build reports the first */
  dpb_model_destroy(model);
  return status;
}

static dpb_status add_text(dpb_model *model) {
  return dpb_add_text(
      model, "affine 5, batchnorm, relu, affine 5, tanh, layernorm, affine 3, mse");
}

/* More layers than the list has room for at first. */
static dpb_status add_layers(dpb_model *model) {
  dpb_status first = DPB_OK;
  for (int i = 0; i < 20; i++) {
    const dpb_affine_config affine = {.out = 4};
    dpb_status each[] = {dpb_add_affine(model, &affine), dpb_add_sigmoid(model),
                         dpb_add_tanh(model), dpb_add_relu(model)};
    for (int j = 0; j < 4; j++)
      if (first == DPB_OK) first = each[j];
  }
  dpb_status head = dpb_add_softmax_cross_entropy(model);
  return first == DPB_OK ? head : first;
}

static dpb_status add_multi_layer(dpb_model *model) {
  static const int hidden[] = {6, 5, 4, 3};
  return dpb_add_multi_layer(model, hidden, 4, "relu", (dpb_init){.kind = DPB_INIT_HE},
                             3);
}

static dpb_status add_network(dpb_model *model) {
  return dpb_add_network(model, "three_layer");
}

static dpb_status build_text(void) {
  return build(add_text, 0);
}

static dpb_status build_inference(void) {
  return build(add_text, 1);
}

static dpb_status build_layers(void) {
  return build(add_layers, 0);
}

static dpb_status build_multi_layer(void) {
  return build(add_multi_layer, 0);
}

static dpb_status build_network(void) {
  return build(add_network, 0);
}

static void test_model(void **state) {
  (void)state;
  fail_each(build_text, 8);
  fail_each(build_inference, 8);
  fail_each(build_layers, 9);
  fail_each(build_multi_layer, 8);
  fail_each(build_network, 8);
}

static dpb_status add_head(dpb_model *model) {
  static const float weights[] = {1, 2, 3};
  dpb_status status = dpb_add_text(model, "affine 5, gelu, affine 3");
  if (status != DPB_OK) return status;
  return dpb_add_softmax_cross_entropy_with(model,
                                            &(dpb_softmax_config){0.1f, weights, 3});
}

static dpb_status add_head_text(dpb_model *model) {
  return dpb_add_text(model, "affine 3, softmax smooth 0.1 weights 1 2 3");
}

static dpb_status build_head(void) {
  return build(add_head, 0);
}

static dpb_status build_head_text(void) {
  return build(add_head_text, 0);
}

static void test_heads(void **state) {
  (void)state;
  fail_each(build_head, 9);
  fail_each(build_head_text, 9);
}

static dpb_status make_statistics(void) {
  dpb_statistics *statistics = POISON;
  dpb_batch batch;
  dpb_dataset_batch(data, 0, 30, &batch);
  dpb_status status = dpb_model_statistics(
      ready, &batch, &(dpb_statistics_config){.train = 1, .bins = 5}, &statistics);
  check_out(status, statistics);
  dpb_statistics_destroy(statistics);
  return status;
}

static void test_statistics(void **state) {
  (void)state;
  fail_each(make_statistics, 4);
}

static dpb_status make_context(void) {
  dpb_context *context = POISON;
  dpb_status status = dpb_context_create(ready, 7, &context);
  check_out(status, context);
  dpb_context_destroy(context);
  return status;
}

static void test_context(void **state) {
  (void)state;
  fail_each(make_context, 4);
}

/* -- training */

static dpb_optimizer_kind kind;

static dpb_status make_optimizer(void) {
  dpb_optimizer *optimizer = POISON;
  dpb_status status =
      dpb_optimizer_create(&(dpb_optimizer_config){.kind = kind}, 1000, &optimizer);
  check_out(status, optimizer);
  dpb_optimizer_destroy(optimizer);
  return status;
}

static void test_optimizer(void **state) {
  (void)state;
  for (int i = DPB_SGD; i <= DPB_ADAMW; i++) {
    kind = (dpb_optimizer_kind)i;
    fail_each(make_optimizer, i == DPB_SGD ? 1 : 2);
  }
}

static dpb_status make_schedule(void) {
  dpb_schedule *schedule = POISON;
  dpb_status status = dpb_schedule_create("warmup 3, cosine", 0.1f, 5, 50, &schedule);
  check_out(status, schedule);
  dpb_schedule_destroy(schedule);
  return status;
}

/* In a model of its own: the spare vector of gradients stays with the model. */
static dpb_status clear_gradients(void) {
  dpb_model *model = POISON;
  dpb_status status = dpb_model_create(&(dpb_model_config){.input = sample}, &model);
  if (status != DPB_OK) return status;
  status = dpb_add_text(model, "affine 3");
  if (status == DPB_OK) status = dpb_model_build(model);
  if (status == DPB_OK) status = dpb_model_gradient_clear(model);
  dpb_model_destroy(model);
  return status;
}

static void test_between_gradient_and_update(void **state) {
  (void)state;
  fail_each(make_schedule, 1);
  fail_each(clear_gradients, 5);
}

static dpb_optimizer *optimizer_of_ready;
static dpb_sampling sampling;

static dpb_status train(void) {
  dpb_trainer *trainer = POISON;
  dpb_status status =
      dpb_trainer_create(&(dpb_trainer_config){.model = ready,
                                               .optimizer = optimizer_of_ready,
                                               .train = data,
                                               .test = data,
                                               .epochs = 20,
                                               .sampling = sampling},
                         &trainer);
  check_out(status, trainer);
  if (status != DPB_OK) return status;
  status = dpb_trainer_run(trainer);
  if (status != DPB_OK) {
    /* what was done stays: no epoch, or the 16 that there was room for */
    size_t count = 0;
    dpb_trainer_history(trainer, &count);
    assert_true(count == 0 || count == 16);
  }
  dpb_trainer_destroy(trainer);
  return status;
}

/* All that a trainer allocates ahead, and a history that grows. */
static dpb_status train_with_everything(void) {
  dpb_trainer *trainer = POISON;
  dpb_status status =
      dpb_trainer_create(&(dpb_trainer_config){.model = ready,
                                               .optimizer = optimizer_of_ready,
                                               .train = data,
                                               .validation = data,
                                               .epochs = 9,
                                               .schedule = "plateau 9 0.5",
                                               .accumulate = 2,
                                               .augment = "noise 0.1",
                                               .evaluate_every = 1,
                                               .patience = 100},
                         &trainer);
  check_out(status, trainer);
  if (status != DPB_OK) return status;
  status = dpb_trainer_run(trainer);
  dpb_trainer_destroy(trainer);
  return status;
}

static dpb_status top_k(void) {
  size_t correct = 0;
  dpb_confusion *confusion = POISON;
  dpb_status status = dpb_confusion_create(10, &confusion);
  check_out(status, confusion);
  dpb_confusion_destroy(confusion);
  return status == DPB_OK ? dpb_evaluate_top_k(ready, data, 2, &correct) : status;
}

static void test_trainer(void **state) {
  (void)state;
  optimizer_of_ready = fixture_optimizer(ready, DPB_ADAM, 0.001f);
  for (int i = DPB_SHUFFLE; i <= DPB_WITH_REPLACEMENT; i++) {
    sampling = (dpb_sampling)i;
    fail_each(train, 4);
  }
  must(dpb_model_gradient_clear(ready)); /* what the model keeps from then on */
  fail_each(train_with_everything, 8);
  fail_each(top_k, 3);
  dpb_optimizer_destroy(optimizer_of_ready);
}

/* -- the rest */

static dpb_status check_gradients(void) {
  dpb_gradcheck_row rows[6];
  int count = 0;
  int passed = 0;
  dpb_status status = dpb_gradcheck(ready, &(dpb_gradcheck_config){.coordinates = 2},
                                    rows, 6, &count, &passed);
  if (status != DPB_OK) assert_false(passed);
  return status;
}

static void test_gradcheck(void **state) {
  (void)state;
  size_t count = 0;
  float *before = fixture_copy(ready, &count);
  fail_each(check_gradients, 1);
  float *now = NULL;
  fixture_flat(ready, &now);
  assert_memory_equal(before, now, count * sizeof *now);
  free(before);
}

static dpb_status compute_graph(void) {
  dpb_graph *graph = POISON;
  dpb_status status = dpb_graph_create(&graph);
  check_out(status, graph);
  if (status != DPB_OK) return status;
  dpb_node sum = dpb_graph_input(graph, 0);
  for (int i = 1; i <= 100; i++)
    sum = dpb_graph_add(graph, sum, dpb_graph_input(graph, i));
  status = dpb_graph_backward(graph, sum);
  if (status == DPB_OK) assert_true(dpb_graph_value(graph, sum) == 5050);
  dpb_graph_destroy(graph);
  return status;
}

static void test_graph(void **state) {
  (void)state;
  fail_each(compute_graph, 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_model),
      cmocka_unit_test(test_heads),
      cmocka_unit_test(test_statistics),
      cmocka_unit_test(test_context),
      cmocka_unit_test(test_optimizer),
      cmocka_unit_test(test_between_gradient_and_update),
      cmocka_unit_test(test_trainer),
      cmocka_unit_test(test_gradcheck),
      cmocka_unit_test(test_graph),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
