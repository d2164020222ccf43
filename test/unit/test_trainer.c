/* SPDX-License-Identifier: MIT
 *
 * The loop over epochs against the same loop written out here with dpb_batcher and
 * dpb_train_step.
 */
#include <time.h>

#include "trainer_fixture.h"

static void test_every_sampling_is_the_loop_by_hand(void **state) {
  (void)state;
  float *first = NULL;
  size_t count = 0;
  for (int sampling = DPB_SHUFFLE; sampling <= DPB_WITH_REPLACEMENT; sampling++) {
    fixture it = make();
    fixture hand = make();
    it.config.sampling = hand.config.sampling = (dpb_sampling)sampling;
    dpb_trainer *trainer = trainer_of(&it);
    double mean[3];
    must(dpb_trainer_run(trainer));
    train_by_hand(&hand, 3, 0, mean);
    assert_same_parameters(it.model, hand.model);
    const dpb_epoch *history = dpb_trainer_history(trainer, &count);
    assert_int_equal(count, 3);
    for (size_t i = 0; i < 3; i++) {
      assert_int_equal(history[i].epoch, i + 1);
      assert_int_equal(history[i].steps, (i + 1) * 3);
      assert_true(history[i].train_loss == mean[i]);
    }
    float *now = fixture_copy(it.model, &count);
    if (first) /* the modes differ from the first one */
      assert_memory_not_equal(now, first, count * sizeof *now);
    else
      first = now;
    if (now != first) free(now);
    dpb_trainer_destroy(trainer);
    clear(&it);
    clear(&hand);
  }
  free(first);
}

static void test_learns(void **state) {
  (void)state;
  fixture it = make();
  it.config.test = it.test;
  it.config.epochs = 20;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 20);
  assert_true(history[19].train_loss < history[0].train_loss);
  assert_true(history[19].train_accuracy == 1.0);
  assert_true(history[19].test_accuracy == 1.0);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

static void test_learns_xor(void **state) {
  (void)state;
  dpb_dataset *data = fixture_xor();
  dpb_model *model = fixture_model("affine 8, tanh, affine 2", (dpb_hwc){1, 1, 2}, 4, 1);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_ADAM, 0.05f);
  dpb_trainer *trainer = NULL;
  must(dpb_trainer_create(
      &(dpb_trainer_config){
          .model = model, .optimizer = optimizer, .train = data, .epochs = 200},
      &trainer));
  must(dpb_trainer_run(trainer));
  int32_t predictions[4];
  dpb_evaluation result;
  must(dpb_evaluate(model, data, &result, predictions));
  assert_int_equal(result.correct, 4);
  assert_memory_equal(predictions, dpb_dataset_labels(data), sizeof predictions);
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  dpb_dataset_destroy(data);
}

static void test_what_is_measured(void **state) {
  (void)state;
  fixture it = make();
  it.config.epochs = 1;
  it.config.train_samples = 7;
  size_t count = 0;
  dpb_evaluation result;

  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  const dpb_epoch *record = dpb_trainer_history(trainer, &count);
  dpb_dataset *head = NULL;
  must(dpb_dataset_head(it.train, 7, &head));
  must(dpb_evaluate(it.model, head, &result, NULL));
  assert_true(record->train_accuracy == (double)result.correct / 7);
  assert_true(isnan(record->validation_loss) && isnan(record->validation_accuracy));
  assert_true(isnan(record->test_loss) && isnan(record->test_accuracy));
  dpb_dataset_destroy(head);
  dpb_trainer_destroy(trainer);

  it.config.validation = it.test;
  it.config.test = it.train;
  it.config.train_samples = 51; /* one more than there are */
  trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  record = dpb_trainer_history(trainer, &count);
  must(dpb_evaluate(it.model, it.test, &result, NULL));
  assert_true(record->validation_loss == result.loss);
  assert_true(record->validation_accuracy == (double)result.correct / 33);
  must(dpb_evaluate(it.model, it.train, &result, NULL));
  assert_true(record->test_loss == result.loss);
  assert_true(record->test_accuracy == (double)result.correct / 50);
  assert_true(record->train_accuracy == record->test_accuracy);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

static void test_further_runs_go_on(void **state) {
  (void)state;
  fixture twice = make();
  fixture once = make();
  twice.config.epochs = 2;
  once.config.epochs = 4;
  dpb_trainer *in_two = trainer_of(&twice);
  dpb_trainer *in_one = trainer_of(&once);
  must(dpb_trainer_run(in_two));
  must(dpb_trainer_run(in_two));
  must(dpb_trainer_run(in_one));
  assert_same_parameters(twice.model, once.model);
  size_t count = 0;
  const dpb_epoch *a = dpb_trainer_history(in_two, &count);
  assert_int_equal(count, 4);
  const dpb_epoch *b = dpb_trainer_history(in_one, &count);
  assert_int_equal(count, 4);
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(a[i].epoch, b[i].epoch);
    assert_int_equal(a[i].steps, b[i].steps);
    assert_true(a[i].train_loss == b[i].train_loss);
    assert_true(a[i].train_accuracy == b[i].train_accuracy);
  }
  dpb_trainer_destroy(in_two);
  dpb_trainer_destroy(in_one);
  clear(&twice);
  clear(&once);
}

static void test_diverging(void **state) {
  (void)state;
  fixture it = make();
  dpb_model_destroy(it.model);
  dpb_optimizer_destroy(it.optimizer);
  it.model = fixture_model("affine 16, relu, affine 4, mse", plain, 20, 2);
  it.optimizer = fixture_optimizer(it.model, DPB_SGD, 1e30f);
  it.config.model = it.model;
  it.config.optimizer = it.optimizer;
  it.config.sampling = DPB_IN_ORDER;
  dpb_trainer *trainer = trainer_of(&it);
  must_fail(dpb_trainer_run(trainer), DPB_ERR_DIVERGED, "epoch 1 step 2: ");
  must_fail(DPB_ERR_DIVERGED, DPB_ERR_DIVERGED, "layer 3 affine");
  size_t count = 0;
  assert_null(dpb_trainer_history(trainer, &count));
  assert_int_equal(count, 0);

  /* the parameters are those after step 1, all finite */
  fixture hand = make();
  dpb_model_destroy(hand.model);
  dpb_optimizer_destroy(hand.optimizer);
  hand.model = fixture_model("affine 16, relu, affine 4, mse", plain, 20, 2);
  hand.optimizer = fixture_optimizer(hand.model, DPB_SGD, 1e30f);
  hand.config.sampling = DPB_IN_ORDER;
  train_by_hand(&hand, 1, 1, NULL);
  assert_same_parameters(it.model, hand.model);
  float *parameters = NULL;
  count = fixture_flat(it.model, &parameters);
  for (size_t i = 0; i < count; i++) assert_true(isfinite(parameters[i]));
  dpb_trainer_destroy(trainer);
  clear(&hand);
  clear(&it);
}

static void test_time_is_of_training_alone(void **state) {
  (void)state;
  fixture it = make();
  it.config.epochs = 1;
  dpb_trainer *trainer = trainer_of(&it);
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  must(dpb_trainer_run(trainer));
  clock_gettime(CLOCK_MONOTONIC, &end);
  double all =
      (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
  size_t count = 0;
  double seconds = dpb_trainer_history(trainer, &count)->seconds;
  assert_true(seconds > 0.0 && seconds < all);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_sampling_is_the_loop_by_hand),
      cmocka_unit_test(test_learns),
      cmocka_unit_test(test_learns_xor),
      cmocka_unit_test(test_what_is_measured),
      cmocka_unit_test(test_further_runs_go_on),
      cmocka_unit_test(test_diverging),
      cmocka_unit_test(test_time_is_of_training_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
