/* SPDX-License-Identifier: MIT
 *
 * The order of halving and Hyperband against the table of the paper (R = 81, eta = 3),
 * and that the right ones go on.
 */
#include "search_fixture.h"

#include "search/hyperband.h"

/* Settings and budgets of the rungs of the five brackets. */
static const int table[5][5][2] = {
    {{81, 1}, {27, 3}, {9, 9}, {3, 27}, {1, 81}},
    {{34, 3}, {11, 9}, {3, 27}, {1, 81}},
    {{15, 9}, {5, 27}, {1, 81}},
    {{8, 27}, {2, 81}},
    {{5, 81}},
};

static void test_table(void **state) {
  (void)state;
  dpb__brackets b = {.all = true, .eta = 3, .least = 1, .most = 81};
  int64_t id = 0, settings = 0;
  for (int bracket = 0; bracket < 7; bracket++) {
    const int(*rungs)[2] = table[bracket % 5];
    int64_t first = id;
    for (int rung = 0; rung < 5 && rungs[rung][0] > 0; rung++) {
      for (int slot = 0; slot < rungs[rung][0]; slot++, id++) {
        dpb__place p;
        assert_true(dpb__bracket_place(&b, id, &p));
        assert_int_equal(p.rung, rung);
        assert_int_equal(p.slot, slot);
        assert_int_equal(p.count, rungs[rung][0]);
        assert_int_equal(p.budget, rungs[rung][1]);
        if (rung == 0) {
          assert_int_equal(p.settings, settings + slot);
          assert_int_equal(p.first, first);
        } else {
          assert_int_equal(p.before + p.before_count, p.first);
          assert_int_equal(p.before_count, rungs[rung - 1][0]);
          assert_int_equal(p.before_budget, rungs[rung - 1][1]);
        }
      }
    }
    settings += rungs[0][0];
  }
  assert_int_equal(dpb__bracket_total(&b), 0);
}

static void test_ends(void **state) {
  (void)state;
  dpb__place p;
  /* 9 at 1, 3 at 3, 1 at 9; then 5 of 5 at 3, 1 at 9; then none of 3. */
  dpb__brackets b = {.all = true, .eta = 3, .least = 1, .most = 9, .settings = 14};
  assert_int_equal(dpb__bracket_total(&b), 13 + 5 + 1);
  assert_true(dpb__bracket_place(&b, 18, &p));
  assert_int_equal(p.budget, 9);
  assert_false(dpb__bracket_place(&b, 19, &p));
  /* A bracket of two that begins with the smallest budget still ends with the largest. */
  b.all = false;
  b.settings = 2;
  assert_int_equal(dpb__bracket_total(&b), 2 + 1 + 1);
  b = (dpb__brackets){.all = true, .eta = 3, .least = 5, .most = 14, .settings = 4};
  assert_int_equal(dpb__bracket_total(&b), 4); /* no room for a rung */
  b = (dpb__brackets){.eta = 2, .least = 1, .most = 10, .settings = 8};
  assert_true(dpb__bracket_place(&b, 0, &p));
  assert_int_equal(p.budget, 1); /* 10 / 8 */
  assert_true(dpb__bracket_place(&b, 14, &p));
  assert_int_equal(p.budget, 10);
}

/* Rounds of equal brackets are gone over at once, not one by one. */
static void test_far_away(void **state) {
  (void)state;
  dpb__place near, far;
  dpb__brackets b = {.all = true, .eta = 3, .least = 1, .most = 9};
  const int64_t round = 13 + 6 + 3; /* as in the paper: 9, 5, 3 settings */
  for (int64_t id = 0; id < round; id++) {
    assert_true(dpb__bracket_place(&b, id, &near));
    assert_true(dpb__bracket_place(&b, id + 90000000 * round, &far));
    assert_int_equal(far.budget, near.budget);
    assert_int_equal(far.slot, near.slot);
    assert_int_equal(far.first, near.first + 90000000 * round);
    if (near.rung == 0) assert_int_equal(far.settings, near.settings + 90000000ll * 17);
  }
  b = (dpb__brackets){.eta = 2, .least = 1, .most = 1, .settings = INT32_MAX};
  assert_int_equal(dpb__bracket_total(&b), INT32_MAX);
  assert_true(dpb__bracket_place(&b, INT32_MAX - 1, &far));
  assert_false(dpb__bracket_place(&b, INT32_MAX, &far));
}

/* Scores that are the negative of a value: the smallest values go on. */
static void test_promotion(void **state) {
  (void)state;
  dpb_search *search =
      search_of("x 0..1", (dpb_search_config){.method = DPB_SEARCH_HALVING,
                                              .goal = DPB_MAXIMIZE,
                                              .trials = 9,
                                              .max_budget = 9});
  assert_int_equal(dpb_search_total(search), 13);
  dpb_trial trial[13];
  double x[9];
  for (int i = 0; i < 9; i++) {
    assert_ok(dpb_search_ask(search, &trial[i]));
    assert_int_equal(trial[i].budget, 1);
    assert_int_equal(trial[i].resume, 0);
    assert_int_equal(trial[i].settings, i);
    x[i] = trial[i].values[0];
  }
  assert_fails(dpb_search_ask(search, &trial[9]), DPB_ERR_STATE, "0 of 13 are told");
  for (int i = 8; i >= 0; i--) {
    assert_ok(dpb_search_tell(search, i, i == 4 ? (double)NAN : -x[i]));
    if (i > 0) assert_fails(dpb_search_ask(search, &trial[9]), DPB_ERR_STATE, "of 13");
  }
  for (int i = 9; i < 12; i++) {
    assert_ok(dpb_search_ask(search, &trial[i]));
    assert_int_equal(trial[i].budget, 3);
    assert_int_equal(trial[i].resume, 1);
    int better = 0;
    for (int j = 0; j < 9; j++) better += j != 4 && x[j] < trial[i].values[0];
    assert_int_equal(better, i - 9);
    assert_true(x[trial[i].settings] == trial[i].values[0]);
  }
  for (int i = 9; i < 12; i++) assert_ok(dpb_search_tell(search, i, i));
  assert_ok(dpb_search_ask(search, &trial[12]));
  assert_int_equal(trial[12].settings, trial[11].settings);
  assert_int_equal(trial[12].budget, 9);
  assert_int_equal(trial[12].resume, 3);
  assert_false(dpb_search_done(search));
  assert_ok(dpb_search_tell(search, 12, 100));
  assert_true(dpb_search_done(search));
  dpb_search_destroy(search);
}

/* While a rung waits, the next bracket begins. */
static void test_next_bracket_meanwhile(void **state) {
  (void)state;
  dpb_search *search = search_of(
      "x 0..1", (dpb_search_config){.method = DPB_SEARCH_HYPERBAND, .max_budget = 9});
  dpb_trial trial;
  for (int i = 0; i < 9; i++) assert_ok(dpb_search_ask(search, &trial));
  assert_int_equal(trial.id, 8);
  assert_ok(dpb_search_ask(search, &trial));
  assert_int_equal(trial.id, 13);
  assert_int_equal(trial.budget, 3);
  assert_int_equal(trial.settings, 9);
  for (int i = 0; i < 9; i++) assert_ok(dpb_search_tell(search, i, i));
  assert_ok(dpb_search_ask(search, &trial));
  assert_int_equal(trial.id, 9);
  assert_int_equal(trial.settings, 0);
  assert_int_equal(dpb_search_total(search), 0);
  dpb_search_destroy(search);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_table),
      cmocka_unit_test(test_ends),
      cmocka_unit_test(test_far_away),
      cmocka_unit_test(test_promotion),
      cmocka_unit_test(test_next_bracket_meanwhile),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
