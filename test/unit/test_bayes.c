/* SPDX-License-Identifier: MIT
 *
 * Bayesian optimisation on functions whose minima are published, on spaces of whole
 * numbers and words, with failures, and with trials side by side.
 */
#include <stdlib.h>

#include "search_fixture.h"

#include "search/bayes.h"

static double found(const char *space, int trials, uint64_t seed,
                    double (*function)(const double *)) {
  dpb_search *search = search_of(
      space,
      (dpb_search_config){.method = DPB_SEARCH_BAYES, .trials = trials, .seed = seed});
  double best = run_search(search, function);
  dpb_search_destroy(search);
  return best;
}

/* 40 evaluations come within 0.05 of the minimum, whatever they begin with. With
 * DEEPBLAS_LONG in the environment, 20 seeds. */
static void test_branin(void **state) {
  (void)state;
  const uint64_t seeds = getenv("DEEPBLAS_LONG") ? 20 : 3;
  for (uint64_t seed = 1; seed <= seeds; seed++) {
    double best = found(BRANIN_SPACE, 40, seed, branin);
    assert_true(best >= BRANIN_MINIMUM - 1e-6);
    if (best > BRANIN_MINIMUM + 0.05) fail_msg("seed %d: %g", (int)seed, best);
  }
}

/* Its second best minimum, -3.2032, holds some seeds: half of them get through to -3.3224
 * (by then random search stands at about -2.2). */
static void test_hartmann(void **state) {
  (void)state;
  int through = 0;
  for (uint64_t seed = 1; seed <= 4; seed++) {
    double best = found(HARTMANN_SPACE, 70, seed, hartmann);
    assert_true(best >= HARTMANN_MINIMUM - 1e-4);
    assert_true(best < -3.1);
    through += best < HARTMANN_MINIMUM + 0.05;
  }
  assert_true(through >= 2);
}

static double mixed(const double *v) {
  if (v[1] > 1.5) return (double)NAN; /* the third word always fails */
  double away = v[0] - 37;
  return away * away / 100 + (v[1] < 0.5 ? 1 : 0) + fabs(log10(v[2]) + 3);
}

static void test_mixed_space_with_failures(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3; seed++) {
    dpb_search *search = search_of(
        "n int 1..100, word choice a|b|c, rate log 1e-5..1e-1",
        (dpb_search_config){.method = DPB_SEARCH_BAYES, .trials = 40, .seed = seed});
    double best = run_search(search, mixed);
    if (!(best < 0.1)) fail_msg("seed %d: %g", (int)seed, best);
    int failed = 0;
    for (int id = 20; id < 40; id++) {
      dpb_trial trial;
      assert_ok(dpb_search_trial(search, id, &trial));
      failed += isnan(trial.score);
    }
    assert_true(failed <= 5); /* it has learned to keep away */
    dpb_search_destroy(search);
  }
}

static double all_fail(const double *v) {
  (void)v;
  return (double)INFINITY;
}

static double all_same(const double *v) {
  (void)v;
  return 5;
}

static void test_nothing_to_learn_from(void **state) {
  (void)state;
  double (*const functions[])(const double *) = {all_fail, all_same};
  for (int i = 0; i < 2; i++) {
    dpb_search *search = search_of(
        BRANIN_SPACE, (dpb_search_config){.method = DPB_SEARCH_BAYES, .initial = 3});
    dpb_trial trial, other;
    for (int k = 0; k < 10; k++) {
      assert_ok(dpb_search_ask(search, &trial));
      assert_ok(dpb_search_tell(search, trial.id, functions[i](trial.values)));
      if (k == 0) continue;
      assert_ok(dpb_search_trial(search, k - 1, &other));
      assert_true(trial.values[0] != other.values[0]);
    }
    dpb_search_destroy(search);
  }
}

/* Trials under way are not proposed again. */
static void test_side_by_side(void **state) {
  (void)state;
  dpb_search *search = search_of(
      BRANIN_SPACE, (dpb_search_config){.method = DPB_SEARCH_BAYES, .trials = 40});
  dpb_trial trial[4];
  while (!dpb_search_done(search)) {
    for (int i = 0; i < 4; i++) {
      assert_ok(dpb_search_ask(search, &trial[i]));
      for (int j = 0; j < i; j++) {
        double apart = hypot(trial[i].values[0] - trial[j].values[0],
                             trial[i].values[1] - trial[j].values[1]);
        assert_true(apart > 1e-6);
      }
    }
    for (int i = 3; i >= 0; i--)
      assert_ok(dpb_search_tell(search, trial[i].id, branin(trial[i].values)));
  }
  assert_ok(dpb_search_best(search, trial));
  assert_true(trial[0].score < BRANIN_MINIMUM + 0.05);
  dpb_search_destroy(search);
}

/* More trials than a matrix is made of. */
static void test_many_trials(void **state) {
  (void)state;
  enum { COUNT = 300 };
  static double points[COUNT], scores[COUNT];
  dpb_space *space = space_of("x 0..1");
  dpb_rng rng = dpb_rng_seed(1);
  for (int i = 0; i < COUNT; i++) {
    points[i] = dpb_rng_uniform_double(&rng);
    scores[i] = points[i] > 0.9 ? (double)NAN : fabs(points[i] - 0.3);
  }
  double point = -1;
  dpb__known known = {COUNT, COUNT, points, scores};
  assert_ok(dpb__bayes_propose(space, &known, &rng, &point));
  assert_near(point, 0.3, 0.02);
  dpb_space_destroy(space);
}

/* Of more than 200 trials those count that are among the last 100 or the best 100, the
 * earlier of equals: they alone lead to the same proposal. */
static void test_which_of_many_count(void **state) {
  (void)state;
  enum { COUNT = 230, HALF = 100 };
  static double points[COUNT], scores[COUNT], few_points[COUNT], few_scores[COUNT];
  dpb_space *space = space_of("x 0..1");
  int few = 0;
  for (int i = 0; i < COUNT; i++) {
    points[i] = (i * 89 % COUNT + 0.5) / COUNT;
    scores[i] = floor(300.0 * fabs(points[i] - 0.6)) / 300.0; /* two of each value */
  }
  for (int i = 0; i < COUNT; i++) {
    int better = 0;
    for (int j = 0; j < COUNT; j++)
      better += scores[j] < scores[i] || (scores[j] <= scores[i] && j < i);
    if (i < COUNT - HALF && better >= HALF) continue;
    few_points[few] = points[i];
    few_scores[few++] = scores[i];
  }
  assert_in_range(few, HALF + 1, 2 * HALF);
  double point = -1, few_point = -2;
  dpb_rng rng = dpb_rng_seed(4), few_rng = rng;
  assert_ok(dpb__bayes_propose(space, &(dpb__known){COUNT, COUNT, points, scores}, &rng,
                               &point));
  assert_ok(dpb__bayes_propose(space, &(dpb__known){few, few, few_points, few_scores},
                               &few_rng, &few_point));
  assert_true(point == few_point);
  dpb_space_destroy(space);
}

/* What is proposed depends on the trials, not on which of them came first: the best one
 * least of all. */
static void test_order_does_not_matter(void **state) {
  (void)state;
  enum { COUNT = 6 };
  static const double at[COUNT] = {0.42, 0.05, 0.2, 0.61, 0.8, 0.97};
  dpb_space *space = space_of("x 0..1");
  double found[COUNT];
  for (int first = 0; first < COUNT; first++) {
    double points[COUNT], scores[COUNT];
    for (int i = 0; i < COUNT; i++) {
      points[i] = at[(first + i) % COUNT];
      scores[i] = sin(7.0 * points[i]) + points[i];
    }
    dpb__known known = {COUNT, COUNT, points, scores};
    dpb_rng rng = dpb_rng_seed(9);
    assert_ok(dpb__bayes_propose(space, &known, &rng, &found[first]));
    assert_near(found[first], found[0], 1e-4);
  }
  dpb_space_destroy(space);
}

/* 64 points of the spread: each of 16 equal squares has some. */
static void test_spread(void **state) {
  (void)state;
  dpb_space *space = space_of("a 0..1, b 0..1");
  dpb_rng rng = dpb_rng_seed(1);
  int squares[16] = {0};
  for (int i = 0; i < 64; i++) {
    double p[2];
    dpb__spread_point(space, &rng, i, p);
    squares[(int)(p[0] * 4) * 4 + (int)(p[1] * 4)]++;
  }
  for (int i = 0; i < 16; i++) assert_in_range(squares[i], 2, 6);
  dpb_space_destroy(space);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_branin),
      cmocka_unit_test(test_hartmann),
      cmocka_unit_test(test_mixed_space_with_failures),
      cmocka_unit_test(test_nothing_to_learn_from),
      cmocka_unit_test(test_side_by_side),
      cmocka_unit_test(test_many_trials),
      cmocka_unit_test(test_which_of_many_count),
      cmocka_unit_test(test_order_does_not_matter),
      cmocka_unit_test(test_spread),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
