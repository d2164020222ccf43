/* SPDX-License-Identifier: MIT
 *
 * For the tests of search/: known functions with published minima, and spaces from text.
 */
#ifndef TEST_SEARCH_FIXTURE_H
#define TEST_SEARCH_FIXTURE_H

#include <math.h>

#include "file_fixture.h"

#define assert_near(a, b, tolerance)                                                     \
  do {                                                                                   \
    const double near_a = (a), near_b = (b);                                             \
    if (!(fabs(near_a - near_b) <= (tolerance)))                                         \
      fail_msg("%s is %.17g, not %.17g", #a, near_a, near_b);                            \
  } while (0)

#define BRANIN_SPACE   "x -5..10, y 0..15"
#define BRANIN_MINIMUM 0.397887

static inline double branin(const double *v) {
  const double pi = 3.14159265358979323846;
  double a = v[1] - 5.1 / (4 * pi * pi) * v[0] * v[0] + 5 / pi * v[0] - 6;
  return a * a + 10 * (1 - 1 / (8 * pi)) * cos(v[0]) + 10;
}

#define HARTMANN_SPACE   "a 0..1, b 0..1, c 0..1, d 0..1, e 0..1, f 0..1"
#define HARTMANN_MINIMUM -3.32237

static inline double hartmann(const double *v) {
  static const double weight[4] = {1, 1.2, 3, 3.2};
  static const double a[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                 {0.05, 10, 17, 0.1, 8, 14},
                                 {3, 3.5, 1.7, 10, 17, 8},
                                 {17, 8, 0.05, 10, 0.1, 14}};
  static const double p[4][6] = {{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                 {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                 {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                 {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}};
  double sum = 0;
  for (int i = 0; i < 4; i++) {
    double e = 0;
    for (int j = 0; j < 6; j++) e += a[i][j] * (v[j] - p[i][j]) * (v[j] - p[i][j]);
    sum -= weight[i] * exp(-e);
  }
  return sum;
}

static inline dpb_space *space_of(const char *text) {
  dpb_space *space = NULL;
  assert_ok(dpb_space_parse(text, &space));
  return space;
}

static inline dpb_search *search_of(const char *space_text, dpb_search_config config) {
  dpb_space *space = space_of(space_text);
  dpb_search *search = NULL;
  config.space = space;
  assert_ok(dpb_search_create(&config, &search));
  dpb_space_destroy(space);
  return search;
}

/* Runs a search to its end; returns the best score. */
static inline double run_search(dpb_search *search, double (*function)(const double *)) {
  dpb_trial trial;
  while (!dpb_search_done(search)) {
    assert_ok(dpb_search_ask(search, &trial));
    assert_ok(dpb_search_tell(search, trial.id, function(trial.values)));
  }
  assert_ok(dpb_search_best(search, &trial));
  return trial.score;
}

#endif
