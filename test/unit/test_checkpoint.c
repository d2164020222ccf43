/* SPDX-License-Identifier: MIT
 *
 * A run that goes on from a checkpoint ends as one that never stopped: stopped at every
 * event in turn, in a new trainer, on other threads.
 */
#include "checkpoint_fixture.h"

static const dpb_hwc image = {6, 6, 1};

static const plan plans[] = {
    {"conv 4 k3 p1, batchnorm, relu, maxpool 2, dropout 0.3, affine 16, relu, "
     "dropout 0.5, affine 4",
     {6, 6, 1},
     DPB_ADAM,
     {.epochs = 3,
      .seed = 17,
      .schedule = "warmup 2, cosine",
      .augment = "shift 1, flip",
      .clip_norm = 0.5f,
      .evaluate_every = 2}},
    {"affine 16, relu, affine 4",
     {6, 6, 1},
     DPB_NESTEROV,
     {.epochs = 6, .seed = 3, .batch = 7, .accumulate = 3, .schedule = "plateau 1 0.5"}},
    {"affine 8, batchnorm, tanh, affine 4",
     {6, 6, 1},
     DPB_ADAMW,
     {.epochs = 8, .seed = 3, .patience = 2, .min_delta = 0.2f, .evaluate_every = 1}},
    {"affine 8, sigmoid, affine 4",
     {6, 6, 1},
     DPB_ADAGRAD,
     {.epochs = 2,
      .sampling = DPB_WITH_REPLACEMENT,
      .monitor = DPB_MONITOR_ACCURACY,
      .patience = 1}},
    {"affine 8, relu, affine 4",
     {6, 6, 1},
     DPB_RMSPROP,
     {.epochs = 2, .overfit_batch = 1}},
    {"affine 8, relu, affine 4",
     {6, 6, 1},
     DPB_MOMENTUM,
     {.epochs = 2, .sampling = DPB_IN_ORDER, .schedule = "step 1 0.5"}},
    {"affine 4", {6, 6, 1}, DPB_SGD, {.epochs = 2}},
};
enum { PLANS = sizeof plans / sizeof *plans };

static size_t events_of(const plan *p, work *whole) {
  begin(whole, p, 1);
  must(dpb_trainer_run(whole->trainer));
  assert_true(whole->events > 4);
  return whole->events;
}

static void check_stop_after(const plan *p, size_t events, work *whole) {
  work first, second;
  begin(&first, p, 2);
  first.stop_after = events;
  snprintf(first.path, sizeof first.path, "%s", in_folder("run.npz"));
  assert_int_equal(dpb_trainer_run(first.trainer), DPB_ERR_STOPPED);
  dpb_trainer_place stood, stands;
  must(dpb_trainer_where(first.trainer, &stood));
  assert_true(stood.running);

  begin(&second, p, 1 + (int)(events % 3));
  must(dpb_trainer_load_checkpoint(second.trainer, in_folder("run.npz")));
  must(dpb_trainer_where(second.trainer, &stands));
  assert_int_equal(stands.running, 1);
  assert_int_equal(stood.epochs, stands.epochs);
  assert_int_equal(stood.goal, stands.goal);
  assert_int_equal(stood.step, stands.step);
  assert_int_equal(stood.steps, stands.steps);
  must(dpb_trainer_run(second.trainer));
  assert_same_end(whole, &second);
  end(&first);
  end(&second);
}

static void test_goes_on_from_anywhere(void **state) {
  (void)state;
  for (size_t i = 0; i < PLANS; i++) {
    work whole;
    const size_t events = events_of(&plans[i], &whole);
    for (size_t after = 1; after <= events; after++) {
      work again; /* assert_same_end takes a step with it */
      events_of(&plans[i], &again);
      check_stop_after(&plans[i], after, &again);
      end(&again);
    }
    end(&whole);
  }
}

/* The first one is written ahead of the first step; a run of many pieces. */
static void test_in_many_pieces(void **state) {
  (void)state;
  const plan *p = &plans[0];
  work whole;
  events_of(p, &whole);
  work now;
  begin(&now, p, 1);
  must(dpb_trainer_save_checkpoint(now.trainer, in_folder("piece.npz"), NULL));
  end(&now);
  dpb_status status = DPB_ERR_STOPPED;
  for (int piece = 0; status == DPB_ERR_STOPPED; piece++) {
    assert_true(piece < 100);
    begin(&now, p, 1 + piece % 3);
    must(dpb_trainer_load_checkpoint(now.trainer, in_folder("piece.npz")));
    now.stop_after = 1 + (size_t)piece % 3;
    snprintf(now.path, sizeof now.path, "%s", in_folder("piece.npz"));
    status = dpb_trainer_run(now.trainer);
    if (status == DPB_OK) break;
    end(&now);
  }
  must(status);
  assert_same_end(&whole, &now);
  end(&now);
  end(&whole);
}

/* Saved behind the end of a run: the next one goes on as a further run would. */
static void test_after_the_end(void **state) {
  (void)state;
  const plan p = {"affine 8, relu, affine 4", {6, 6, 1}, DPB_ADAM, {.epochs = 2}};
  work two, one;
  begin(&two, &p, 1);
  must(dpb_trainer_run(two.trainer));
  must(dpb_trainer_save_checkpoint(two.trainer, in_folder("end.npz"), ""));
  must(dpb_trainer_run(two.trainer));
  begin(&one, &p, 1);
  must(dpb_trainer_load_checkpoint(one.trainer, in_folder("end.npz")));
  dpb_trainer_place place;
  must(dpb_trainer_where(one.trainer, &place));
  assert_int_equal(place.running, 0);
  assert_int_equal(place.epochs, 2);
  must(dpb_trainer_run(one.trainer));
  must(dpb_trainer_where(one.trainer, &place));
  assert_int_equal(place.epochs, 4);
  assert_int_equal(place.steps, 4 * place.epoch_steps);
  assert_same_end(&two, &one);
  end(&one);
  end(&two);
}

/* A run may be made longer or shorter, where its schedule does not span all of it. */
static void test_another_length(void **state) {
  (void)state;
  plan p = {"affine 8, relu, affine 4", {6, 6, 1}, DPB_ADAM, {.epochs = 2}};
  work first, second, whole;
  begin(&first, &p, 1);
  first.stop_after = 6;
  snprintf(first.path, sizeof first.path, "%s", in_folder("length.npz"));
  assert_int_equal(dpb_trainer_run(first.trainer), DPB_ERR_STOPPED);
  end(&first);

  p.config.epochs = 5;
  begin(&whole, &p, 1);
  must(dpb_trainer_run(whole.trainer));
  begin(&second, &p, 1);
  must(dpb_trainer_load_checkpoint(second.trainer, in_folder("length.npz")));
  must(dpb_trainer_run(second.trainer));
  assert_same_end(&whole, &second);
  end(&second);
  end(&whole);

  p.config.epochs = 1;
  begin(&second, &p, 1);
  must_fail(dpb_trainer_load_checkpoint(second.trainer, in_folder("length.npz")),
            DPB_ERR_ARG, "is in epoch 2 already, beyond the end at 1");
  end(&second);
}

/* A checkpoint is a model file, too. */
static void test_is_a_model(void **state) {
  (void)state;
  work w;
  begin(&w, &plans[0], 1);
  must(dpb_trainer_run(w.trainer));
  must(dpb_trainer_save_checkpoint(w.trainer, in_folder("m.npz"), NULL));
  dpb_model *model = NULL;
  must(dpb_model_load(in_folder("m.npz"), &(dpb_model_config){.max_batch = 20}, &model));
  dpb_evaluation a, b;
  must(dpb_evaluate(w.model, w.test, &a, NULL));
  must(dpb_evaluate(model, w.test, &b, NULL));
  assert_true(a.loss == b.loss);
  assert_int_equal(a.correct, b.correct);
  assert_true(dpb_model_input(model).h == image.h);
  dpb_model_destroy(model);
  end(&w);
}

static void test_note(void **state) {
  (void)state;
  const plan *p = &plans[PLANS - 1];
  const char *const path = in_folder("note.npz");
  char text[32];
  size_t length = 9;
  work w;
  begin(&w, p, 1);
  must(dpb_trainer_save_checkpoint(w.trainer, path, "--net n\xc3\xa4her\n--lr=1"));
  must(dpb_checkpoint_note(path, text, sizeof text, &length));
  assert_string_equal(text, "--net n\xc3\xa4her\n--lr=1");
  assert_int_equal(length, strlen(text));
  must(dpb_checkpoint_note(path, NULL, 0, &length));
  assert_int_equal(length, strlen(text));
  must(dpb_trainer_save_checkpoint(w.trainer, path, NULL));
  must(dpb_checkpoint_note(path, text, sizeof text, &length));
  assert_string_equal(text, "");
  assert_int_equal(length, 0);
  must(dpb_model_save(w.model, path));
  must_fail(dpb_checkpoint_note(path, text, sizeof text, &length), DPB_ERR_FORMAT,
            "is no checkpoint");
  must_fail(dpb_checkpoint_note(in_folder("none.npz"), text, sizeof text, NULL),
            DPB_ERR_NOT_FOUND, "none.npz");
  must_fail(dpb_checkpoint_note(NULL, text, sizeof text, NULL), DPB_ERR_ARG,
            "path is NULL");
  must_fail(dpb_checkpoint_note(path, NULL, 4, NULL), DPB_ERR_ARG, "text is NULL");
  must_fail(dpb_trainer_save_checkpoint(w.trainer, path, "\xff"), DPB_ERR_ARG, "UTF-8");
  end(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_goes_on_from_anywhere),
      cmocka_unit_test(test_in_many_pieces),
      cmocka_unit_test(test_after_the_end),
      cmocka_unit_test(test_another_length),
      cmocka_unit_test(test_is_a_model),
      cmocka_unit_test(test_note),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_files);
}
