/* SPDX-License-Identifier: MIT
 *
 * A whole training run gives the same bits on any number of threads, and again.
 */
#include "train_fixture.h"

enum { EPOCHS = 4 };
static const dpb_hwc sample = {8, 8, 1};

/* 31,700 weights: the update is shared as well; the batch of 90 makes shards of unequal
 * size, and the last batch of an epoch is short. */
static const char *net =
    "affine 300, batchnorm, relu, affine 40, layernorm, tanh, batchnorm, affine 10";

typedef struct outcome {
  float *parameters;
  size_t count;
  dpb_epoch history[EPOCHS];
  int32_t predictions[217];
} outcome;

static dpb_dataset *data;

static void run(outcome *it, dpb_optimizer_kind kind, dpb_sampling sampling, int threads,
                uint64_t seed) {
  dpb_model *model = fixture_model(net, sample, 90, threads);
  assert_int_equal(dpb_model_threads(model), threads);
  dpb_optimizer *optimizer = fixture_optimizer(model, kind, 0.01f);
  dpb_trainer *trainer = NULL;
  must(dpb_trainer_create(&(dpb_trainer_config){.model = model,
                                                .optimizer = optimizer,
                                                .train = data,
                                                .test = data,
                                                .epochs = EPOCHS,
                                                .sampling = sampling,
                                                .seed = seed},
                          &trainer));
  must(dpb_trainer_run(trainer));
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, EPOCHS);
  memcpy(it->history, history, sizeof it->history);
  it->parameters = fixture_copy(model, &it->count);
  dpb_evaluation result;
  must(dpb_evaluate(model, data, &result, it->predictions));
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
}

static int same_bits(double a, double b) {
  return memcmp(&a, &b, sizeof a) == 0;
}

static void assert_same(const outcome *a, const outcome *b) {
  assert_int_equal(a->count, b->count);
  assert_memory_equal(a->parameters, b->parameters, a->count * sizeof *a->parameters);
  for (size_t i = 0; i < EPOCHS; i++) {
    assert_true(same_bits(a->history[i].train_loss, b->history[i].train_loss));
    assert_true(same_bits(a->history[i].train_accuracy, b->history[i].train_accuracy));
    assert_true(same_bits(a->history[i].test_loss, b->history[i].test_loss));
    assert_true(same_bits(a->history[i].test_accuracy, b->history[i].test_accuracy));
  }
  assert_memory_equal(a->predictions, b->predictions, sizeof a->predictions);
}

static void test_every_optimizer(void **state) {
  (void)state;
  static const int threads[] = {1, 2, 4, 3};
  for (int kind = DPB_SGD; kind <= DPB_ADAMW; kind++) {
    outcome first;
    run(&first, (dpb_optimizer_kind)kind, DPB_SHUFFLE, 1, 5);
    for (size_t i = 0; i < 4; i++) {
      outcome again;
      run(&again, (dpb_optimizer_kind)kind, DPB_SHUFFLE, threads[i], 5);
      assert_same(&first, &again);
      free(again.parameters);
    }
    free(first.parameters);
  }
}

static void test_convolutions(void **state) {
  (void)state;
  const char *const usual = net;
  net = "conv 6 k3 p1, relu, maxpool 2, conv 12 k3 p1 g6, relu, conv 12 k3 s2 p1 g12, "
        "conv 24 k1 g2, relu, affine 10";
  outcome first;
  run(&first, DPB_ADAM, DPB_SHUFFLE, 1, 5);
  for (int threads = 2; threads <= 4; threads++) {
    outcome again;
    run(&again, DPB_ADAM, DPB_SHUFFLE, threads, 5);
    assert_same(&first, &again);
    free(again.parameters);
  }
  free(first.parameters);
  net = usual;
}

static void test_every_sampling(void **state) {
  (void)state;
  for (int sampling = DPB_SHUFFLE; sampling <= DPB_WITH_REPLACEMENT; sampling++) {
    outcome one, two;
    run(&one, DPB_MOMENTUM, (dpb_sampling)sampling, 1, 5);
    run(&two, DPB_MOMENTUM, (dpb_sampling)sampling, 2, 5);
    assert_same(&one, &two);
    free(one.parameters);
    free(two.parameters);
  }
}

/* Else the tests above could not fail. */
static void test_another_seed_is_another_run(void **state) {
  (void)state;
  outcome one, two;
  run(&one, DPB_SGD, DPB_SHUFFLE, 2, 5);
  run(&two, DPB_SGD, DPB_SHUFFLE, 2, 6);
  assert_memory_not_equal(one.parameters, two.parameters,
                          one.count * sizeof *one.parameters);
  free(one.parameters);
  free(two.parameters);
}

static int set_up(void **state) {
  (void)state;
  data = fixture_blobs(217, sample, 10, 9);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_dataset_destroy(data);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_optimizer),
      cmocka_unit_test(test_convolutions),
      cmocka_unit_test(test_every_sampling),
      cmocka_unit_test(test_another_seed_is_another_run),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
