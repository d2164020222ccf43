/* SPDX-License-Identifier: MIT
 *
 * Learning-rate schedules against values worked out by hand, what their texts may say,
 * and the state of a plateau.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include <deepblas/schedule.h>

/* 20 epochs of 5 steps. */
enum { EPOCH = 5, TOTAL = 100 };

static dpb_schedule *made(const char *text, float base) {
  dpb_schedule *schedule = NULL;
  if (dpb_schedule_create(text, base, EPOCH, TOTAL, &schedule) != DPB_OK)
    fail_msg("'%s': %s", text, dpb_error_message());
  return schedule;
}

static void check_rate(const char *text, float base, uint64_t step, double expected) {
  dpb_schedule *schedule = made(text, base);
  const double lr = (double)dpb_schedule_lr(schedule, step);
  if (!(fabs(lr - expected) <= 1e-7 * expected))
    fail_msg("'%s' at step %d: %.9g, expected %.9g", text, (int)step, lr, expected);
  dpb_schedule_destroy(schedule);
}

static void rates_by_hand(void **state) {
  (void)state;
  static const struct {
    const char *text;
    uint64_t step;
    double expected; /* with a base of 0.5 */
  } cases[] = {
      {"constant", 0, 0.5},
      {"constant", 99, 0.5},
      {"step 10 0.1", 0, 0.5},
      {"step 10 0.1", 49, 0.5},
      {"step 10 0.1", 50, 0.05}, /* the first step of epoch 10 */
      {"step 3 0.5", 14, 0.5},
      {"step 3 0.5", 15, 0.25},
      {"step 3 0.5", 30, 0.125},
      {"exponential 0.5", 4, 0.5},
      {"exponential 0.5", 5, 0.25},
      {"exponential 0.5", 29, 0.015625},
      {"cosine", 0, 0.5},
      {"cosine", 25, 0.42677669529663687}, /* (1 + cos(pi / 4)) / 4 */
      {"cosine", 50, 0.25},
      {"cosine", 75, 0.07322330470336313},
      {"cosine", 99, 0.00012335989663} /* 0.25 (1 - cos(pi / 100)) */,
      {"cosine 0.1", 0, 0.5},
      {"cosine 0.1", 50, 0.3},
      {"cosine 1e-1", 75, 0.15857864376269049}, /* 0.1 + 0.2 (1 - cos(pi / 4)) */
      {"warmup 10", 0, 0.05},
      {"warmup 10", 8, 0.45},
      {"warmup 10", 9, 0.5},
      {"warmup 10", 10, 0.5},
      {"warmup 10, constant", 4, 0.25},
      {"warmup 20, cosine", 0, 0.025},
      {"warmup 20, cosine", 19, 0.5},
      {"warmup 20, cosine", 20, 0.5},
      {"warmup 20, cosine", 60, 0.25}, /* the middle of the other 80 */
      {"cosine , warmup 20", 60, 0.25},
      {"warmup 10,step 1 0.5", 9, 0.25},
      {"  warmup\t10 ,  exponential 0.5  ", 5, 0.15}, /* 0.6 * 0.25 */
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_rate(cases[i].text, 0.5f, cases[i].step, cases[i].expected);
}

static void the_last_rate_stays(void **state) {
  (void)state;
  static const char *const texts[] = {"constant", "step 2 0.5", "exponential 0.9",
                                      "cosine",   "cosine 0.1", "warmup 50, cosine"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    dpb_schedule *schedule = made(texts[i], 0.5f);
    const float last = dpb_schedule_lr(schedule, TOTAL - 1);
    assert_true(last > 0);
    assert_true(dpb_schedule_lr(schedule, TOTAL) == last);
    assert_true(dpb_schedule_lr(schedule, UINT64_MAX) == last);
    dpb_schedule_destroy(schedule);
  }
}

static void a_rate_never_is_zero(void **state) {
  (void)state;
  dpb_schedule *schedule = NULL;
  assert_int_equal(dpb_schedule_create("exponential 0.001", 1, 1, 1000, &schedule), 0);
  assert_true(dpb_schedule_lr(schedule, 999) == FLT_MIN);
  dpb_schedule_destroy(schedule);

  schedule = made("plateau 1 1e-300", 1);
  for (int i = 0; i < 10; i++) dpb_schedule_observe(schedule, 1);
  assert_true(dpb_schedule_lr(schedule, 0) == FLT_MIN);
  dpb_schedule_state now;
  assert_int_equal(dpb_schedule_get_state(schedule, &now), DPB_OK);
  assert_true(now.factor > 0);
  dpb_schedule_destroy(schedule);
}

/* "plateau 3 0.5": each loss, and the rate behind it. */
static void a_plateau_lowers_the_rate(void **state) {
  (void)state;
  static const struct {
    double loss;
    float lr;
  } epochs[] = {
      {1.0, 0.8f},         {0.9, 0.8f},  {0.9, 0.8f}, /* no lower is no better: 1 */
      {(double)NAN, 0.8f},                            /* 2 */
      {0.89, 0.8f},                                   /* better: counted anew */
      {0.95, 0.8f},        {0.95, 0.8f}, {0.9, 0.4f}, /* 3 */
      {0.9, 0.4f},         {0.9, 0.4f},  {0.9, 0.2f}, {(double)INFINITY, 0.2f},
      {0.1, 0.2f},
  };
  dpb_schedule *schedule = made("plateau 3 0.5", 0.8f);
  assert_int_equal(dpb_schedule_needs_loss(schedule), 1);
  assert_true(dpb_schedule_lr(schedule, 0) == 0.8f);
  for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
    assert_int_equal(dpb_schedule_observe(schedule, epochs[i].loss), DPB_OK);
    if (dpb_schedule_lr(schedule, 7) != epochs[i].lr)
      fail_msg("epoch %zu: %g", i, (double)dpb_schedule_lr(schedule, 7));
  }
  dpb_schedule_destroy(schedule);
}

static void the_others_do_not_mind_losses(void **state) {
  (void)state;
  static const char *const texts[] = {"constant", "step 1 0.5", "exponential 0.5",
                                      "cosine", "warmup 3"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    dpb_schedule *schedule = made(texts[i], 1);
    assert_int_equal(dpb_schedule_needs_loss(schedule), 0);
    const float before = dpb_schedule_lr(schedule, 20);
    for (int j = 0; j < 9; j++) assert_int_equal(dpb_schedule_observe(schedule, 1), 0);
    assert_true(dpb_schedule_lr(schedule, 20) == before);
    dpb_schedule_destroy(schedule);
  }
}

static void state_goes_to_another(void **state) {
  (void)state;
  dpb_schedule *first = made("warmup 10, plateau 2 0.5", 1);
  dpb_schedule *second = made("warmup 10, plateau 2 0.5", 1);
  static const double losses[] = {0.5, 0.6, 0.6, 0.7};
  for (int i = 0; i < 4; i++) dpb_schedule_observe(first, losses[i]);
  dpb_schedule_state kept;
  assert_int_equal(dpb_schedule_get_state(first, &kept), DPB_OK);
  assert_true(kept.best == 0.5 && kept.factor == 0.5 && kept.waited == 1);
  assert_int_equal(dpb_schedule_set_state(second, &kept), DPB_OK);
  for (int i = 0; i < 4; i++) {
    dpb_schedule_observe(first, 0.5);
    dpb_schedule_observe(second, 0.5);
    assert_true(dpb_schedule_lr(first, 4) == dpb_schedule_lr(second, 4));
  }
  assert_true(dpb_schedule_lr(first, 4) == 0.0625f); /* 0.5 * 0.5^3 */

  static const double bad[] = {0, -1, 1.5, (double)NAN};
  for (int i = 0; i < 4; i++) {
    kept.factor = bad[i];
    assert_int_equal(dpb_schedule_set_state(second, &kept), DPB_ERR_ARG);
  }
  assert_int_equal(dpb_schedule_get_state(NULL, &kept), DPB_ERR_ARG);
  assert_int_equal(dpb_schedule_get_state(first, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_schedule_set_state(NULL, &kept), DPB_ERR_ARG);
  assert_int_equal(dpb_schedule_set_state(first, NULL), DPB_ERR_ARG);
  dpb_schedule_destroy(first);
  dpb_schedule_destroy(second);
}

static void check_refused(const char *text, const char *message) {
  dpb_schedule *schedule = (dpb_schedule *)(uintptr_t)1;
  assert_int_equal(dpb_schedule_create(text, 0.5f, EPOCH, TOTAL, &schedule),
                   DPB_ERR_SPEC);
  assert_null(schedule);
  if (!strstr(dpb_error_message(), message))
    fail_msg("'%s': \"%s\" lacks \"%s\"", text, dpb_error_message(), message);
}

static void bad_texts_are_named(void **state) {
  (void)state;
  static const char *const cases[][2] = {
      {"", "empty item"},
      {"cosine,", "empty item"},
      {" , cosine", "empty item"},
      {"cosin", "'cosin' is not understood (there are: constant, step"},
      {"cosine2 1", "'cosine2'"},
      {"Step 10 0.1", "'Step'"},
      {"step", "step: a number is missing, as in 'step EPOCHS FACTOR'"},
      {"step 10", "step: a number is missing"},
      {"step 10 0.1 3", "step: '3' is too much"},
      {"step 10 0.1 3 4", "step: '3' is too much"},
      {"constant 1", "constant: '1' is too much"},
      {"step ten 0.1", "step: epochs is 'ten', must be a whole number of at least 1"},
      {"step 0 0.1", "epochs is '0'"},
      {"step -1 0.1", "epochs is '-1'"},
      {"step 1.5 0.1", "epochs is '1.5'"},
      {"step 99999999999999999999 0.1", "'99999999999999999999'"},
      {"step 10 1", "step: the factor is '1', must be above 0 and below 1"},
      {"step 10 0", "the factor is '0'"},
      {"exponential 1.01", "exponential: the factor is '1.01'"},
      {"exponential nan", "the factor is 'nan'"},
      {"exponential 0,95", "the factor is '0'"},
      {"exponential half", "the factor is 'half'"},
      {"cosine -1e-5", "cosine: it ends at '-1e-5', must be at least 0 and below"},
      {"cosine 0.5", "'0.5'"},
      {"cosine low", "'low'"},
      {"plateau 3", "plateau: a number is missing"},
      {"plateau 3 2", "plateau: the factor is '2'"},
      {"warmup", "warmup: a number is missing, as in 'warmup STEPS'"},
      {"warmup 0", "warmup: steps is '0'"},
      {"warmup 100", "warmup takes 100 steps, and the run has no more than 100"},
      {"warmup 3, warmup 4", "warmup is there twice"},
      {"step 1 0.5, cosine", "'cosine' is one too many"},
      {"cosine, warmup 3, cosine", "'cosine' is one too many"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_refused(cases[i][0], cases[i][1]);
  char longest[5000];
  memset(longest, 'x', sizeof longest - 1);
  longest[sizeof longest - 1] = '\0';
  check_refused(longest, "xxx");
}

static void bad_arguments_are_named(void **state) {
  (void)state;
  dpb_schedule *schedule = (dpb_schedule *)(uintptr_t)1;
  assert_int_equal(dpb_schedule_create(NULL, 1, 1, 1, &schedule), DPB_ERR_ARG);
  assert_null(schedule);
  assert_int_equal(dpb_schedule_create("cosine", 1, 1, 1, NULL), DPB_ERR_ARG);
  static const float rates[] = {0, -1, NAN, INFINITY};
  for (int i = 0; i < 4; i++) {
    assert_int_equal(dpb_schedule_create("cosine", rates[i], 1, 1, &schedule),
                     DPB_ERR_ARG);
    assert_non_null(strstr(dpb_error_message(), "base_lr is "));
  }
  assert_int_equal(dpb_schedule_create("cosine", 1, 0, 1, &schedule), DPB_ERR_ARG);
  assert_non_null(strstr(dpb_error_message(), "steps_per_epoch is 0"));
  assert_int_equal(dpb_schedule_create("cosine", 1, 1, 0, &schedule), DPB_ERR_ARG);
  assert_non_null(strstr(dpb_error_message(), "total_steps is 0"));
  assert_true(dpb_schedule_lr(NULL, 0) == 0);
  assert_int_equal(dpb_schedule_needs_loss(NULL), 0);
  assert_int_equal(dpb_schedule_observe(NULL, 1), DPB_ERR_ARG);
  dpb_schedule_destroy(NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rates_by_hand),
      cmocka_unit_test(the_last_rate_stays),
      cmocka_unit_test(a_rate_never_is_zero),
      cmocka_unit_test(a_plateau_lowers_the_rate),
      cmocka_unit_test(the_others_do_not_mind_losses),
      cmocka_unit_test(state_goes_to_another),
      cmocka_unit_test(bad_texts_are_named),
      cmocka_unit_test(bad_arguments_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
