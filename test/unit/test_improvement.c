/* SPDX-License-Identifier: MIT
 *
 * Expected improvement against a sum over the density, far out against its own slope; and
 * where it is found to be largest.
 */
#include "search_fixture.h"

#include "search/improvement.h"

static double by_sum(double mean, double deviation, double best) {
  const double step = 1e-4;
  double sum = 0;
  for (double z = -12 + step / 2; z < 12; z += step) {
    double gain = best - (mean + deviation * z);
    if (gain > 0) sum += gain * exp(-0.5 * z * z) * step;
  }
  return sum / sqrt(2 * 3.14159265358979323846);
}

static void test_against_sum(void **state) {
  (void)state;
  const double cases[][3] = {{0, 1, 0},   {0, 1, 2},     {0, 1, -2},
                             {3, 0.5, 1}, {-1, 10, -30}, {1, 1e-3, 1.001}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const double *c = cases[i];
    double expected = log(by_sum(c[0], c[1], c[2]));
    assert_near(dpb__log_improvement(c[0], c[1], c[2]), expected, 1e-5);
  }
}

/* d/dz log h(z) = Phi(z) / h(z), about -z: no step where the formulas change. */
static void test_far_out(void **state) {
  (void)state;
  double before = dpb__log_improvement(29.9, 1, 0);
  for (double z = 29.95; z < 31; z += 0.05) {
    double here = dpb__log_improvement(z, 1, 0);
    assert_near((before - here) / 0.05, z - 0.025 + 2 / z, 0.01);
    before = here;
  }
  assert_near(dpb__log_improvement(1000, 1, 0), -500000 - 0.919 - 2 * log(1000), 0.01);
}

static dpb__gp seen(int n, int d, const bool *choice, const double *x, const double *y) {
  dpb__gp gp;
  assert_ok(dpb__gp_create(n, d, choice, x, y, &gp));
  assert_true(dpb__gp_factor(&gp));
  return gp;
}

/* As good as the best of a fine grid. */
static void test_finds_the_top(void **state) {
  (void)state;
  dpb_space *space = space_of("a 0..1, b 0..1");
  const double x[] = {0.1, 0.2, 0.9, 0.3, 0.5, 0.8, 0.4, 0.4}, y[] = {1, 3, 0.5, 2};
  const bool choice[2] = {false, false};
  dpb__gp gp = seen(4, 2, choice, x, y);
  dpb_rng rng = dpb_rng_seed(1);
  double point[2], mean, deviation, work[4], top = -1e300;
  assert_ok(dpb__improvement_search(space, &gp, 0.5, &rng, point));
  dpb__gp_predict(&gp, 1, point, &mean, &deviation, work);
  double found = dpb__log_improvement(mean, deviation, 0.5);
  for (int i = 0; i <= 200; i++)
    for (int j = 0; j <= 200; j++) {
      const double at[] = {i / 200.0, j / 200.0};
      dpb__gp_predict(&gp, 1, at, &mean, &deviation, work);
      top = fmax(top, dpb__log_improvement(mean, deviation, 0.5));
    }
  assert_true(found > top - 1e-3);
  dpb__gp_destroy(&gp);
  dpb_space_destroy(space);
}

/* Of three whole numbers two are seen: the third it is, however bad it looks. With all
 * three seen, any. */
static void test_what_is_left(void **state) {
  (void)state;
  dpb_space *space = space_of("n int 1..3");
  const bool choice[1] = {false};
  double x[3] = {1.0 / 6, 0.5, 5.0 / 6};
  for (int i = 0; i < 3; i++) x[i] = dpb__dimension_snap(&space->at[0], x[i]);
  const double y[3] = {0, 10, 20};
  for (int n = 2; n <= 3; n++) {
    dpb__gp gp = seen(n, 1, choice, x, y);
    dpb_rng rng = dpb_rng_seed(1);
    double point = -1;
    assert_ok(dpb__improvement_search(space, &gp, 0, &rng, &point));
    double value = dpb__dimension_value(&space->at[0], point);
    if (n == 2) assert_true(value == 3);
    assert_true(value == 1 || value == 2 || value == 3);
    dpb__gp_destroy(&gp);
  }
  dpb_space_destroy(space);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_against_sum),
      cmocka_unit_test(test_far_out),
      cmocka_unit_test(test_finds_the_top),
      cmocka_unit_test(test_what_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
