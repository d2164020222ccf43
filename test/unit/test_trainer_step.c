/* SPDX-License-Identifier: MIT
 *
 * What a step of the trainer can do besides: schedules, clipping, accumulation,
 * augmentation, one mini-batch alone, and measuring within an epoch; each against the
 * same thing written out here.
 */
#include "trainer_fixture.h"

#include <deepblas/augment.h>
#include <deepblas/schedule.h>

enum { MOST = 64 };

typedef struct seen {
  size_t count;
  dpb_progress progress[MOST];
} seen;

static int look(const dpb_progress *progress, void *user) {
  seen *all = user;
  if (progress->event == DPB_EVENT_STEP && all->count < MOST)
    all->progress[all->count++] = *progress;
  return 0;
}

static void test_schedule(void **state) {
  (void)state;
  fixture it = make();
  seen all = {0};
  it.config.schedule = "warmup 4, cosine";
  it.config.callback = look;
  it.config.user = &all;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  dpb_schedule *schedule = NULL;
  must(dpb_schedule_create("warmup 4, cosine", 0.01f, 3, 9, &schedule));
  assert_int_equal(all.count, 9);
  for (size_t i = 0; i < 9; i++)
    assert_true(all.progress[i].learning_rate == dpb_schedule_lr(schedule, i));
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  for (size_t i = 0; i < 3; i++)
    assert_true(history[i].learning_rate == dpb_schedule_lr(schedule, 3 * i + 2));
  assert_true(history[0].learning_rate > history[2].learning_rate);
  dpb_schedule_destroy(schedule);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

static void test_plateau_is_told(void **state) {
  (void)state;
  fixture it = make();
  dpb_optimizer_destroy(it.optimizer);
  it.optimizer = fixture_optimizer(it.model, DPB_ADAM, 0.5f); /* up and down */
  it.config.optimizer = it.optimizer;
  it.config.validation = it.test;
  it.config.epochs = 20;
  it.config.schedule = "plateau 1 0.5"; /* patience 1: every step back counts */
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  dpb_schedule *schedule = NULL;
  must(dpb_schedule_create("plateau 1 0.5", 0.5f, 3, 60, &schedule));
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  for (size_t i = 0; i < 20; i++) {
    assert_true(history[i].learning_rate == dpb_schedule_lr(schedule, 3 * i));
    must(dpb_schedule_observe(schedule, history[i].validation_loss));
  }
  assert_true(history[19].learning_rate < 0.5f);
  dpb_schedule_destroy(schedule);
  dpb_trainer_destroy(trainer);
  clear(&it);
}

static void test_clipping(void **state) {
  (void)state;
  fixture it = make();
  fixture hand = make();
  seen all = {0};
  it.config.clip_norm = 0.05f;
  it.config.epochs = 1;
  it.config.callback = look;
  it.config.user = &all;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  dpb_batcher *batcher = NULL;
  must(dpb_batcher_create(hand.train, 20, DPB_SHUFFLE, 17, &batcher));
  for (size_t i = 0; i < 3; i++) {
    dpb_batch batch;
    double loss = 0, norm = 0;
    must(dpb_batcher_get(batcher, i, &batch));
    must(dpb_model_gradient(hand.model, &batch, &loss));
    must(dpb_clip_gradients(hand.model, (double)0.05f, &norm));
    must(dpb_train_update(hand.model, hand.optimizer));
    assert_true(norm > 0.05);
    assert_true(all.progress[i].gradient_norm == norm);
  }
  assert_same_parameters(it.model, hand.model);
  dpb_batcher_destroy(batcher);
  dpb_trainer_destroy(trainer);
  clear(&hand);
  clear(&it);
}

/* Two mini-batches of 20 are one of 40, but for rounding; the third is a step alone. */
static void test_accumulation(void **state) {
  (void)state;
  fixture it = make();
  seen all = {0};
  it.config.accumulate = 2;
  it.config.callback = look;
  it.config.user = &all;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  fixture large = make();
  dpb_model_destroy(large.model);
  dpb_optimizer_destroy(large.optimizer);
  large.model = fixture_model(net, plain, 40, 2);
  large.optimizer = fixture_optimizer(large.model, DPB_ADAM, 0.01f);
  large.config.model = large.model;
  large.config.optimizer = large.optimizer;
  dpb_trainer *one = trainer_of(&large);
  must(dpb_trainer_run(one));
  float *a = NULL;
  float *b = NULL;
  size_t count = fixture_flat(it.model, &a);
  fixture_flat(large.model, &b);
  for (size_t i = 0; i < count; i++) assert_true(fabsf(a[i] - b[i]) < 1e-4f);
  const dpb_epoch *row = dpb_trainer_history(trainer, &count);
  const dpb_epoch *expected = dpb_trainer_history(one, &count);
  assert_int_equal(all.count, 6);
  assert_int_equal(all.progress[0].steps, 2);
  assert_int_equal(all.progress[0].samples, 40);
  assert_int_equal(all.progress[1].samples, 50);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(row[i].steps, expected[i].steps);
    assert_true(fabs(row[i].train_loss - expected[i].train_loss) < 1e-5);
  }
  dpb_trainer_destroy(one);
  dpb_trainer_destroy(trainer);
  clear(&large);
  clear(&it);
}

static void test_augmentation(void **state) {
  (void)state;
  fixture it = make();
  fixture hand = make();
  it.config.augment = "noise 0.3";
  it.config.epochs = 2;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));

  dpb_augment_config settings;
  dpb_augment *augment = NULL;
  must(dpb_augment_parse("noise 0.3", &settings));
  must(dpb_augment_create(&settings, plain, 17, &augment));
  dpb_batcher *batcher = NULL;
  must(dpb_batcher_create(hand.train, 20, DPB_SHUFFLE, 17, &batcher));
  for (size_t step = 0; step < 6; step++) {
    float features[20 * 12];
    int32_t labels[20];
    dpb_batch batch;
    if (step % 3 == 0) must(dpb_batcher_start(batcher, step / 3));
    must(dpb_batcher_get(batcher, step % 3, &batch));
    must(dpb_augment_apply(augment, &batch, step / 3, step % 3 * 20, features));
    for (int i = 0; i < batch.n; i++) labels[i] = batch.labels[batch.rows[i]];
    const dpb_batch own = {.n = batch.n, .features = features, .labels = labels};
    must(dpb_train_step(hand.model, hand.optimizer, &own, NULL));
  }
  assert_same_parameters(it.model, hand.model);

  /* what is measured is the samples as they are */
  size_t count = 0;
  dpb_evaluation result;
  must(dpb_evaluate(it.model, it.train, &result, NULL));
  assert_true(dpb_trainer_history(trainer, &count)[1].train_accuracy ==
              (double)result.correct / 50);
  dpb_batcher_destroy(batcher);
  dpb_augment_destroy(augment);
  dpb_trainer_destroy(trainer);
  clear(&hand);
  clear(&it);
}

static void test_one_batch_is_learned_by_heart(void **state) {
  (void)state;
  fixture it = make();
  fixture hand = make();
  it.config.overfit_batch = 1;
  it.config.epochs = 30;
  it.config.test = it.test;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  size_t count = 0;
  const dpb_epoch *history = dpb_trainer_history(trainer, &count);
  assert_true(history[29].train_accuracy == 1.0);
  assert_true(history[29].train_loss < 0.5 * history[0].train_loss);
  dpb_batcher *batcher = NULL;
  dpb_batch batch;
  must(dpb_batcher_create(hand.train, 20, DPB_SHUFFLE, 17, &batcher));
  must(dpb_batcher_get(batcher, 0, &batch));
  for (int i = 0; i < 90; i++)
    must(dpb_train_step(hand.model, hand.optimizer, &batch, NULL));
  assert_same_parameters(it.model, hand.model);
  dpb_batcher_destroy(batcher);
  dpb_trainer_destroy(trainer);
  clear(&hand);
  clear(&it);
}

static void test_measuring_within_an_epoch(void **state) {
  (void)state;
  fixture it = make();
  fixture hand = make();
  it.config.evaluate_every = 2;
  it.config.epochs = 2;
  it.config.validation = it.test;
  dpb_trainer *trainer = trainer_of(&it);
  must(dpb_trainer_run(trainer));
  size_t count = 0;
  const dpb_epoch *row = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 4); /* steps 2 and 3, 5 and 6 */
  static const size_t steps[] = {2, 3, 5, 6};
  for (size_t i = 0; i < 4; i++) {
    assert_int_equal(row[i].steps, steps[i]);
    assert_int_equal(row[i].epoch, 1 + i / 2);
    assert_true((row[i].partial == 1) == (i % 2 == 0));
    if (i % 2 == 0)
      assert_true(isnan(row[i].train_accuracy));
    else
      assert_true(isfinite(row[i].train_accuracy));
    assert_true(isfinite(row[i].validation_loss));
  }
  train_by_hand(&hand, 2, 2, NULL); /* epoch 2 up to its step 2 */
  dpb_evaluation result;
  must(dpb_evaluate(hand.model, hand.test, &result, NULL));
  assert_true(result.loss == row[2].validation_loss);

  /* it disturbs nothing, and a further run counts epochs, not rows */
  must(dpb_trainer_run(trainer));
  row = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 8);
  assert_int_equal(row[7].epoch, 4);
  fixture plain_run = make();
  train_by_hand(&plain_run, 4, 0, NULL);
  assert_same_parameters(it.model, plain_run.model);
  dpb_trainer_destroy(trainer);
  clear(&plain_run);
  clear(&hand);
  clear(&it);
}

static void refused(const dpb_trainer_config *config, dpb_status status,
                    const char *text) {
  dpb_trainer *trainer = (dpb_trainer *)(uintptr_t)1;
  must_fail(dpb_trainer_create(config, &trainer), status, text);
  assert_null(trainer);
}

static void test_refusals(void **state) {
  (void)state;
  fixture it = make();
  dpb_trainer_config config = it.config;
  config.clip_norm = -1.0f;
  refused(&config, DPB_ERR_ARG, "clip_norm is -1, must be at least 0 and finite");
  config.clip_norm = INFINITY;
  refused(&config, DPB_ERR_ARG, "clip_norm is inf");
  config = it.config;
  config.accumulate = -2;
  refused(&config, DPB_ERR_ARG, "accumulate is -2, must be at least 0");
  config = it.config;
  config.augment = "shift 1";
  refused(&config, DPB_ERR_SHAPE,
          "trainer: augment: shift is for images, the samples are 1x1x12");
  config.augment = "rotate 400";
  refused(&config, DPB_ERR_ARG, "rotate is 400, must be 0 to 180 degrees");
  config.augment = "noise 1";
  config.overfit_batch = 1;
  refused(&config, DPB_ERR_ARG, "overfit_batch is one mini-batch as it is");
  config.augment = NULL;
  config.accumulate = 2;
  refused(&config, DPB_ERR_ARG, "without accumulate");
  config = it.config;
  config.schedule = "plateau 3 0.5";
  refused(&config, DPB_ERR_ARG, "'plateau 3 0.5' needs a validation set");
  config.schedule = "sawtooth";
  refused(&config, DPB_ERR_SPEC, "sawtooth");
  clear(&it);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_schedule),
      cmocka_unit_test(test_plateau_is_told),
      cmocka_unit_test(test_clipping),
      cmocka_unit_test(test_accumulation),
      cmocka_unit_test(test_augmentation),
      cmocka_unit_test(test_one_batch_is_learned_by_heart),
      cmocka_unit_test(test_measuring_within_an_epoch),
      cmocka_unit_test(test_refusals),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
