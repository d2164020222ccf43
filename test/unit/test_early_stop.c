/* SPDX-License-Identifier: MIT
 *
 * Early stopping: when it stops, and that the model is what it was after its best epoch.
 */
#include "trainer_fixture.h"

/* A learning rate this large makes the validation loss go up and down. */
static fixture make_restless(void) {
  fixture it = make();
  dpb_optimizer_destroy(it.optimizer);
  it.optimizer = fixture_optimizer(it.model, DPB_ADAM, 0.5f);
  it.config.optimizer = it.optimizer;
  it.config.validation = it.test;
  it.config.epochs = 40;
  return it;
}

/* The epoch that patience ends at, worked out from the history, and the best one. */
static size_t end_of(const dpb_epoch *history, size_t count, const dpb_trainer_config *c,
                     size_t *best) {
  size_t waited = 0;
  *best = 0;
  for (size_t i = 1; i < count; i++) {
    double gain =
        c->monitor == DPB_MONITOR_ACCURACY
            ? history[i].validation_accuracy - history[*best].validation_accuracy
            : history[*best].validation_loss - history[i].validation_loss;
    if (gain > (double)c->min_delta) {
      *best = i;
      waited = 0;
    } else if (++waited == c->patience) {
      return i + 1;
    }
  }
  return count;
}

static void check_run(size_t patience, float min_delta, dpb_monitor monitor, int stops) {
  fixture free_running = make_restless();
  dpb_trainer *trainer = trainer_of(&free_running);
  must(dpb_trainer_run(trainer));
  assert_null(dpb_trainer_best(trainer));
  assert_int_equal(dpb_trainer_stopped_early(trainer), 0);
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 40);

  fixture it = make_restless();
  it.config.patience = patience;
  it.config.min_delta = min_delta;
  it.config.monitor = monitor;
  size_t best = 0;
  const size_t end = end_of(history, 40, &it.config, &best);
  dpb_trainer *stopping = trainer_of(&it);
  assert_null(dpb_trainer_best(stopping));
  must(dpb_trainer_run(stopping));
  dpb_trainer_history(stopping, &count);
  assert_int_equal(count, end);
  assert_int_equal(end < 40, stops);
  assert_int_equal(dpb_trainer_stopped_early(stopping), stops);
  assert_int_equal(dpb_trainer_best(stopping)->epoch, best + 1);
  assert_true(dpb_trainer_best(stopping)->validation_loss ==
              history[best].validation_loss);

  /* the model is that of the best epoch, bit by bit */
  fixture hand = make_restless();
  train_by_hand(&hand, best + 1, 0, NULL);
  assert_same_parameters(it.model, hand.model);
  dpb_evaluation result;
  must(dpb_evaluate(it.model, it.test, &result, NULL));
  assert_true(result.loss == history[best].validation_loss);

  dpb_trainer_destroy(stopping);
  dpb_trainer_destroy(trainer);
  clear(&hand);
  clear(&it);
  clear(&free_running);
}

static void test_stops_and_restores(void **state) {
  (void)state;
  check_run(1, 0.0f, DPB_MONITOR_LOSS, 1);
  check_run(3, 0.0f, DPB_MONITOR_LOSS, 1);
  check_run(3, 0.05f, DPB_MONITOR_LOSS, 1);
  check_run(4, 0.0f, DPB_MONITOR_ACCURACY, 1);
  check_run(100, 0.0f, DPB_MONITOR_LOSS, 0); /* never; restored all the same */
}

static void test_running_statistics_are_restored(void **state) {
  (void)state;
  fixture it = make_restless();
  dpb_model_destroy(it.model);
  dpb_optimizer_destroy(it.optimizer);
  it.model = fixture_model("affine 16, batchnorm, relu, affine 4", plain, 20, 2);
  it.optimizer = fixture_optimizer(it.model, DPB_ADAM, 0.5f);
  it.config.model = it.model;
  it.config.optimizer = it.optimizer;
  it.config.patience = 2;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  size_t count = 0;
  dpb_trainer_history(trainer, &count);
  assert_true(dpb_trainer_best(trainer)->epoch < count);
  dpb_evaluation result;
  must(dpb_evaluate(it.model, it.test, &result, NULL));
  assert_true(result.loss == dpb_trainer_best(trainer)->validation_loss);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

static void test_refusals(void **state) {
  (void)state;
  fixture it = make();
  dpb_trainer *trainer = NULL;
  it.config.patience = 3;
  must_fail(dpb_trainer_create(&it.config, &trainer), DPB_ERR_ARG,
            "a patience of 3 epochs needs a validation set");
  it.config.validation = it.test;
  it.config.min_delta = -0.5f;
  must_fail(dpb_trainer_create(&it.config, &trainer), DPB_ERR_ARG,
            "min_delta is -0.5, must be at least 0 and finite");
  it.config.min_delta = NAN;
  must_fail(dpb_trainer_create(&it.config, &trainer), DPB_ERR_ARG, "min_delta is nan");
  it.config.min_delta = 0.1f;
  it.config.patience = 0;
  must_fail(dpb_trainer_create(&it.config, &trainer), DPB_ERR_ARG,
            "min_delta means nothing without patience");
  it.config.min_delta = 0.0f;
  it.config.monitor = (dpb_monitor)2;
  must_fail(dpb_trainer_create(&it.config, &trainer), DPB_ERR_ARG, "monitor is 2");
  assert_null(trainer);
  assert_null(dpb_trainer_best(NULL));
  assert_int_equal(dpb_trainer_stopped_early(NULL), 0);
  clear(&it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stops_and_restores),
      cmocka_unit_test(test_running_statistics_are_restored),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
