/* SPDX-License-Identifier: MIT
 *
 * The Gaussian process against what one and two points give by hand, its gradient against
 * differences, leaving one out against doing so.
 */
#include "search_fixture.h"

#include "search/gp.h"

enum { MANY = 24, DIMENSIONS = 3 };

static const bool no_choice[DIMENSIONS];

static double matern(double r) {
  double s = sqrt(5.0) * r;
  return (1 + s + s * s / 3) * exp(-s);
}

static void test_two_points_by_hand(void **state) {
  (void)state;
  const double x[] = {0.2, 0.7}, y[] = {3.0, 11.0};
  dpb__gp gp;
  assert_ok(dpb__gp_create(2, 1, no_choice, x, y, &gp));
  gp.theta[0] = log(0.4);
  gp.theta[1] = log(2.0);
  gp.theta[2] = log(0.1);
  assert_true(dpb__gp_factor(&gp));
  /* Mean 7, deviation 4: the standardised values are -1 and 1. */
  double a = 2.1, b = 2.0 * matern(0.5 / 0.4), determinant = a * a - b * b;
  /* (a b; b a)^-1 (-1, 1) = (-1, 1) / (a - b) */
  assert_near(gp.alpha[0], -1 / (a - b), 1e-12);
  assert_near(gp.alpha[1], 1 / (a - b), 1e-12);
  double likelihood =
      -0.5 * 2 / (a - b) - 0.5 * log(determinant) - log(2 * 3.14159265358979323846);
  assert_near(dpb__gp_likelihood(&gp, NULL), likelihood, 1e-12);

  const double at[] = {0.3};
  double mean, deviation, work[2];
  dpb__gp_predict(&gp, 1, at, &mean, &deviation, work);
  double k0 = 2 * matern(0.1 / 0.4), k1 = 2 * matern(0.4 / 0.4);
  assert_near(mean, 7 + 4 * (k1 - k0) / (a - b), 1e-12);
  double quadratic = (a * k0 * k0 - 2 * b * k0 * k1 + a * k1 * k1) / determinant;
  assert_near(deviation, 4 * sqrt(2 - quadratic), 1e-12);
  dpb__gp_destroy(&gp);
}

static void test_constant_values(void **state) {
  (void)state;
  const double x[] = {0.2, 0.7}, y[] = {3.0, 3.0};
  dpb__gp gp;
  assert_ok(dpb__gp_create(2, 1, no_choice, x, y, &gp));
  dpb__gp_fit(&gp, 1);
  double mean, deviation, work[2];
  dpb__gp_predict(&gp, 1, x, &mean, &deviation, work);
  assert_near(mean, 3.0, 1e-9);
  assert_true(deviation >= 0 && isfinite(deviation));
  dpb__gp_destroy(&gp);
}

/* Words of a choice are equally far from each other, whatever their order. */
static void test_choice(void **state) {
  (void)state;
  const bool choice[] = {true};
  const double x[] = {1.0 / 6, 0.5, 5.0 / 6}, y[] = {0, 0, 6};
  dpb__gp gp;
  assert_ok(dpb__gp_create(3, 1, choice, x, y, &gp));
  gp.theta[0] = log(0.8);
  assert_true(dpb__gp_factor(&gp));
  double mean[3], deviation[3], work[9];
  dpb__gp_predict(&gp, 3, x, mean, deviation, work);
  assert_near(mean[0], mean[1], 1e-12);
  assert_true(mean[2] > 5.9);
  assert_near(gp.change[1], gp.change[2], 1e-15); /* k(0, 1) and k(0, 2) */
  dpb__gp_destroy(&gp);
}

static double values[MANY], points[MANY * DIMENSIONS];

static void make_points(void) {
  dpb_rng rng = dpb_rng_seed(3);
  for (int i = 0; i < MANY * DIMENSIONS; i++) points[i] = dpb_rng_uniform_double(&rng);
  for (int i = 0; i < MANY; i++) {
    const double *p = points + i * DIMENSIONS;
    values[i] = sin(6 * p[0]) + p[1] * p[1] + 0.01 * (double)dpb_rng_normal(&rng);
  }
}

static void test_gradient(void **state) {
  (void)state;
  dpb__gp gp;
  assert_ok(dpb__gp_create(MANY, DIMENSIONS, no_choice, points, values, &gp));
  const double theta[] = {-0.9, -0.2, 0.6, 0.4, -5.0};
  memcpy(gp.theta, theta, sizeof theta);
  double gradient[DIMENSIONS + 2];
  assert_true(dpb__gp_factor(&gp));
  dpb__gp_posterior(&gp, gradient);
  for (int i = 0; i < DIMENSIONS + 2; i++) {
    double side[2];
    for (int s = 0; s < 2; s++) {
      memcpy(gp.theta, theta, sizeof theta);
      gp.theta[i] += s ? 1e-5 : -1e-5;
      assert_true(dpb__gp_factor(&gp));
      side[s] = dpb__gp_posterior(&gp, NULL);
    }
    assert_near(gradient[i], (side[1] - side[0]) / 2e-5,
                1e-5 * fmax(1, fabs(gradient[i])));
  }
  dpb__gp_destroy(&gp);
}

/* Rasmussen and Williams, equation 5.12: what is expected of a point from all others is
 * y_i - alpha_i / (K^-1)_ii. */
static void test_leave_one_out(void **state) {
  (void)state;
  dpb__gp gp, rest;
  assert_ok(dpb__gp_create(MANY, DIMENSIONS, no_choice, points, values, &gp));
  gp.theta[DIMENSIONS + 1] = log(1e-2);
  assert_true(dpb__gp_factor(&gp));
  double gradient[DIMENSIONS + 2];
  dpb__gp_likelihood(&gp, gradient); /* fills in the inverse */
  for (int out = 0; out < MANY; out += 5) {
    double x[MANY * DIMENSIONS], y[MANY];
    int n = 0;
    for (int i = 0; i < MANY; i++) {
      if (i == out) continue;
      memcpy(x + n * DIMENSIONS, points + i * DIMENSIONS, DIMENSIONS * sizeof(double));
      y[n++] = values[i];
    }
    assert_ok(dpb__gp_create(n, DIMENSIONS, no_choice, x, y, &rest));
    for (int i = 0; i < n; i++) rest.y[i] = (y[i] - gp.mean) / gp.scale;
    rest.mean = gp.mean;
    rest.scale = gp.scale;
    memcpy(rest.theta, gp.theta, sizeof gp.theta);
    assert_true(dpb__gp_factor(&rest));
    double mean, deviation, work[MANY];
    dpb__gp_predict(&rest, 1, points + out * DIMENSIONS, &mean, &deviation, work);
    double short_cut = gp.y[out] - gp.alpha[out] / gp.inverse[out + out * MANY];
    assert_near(mean, gp.mean + gp.scale * short_cut, 1e-9);
    dpb__gp_destroy(&rest);
  }
  dpb__gp_destroy(&gp);
}

static void test_fit(void **state) {
  (void)state;
  dpb__gp gp;
  assert_ok(dpb__gp_create(MANY, DIMENSIONS, no_choice, points, values, &gp));
  assert_true(dpb__gp_factor(&gp));
  double before = dpb__gp_posterior(&gp, NULL);
  dpb__gp_fit(&gp, 1);
  double gradient[DIMENSIONS + 2];
  assert_true(dpb__gp_posterior(&gp, gradient) > before + 1);
  for (int i = 0; i < DIMENSIONS + 2; i++) assert_near(gradient[i], 0, 0.3);
  /* The third dimension has no part in the values: its scale is the longest. */
  assert_true(gp.theta[2] > gp.theta[0] + 1 && gp.theta[2] > gp.theta[1]);
  double mean, deviation, work[MANY];
  const double at[] = {0.5, 0.5, 0.5};
  dpb__gp_predict(&gp, 1, at, &mean, &deviation, work);
  assert_near(mean, sin(3.0) + 0.25, 0.15);
  dpb__gp_destroy(&gp);
}

/* Points that coincide, and no noise to tell them apart: the diagonal is raised. */
static void test_jitter(void **state) {
  (void)state;
  double x[MANY], y[MANY];
  for (int i = 0; i < MANY; i++) {
    x[i] = 0.3 + 1e-13 * i;
    y[i] = i % 2;
  }
  dpb__gp gp;
  assert_ok(dpb__gp_create(MANY, 1, no_choice, x, y, &gp));
  gp.theta[0] = log(50.0);
  gp.theta[2] = log(1e-30);
  assert_true(dpb__gp_factor(&gp));
  assert_true(gp.jitter > 0 && gp.jitter < 0.1);
  for (int i = 0; i < MANY; i++) assert_true(isfinite(gp.alpha[i]));
  gp.theta[0] = (double)NAN;
  assert_false(dpb__gp_factor(&gp));
  dpb__gp_fit(&gp, 1);
  for (int i = 0; i < MANY; i++) assert_true(isfinite(gp.alpha[i]));
  dpb__gp_destroy(&gp);
}

int main(void) {
  make_points();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_two_points_by_hand),
      cmocka_unit_test(test_constant_values),
      cmocka_unit_test(test_choice),
      cmocka_unit_test(test_gradient),
      cmocka_unit_test(test_leave_one_out),
      cmocka_unit_test(test_fit),
      cmocka_unit_test(test_jitter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
