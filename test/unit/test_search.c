/* SPDX-License-Identifier: MIT
 *
 * Asking and telling: what is refused, what the same seed gives, ranking.
 */
#include "search_fixture.h"

static void refused(dpb_search_config config, const char *message) {
  dpb_search *search = (void *)(uintptr_t)8;
  assert_fails(dpb_search_create(&config, &search), DPB_ERR_ARG, message);
  assert_null(search);
}

static void test_refusals(void **state) {
  (void)state;
  dpb_space *space = space_of("x 0..1"), *empty;
  dpb_search *search;
  assert_ok(dpb_space_create(&empty));
  refused((dpb_search_config){0}, "space is NULL");
  refused((dpb_search_config){.space = empty}, "the space is empty");
  refused((dpb_search_config){.space = space, .method = 4}, "no method 4");
  refused((dpb_search_config){.space = space, .goal = 2}, "no goal 2");
  refused((dpb_search_config){.space = space, .trials = -1}, "trials is -1");
  refused((dpb_search_config){.space = space, .initial = -2}, "initial is -2");
  refused((dpb_search_config){.space = space, .max_budget = -1}, "-1");
  refused((dpb_search_config){.space = space, .min_budget = 5, .max_budget = 4},
          "min_budget is 5, more than max_budget, 4");
  refused((dpb_search_config){.space = space, .eta = 1}, "eta is 1");
  refused((dpb_search_config){.space = space, .path = ""}, "path is empty");
  refused((dpb_search_config){.space = space, .note = "a\nb"}, "byte 1");
  char note[4098];
  memset(note, 'n', sizeof note);
  note[4097] = '\0';
  refused((dpb_search_config){.space = space, .note = note}, "4097 bytes, at most 4096");
  note[4096] = '\0';
  assert_ok(
      dpb_search_create(&(dpb_search_config){.space = space, .note = note}, &search));
  dpb_search_destroy(search);
  refused((dpb_search_config){.space = space,
                              .method = DPB_SEARCH_HYPERBAND,
                              .max_budget = 1 << 30},
          "1073741824 times min_budget");
  assert_fails(dpb_search_create(NULL, &search), DPB_ERR_ARG, "config is NULL");
  assert_fails(dpb_search_create(&(dpb_search_config){.space = space}, NULL), DPB_ERR_ARG,
               "search is NULL");
  dpb_space_destroy(space);
  dpb_space_destroy(empty);
  assert_null(dpb_search_method_name(4));
  assert_string_equal(dpb_search_method_name(DPB_SEARCH_HYPERBAND), "hyperband");
}

static void test_calls_in_the_wrong_order(void **state) {
  (void)state;
  dpb_search *search = search_of("x 0..1", (dpb_search_config){.trials = 2});
  dpb_trial trial;
  int count = -1;
  assert_fails(dpb_search_tell(search, 0, 1), DPB_ERR_ARG, "trial 0 was not asked");
  assert_fails(dpb_search_best(search, &trial), DPB_ERR_NOT_FOUND, "none of 0");
  assert_fails(dpb_search_trial(search, 0, &trial), DPB_ERR_NOT_FOUND, "no trial 0");
  assert_ok(dpb_search_rank(search, NULL, 0, &count));
  assert_int_equal(count, 0);
  assert_ok(dpb_search_ask(search, &trial));
  assert_ok(dpb_search_ask(search, &trial));
  assert_int_equal(trial.id, 1);
  assert_int_equal(trial.budget, 1);
  assert_int_equal(trial.told, 0);
  assert_true(isnan(trial.score));
  assert_fails(dpb_search_ask(search, &trial), DPB_ERR_STATE, "0 of 2 are told");
  assert_int_equal(trial.id, -1);
  assert_ok(dpb_search_tell(search, 1, (double)INFINITY));
  assert_fails(dpb_search_best(search, &trial), DPB_ERR_NOT_FOUND, "none of 1");
  assert_fails(dpb_search_tell(search, 1, 1), DPB_ERR_STATE, "trial 1 is told already");
  assert_fails(dpb_search_tell(search, -1, 1), DPB_ERR_ARG, "trial -1");
  assert_int_equal(dpb_search_done(search), 0);
  assert_ok(dpb_search_tell(search, 0, 1));
  assert_int_equal(dpb_search_done(search), 1);
  assert_int_equal(dpb_search_total(search), 2);
  assert_ok(dpb_search_trial(search, 1, &trial));
  assert_true(trial.told && isnan(trial.score));
  dpb_search_destroy(search);
}

static void test_null(void **state) {
  (void)state;
  dpb_trial trial;
  int count;
  assert_fails(dpb_search_ask(NULL, &trial), DPB_ERR_ARG, "search is NULL");
  assert_fails(dpb_search_ask(NULL, NULL), DPB_ERR_ARG, "trial is NULL");
  assert_fails(dpb_search_tell(NULL, 0, 1), DPB_ERR_ARG, "search is NULL");
  assert_fails(dpb_search_best(NULL, &trial), DPB_ERR_ARG, "search is NULL");
  assert_fails(dpb_search_trial(NULL, 0, &trial), DPB_ERR_ARG, "search is NULL");
  assert_fails(dpb_search_rank(NULL, NULL, 0, &count), DPB_ERR_ARG, "search is NULL");
  assert_int_equal(dpb_search_done(NULL), 1);
  assert_int_equal(dpb_search_told(NULL) + dpb_search_total(NULL), 0);
  dpb_search_destroy(NULL);
}

static void test_ranking(void **state) {
  (void)state;
  const double scores[] = {3, (double)NAN, 1, 2, 1, -(double)INFINITY, 7};
  const int low[] = {2, 4, 3, 0, 6, 1, 5}, high[] = {6, 0, 3, 2, 4, 1, 5};
  for (int goal = 0; goal < 2; goal++) {
    dpb_search *search = search_of("x 0..1", (dpb_search_config){.goal = (dpb_goal)goal});
    dpb_trial trial;
    int ids[7], few[2], count = 0;
    for (int i = 0; i < 8; i++) assert_ok(dpb_search_ask(search, &trial));
    for (int i = 6; i >= 0; i--) assert_ok(dpb_search_tell(search, i, scores[i]));
    assert_ok(dpb_search_rank(search, ids, 7, &count));
    assert_int_equal(count, 7); /* the eighth is under way */
    assert_memory_equal(ids, goal ? high : low, sizeof ids);
    assert_ok(dpb_search_rank(search, few, 2, &count));
    assert_int_equal(count, 7);
    assert_memory_equal(few, ids, sizeof few);
    assert_int_equal(dpb_search_rank(search, few, -1, &count), DPB_ERR_ARG);
    assert_int_equal(dpb_search_rank(search, NULL, 1, &count), DPB_ERR_ARG);
    assert_int_equal(dpb_search_rank(search, few, 1, NULL), DPB_ERR_ARG);
    assert_ok(dpb_search_best(search, &trial));
    assert_int_equal(trial.id, ids[0]);
    assert_int_equal(dpb_search_told(search), 7);
    dpb_search_destroy(search);
  }
}

/* Random trials cover the space as they should, and are within it. */
static void test_random(void **state) {
  (void)state;
  dpb_search *search = search_of("r log 1e-6..1e-2, n int 1..4, a choice x|y|z",
                                 (dpb_search_config){.seed = 7});
  dpb_trial trial;
  int decade[4] = {0}, number[4] = {0}, word[3] = {0};
  for (int i = 0; i < 4000; i++) {
    assert_ok(dpb_search_ask(search, &trial));
    assert_true(trial.values[0] >= 1e-6 && trial.values[0] <= 1e-2);
    decade[(int)floor(log10(trial.values[0])) + 6]++;
    number[(int)trial.values[1] - 1]++;
    word[(int)trial.values[2]]++;
  }
  /* Within four standard deviations. */
  for (int i = 0; i < 4; i++) assert_in_range(decade[i], 890, 1110);
  for (int i = 0; i < 4; i++) assert_in_range(number[i], 890, 1110);
  for (int i = 0; i < 3; i++) assert_in_range(word[i], 1213, 1453);
  dpb_search_destroy(search);
}

/* The same seed, the same search; another seed, another. */
static void test_seeds(void **state) {
  (void)state;
  for (int method = 0; method <= DPB_SEARCH_HYPERBAND; method++) {
    dpb_search *search[3];
    for (int i = 0; i < 3; i++) {
      search[i] =
          search_of(BRANIN_SPACE, (dpb_search_config){.method = (dpb_search_method)method,
                                                      .trials = 16,
                                                      .max_budget = 9,
                                                      .seed = i == 2 ? 5 : 4});
      run_search(search[i], branin);
    }
    int other = 0;
    for (int id = 0; id < dpb_search_total(search[0]); id++) {
      dpb_trial t[3];
      for (int i = 0; i < 3; i++) assert_ok(dpb_search_trial(search[i], id, &t[i]));
      assert_memory_equal(t[0].values, t[1].values, 2 * sizeof(double));
      other += memcmp(t[0].values, t[2].values, 2 * sizeof(double)) != 0;
    }
    assert_true(other > dpb_search_total(search[0]) / 2);
    for (int i = 0; i < 3; i++) dpb_search_destroy(search[i]);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refusals), cmocka_unit_test(test_calls_in_the_wrong_order),
      cmocka_unit_test(test_null),     cmocka_unit_test(test_ranking),
      cmocka_unit_test(test_random),   cmocka_unit_test(test_seeds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
