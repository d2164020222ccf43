/* SPDX-License-Identifier: MIT
 *
 * What the trainer tells its callback, how that stops it, and which configurations are
 * refused.
 */
#include "trainer_fixture.h"

enum { MOST = 64 };

typedef struct seen {
  size_t count;
  dpb_progress progress[MOST];
  dpb_epoch record[MOST];
  size_t stop_after; /* events; 0: never */
} seen;

static int look(const dpb_progress *progress, void *user) {
  seen *all = user;
  assert_true(all->count < MOST);
  all->progress[all->count] = *progress;
  if (progress->record) all->record[all->count] = *progress->record;
  all->count++;
  return all->count == all->stop_after;
}

static void test_events(void **state) {
  (void)state;
  static const size_t samples[] = {20, 40, 50, 50};
  fixture it = make();
  seen all = {0};
  it.config.epochs = 2;
  it.config.callback = look;
  it.config.user = &all;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  assert_int_equal(all.count, 8); /* two times: three steps and the epoch */
  double sum = 0;
  for (size_t i = 0; i < 8; i++) {
    const dpb_progress *at = &all.progress[i];
    size_t in = i % 4;
    assert_int_equal(at->event, in < 3 ? DPB_EVENT_STEP : DPB_EVENT_EPOCH);
    assert_int_equal(at->epoch, 1 + i / 4);
    assert_int_equal(at->epochs, 2);
    assert_int_equal(at->step, in < 3 ? in + 1 : 3);
    assert_int_equal(at->steps, 3);
    assert_int_equal(at->samples, samples[in]);
    assert_true(isfinite(at->loss) && at->loss > 0);
    if (in > 0) assert_true(at->seconds >= all.progress[i - 1].seconds);
    sum = in == 0 ? at->loss : in < 3 ? sum + at->loss : sum;
    if (in < 3) {
      assert_null(at->record);
      continue;
    }
    assert_non_null(at->record);
    assert_memory_equal(&all.record[i], &history[i / 4], sizeof *history);
    assert_true(history[i / 4].train_loss == sum / 3);
    assert_true(history[i / 4].seconds == at->seconds);
  }
  dpb_trainer_destroy(trainer);
  clear(&it);
}

static void test_stop_after_a_step(void **state) {
  (void)state;
  fixture it = make();
  fixture hand = make();
  seen all = {.stop_after = 6}; /* step 2 of epoch 2 */
  it.config.callback = look;
  it.config.user = &all;
  dpb_trainer *trainer = trainer_of(&it);
  must_fail(dpb_trainer_run(trainer), DPB_ERR_STOPPED, "epoch 2 after step 2 of 3");
  assert_int_equal(all.count, 6);
  train_by_hand(&hand, 2, 2, NULL);
  assert_same_parameters(it.model, hand.model);
  size_t count = 0;
  dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 1);

  /* the next call goes on with step 3, and ends where the run was to end */
  all = (seen){0};
  must(dpb_trainer_run(trainer));
  assert_int_equal(all.count, 2 + 4);
  assert_int_equal(all.progress[0].epoch, 2);
  assert_int_equal(all.progress[0].step, 3);
  assert_int_equal(all.progress[0].samples, 50);
  clear(&hand);

  /* nothing tells it from a run that was not stopped */
  hand = make();
  dpb_trainer *whole = trainer_of(&hand);
  must(dpb_trainer_run(whole));
  assert_same_parameters(it.model, hand.model);
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 3);
  const dpb_epoch *others = dpb_trainer_history(whole, &count);
  assert_int_equal(count, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(history[i].epoch, others[i].epoch);
    assert_int_equal(history[i].steps, others[i].steps);
    assert_true(history[i].train_loss == others[i].train_loss);
  }
  dpb_trainer_destroy(whole);
  dpb_trainer_destroy(trainer);
  clear(&hand);
  clear(&it);
}

static void test_stop_after_an_epoch(void **state) {
  (void)state;
  fixture it = make();
  seen all = {.stop_after = 4};
  it.config.callback = look;
  it.config.user = &all;
  dpb_trainer *trainer = trainer_of(&it);
  assert_int_equal(dpb_trainer_run(trainer), DPB_ERR_STOPPED);
  size_t count = 0;
  assert_non_null(dpb_trainer_history(trainer, &count));
  assert_int_equal(count, 1);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

static void refused(const dpb_trainer_config *config, dpb_status status,
                    const char *text) {
  dpb_trainer *trainer = (dpb_trainer *)(uintptr_t)1;
  must_fail(dpb_trainer_create(config, &trainer), status, text);
  assert_null(trainer);
}

static void test_fields_out_of_range(void **state) {
  (void)state;
  fixture it = make();
  refused(NULL, DPB_ERR_ARG, "config is NULL");
  must_fail(dpb_trainer_create(&it.config, NULL), DPB_ERR_ARG, "trainer is NULL");
  must_fail(dpb_trainer_run(NULL), DPB_ERR_ARG, "trainer is NULL");
  dpb_trainer_destroy(NULL);

  dpb_trainer_config config = it.config;
  config.model = NULL;
  refused(&config, DPB_ERR_ARG, "model is NULL");
  config = it.config;
  config.optimizer = NULL;
  refused(&config, DPB_ERR_ARG, "optimizer is NULL");
  config = it.config;
  config.train = NULL;
  refused(&config, DPB_ERR_ARG, "train is NULL");
  config = it.config;
  config.epochs = 0;
  refused(&config, DPB_ERR_ARG, "epochs is 0, must be at least 1");
  config = it.config;
  config.batch = -1;
  refused(&config, DPB_ERR_ARG, "batch is -1, must be at least 0");
  config = it.config;
  config.sampling = (dpb_sampling)3;
  refused(&config, DPB_ERR_ARG, "sampling is 3, must be 0 to 2");
  clear(&it);
}

static void test_what_does_not_fit(void **state) {
  (void)state;
  fixture it = make();
  dpb_trainer_config config = it.config;
  config.batch = 21;
  refused(&config, DPB_ERR_SHAPE, "batch is 21, the model's max_batch is 20");

  dpb_dataset *narrow = fixture_blobs(9, (dpb_hwc){1, 1, 11}, 4, 1);
  dpb_dataset *many = fixture_blobs(9, plain, 5, 1);
  config = it.config;
  config.train = narrow;
  refused(&config, DPB_ERR_SHAPE,
          "training set: its samples are 1x1x11, the model's input is 1x1x12");
  config = it.config;
  config.validation = many;
  refused(&config, DPB_ERR_SHAPE,
          "validation set: it has 5 classes, the model has 4 outputs");
  config = it.config;
  config.test = narrow;
  refused(&config, DPB_ERR_SHAPE, "test set: its samples are 1x1x11");
  dpb_dataset_destroy(many);
  dpb_dataset_destroy(narrow);

  dpb_model *other = fixture_model("affine 4", plain, 20, 1);
  dpb_optimizer *small = fixture_optimizer(other, DPB_SGD, 0.1f);
  config = it.config;
  config.optimizer = small;
  refused(&config, DPB_ERR_SHAPE, "the model's flat count is");
  dpb_optimizer_destroy(small);
  dpb_model_destroy(other);
  clear(&it);
}

static void test_model_for_inference(void **state) {
  (void)state;
  fixture it = make();
  dpb_model_destroy(it.model);
  must(dpb_model_create(&(dpb_model_config){.input = plain, .inference = 1}, &it.model));
  must(dpb_add_text(it.model, net));
  it.config.model = it.model;
  refused(&it.config, DPB_ERR_STATE, "built"); /* not built yet */
  must(dpb_model_build(it.model));
  refused(&it.config, DPB_ERR_STATE, "inference");
  clear(&it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_events),
      cmocka_unit_test(test_stop_after_a_step),
      cmocka_unit_test(test_stop_after_an_epoch),
      cmocka_unit_test(test_fields_out_of_range),
      cmocka_unit_test(test_what_does_not_fit),
      cmocka_unit_test(test_model_for_inference),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
