/* SPDX-License-Identifier: MIT
 *
 * The references of the activations, by known values, and what ReLU says about its kinks.
 */
#include "layer_fixture.h"

#include "reference/reference.h"

static void run(const char *name, int n, int count, const double *x, double *y,
                uint64_t *branches, double *distance) {
  const dpb__layer layer = planned_layer(name, (dpb_hwc){1, 1, count}, 0);
  const dpb__reference_pass pass = {
      .n = n, .x = x, .y = y, .branches = branches, .kink_distance = distance};
  dpb__reference_find(layer.ops->name)(&layer, &pass);
}

static void have_known_values(void **state) {
  (void)state;
  const double x[] = {0, 1, -2, 800, -800};
  double y[5];
  run("sigmoid", 1, 5, x, y, NULL, NULL);
  const double sigmoid[] = {0.5, 0.7310585786300049, 0.11920292202211755, 1, 0};
  for (int i = 0; i < 5; i++) assert_near(y[i], sigmoid[i], 1e-15);
  run("tanh", 1, 5, x, y, NULL, NULL);
  const double tanh_values[] = {0, 0.7615941559557649, -0.9640275800758169, 1, -1};
  for (int i = 0; i < 5; i++) assert_near(y[i], tanh_values[i], 1e-15);
  run("relu", 5, 1, x, y, NULL, NULL);
  const double relu[] = {0, 1, 0, 800, 0};
  for (int i = 0; i < 5; i++) assert_near(y[i], relu[i], 0);
}

static void the_kin_of_relu_have_known_values(void **state) {
  (void)state;
  const double x[] = {0, 1, -2, 800, -800};
  double y[5];
  run("leakyrelu 0.25", 1, 5, x, y, NULL, NULL);
  const double leaky[] = {0, 1, -0.5, 800, -200};
  for (int i = 0; i < 5; i++) assert_near(y[i], leaky[i], 0);
  run("elu 2", 1, 5, x, y, NULL, NULL);
  const double elu[] = {0, 1, -1.729329433526775, 800, -2};
  for (int i = 0; i < 5; i++) assert_near(y[i], elu[i], 1e-15);
  run("gelu", 1, 5, x, y, NULL, NULL);
  const double gelu[] = {0, 0.841344746068543, -0.0455002638963584, 800, 0};
  for (int i = 0; i < 5; i++) assert_near(y[i], gelu[i], 1e-14);
  run("gelu tanh", 1, 5, x, y, NULL, NULL);
  const double by_tanh[] = {0, 0.841191990608, -0.045402305912, 800, 0};
  for (int i = 0; i < 5; i++) assert_near(y[i], by_tanh[i], 1e-11);
  run("softplus", 1, 5, x, y, NULL, NULL);
  const double softplus[] = {0.693147180559945, 1.31326168751822, 0.126928011042973, 800,
                             0};
  for (int i = 0; i < 5; i++) assert_near(y[i], softplus[i], 1e-14);
}

static void smooth_ones_leave_the_branches_alone(void **state) {
  (void)state;
  const double x[] = {0, 1};
  double y[2], distance = 5;
  uint64_t branches = 77;
  run("sigmoid", 1, 2, x, y, &branches, &distance);
  run("tanh", 1, 2, x, y, &branches, &distance);
  run("gelu", 1, 2, x, y, &branches, &distance);
  run("softplus", 1, 2, x, y, &branches, &distance);
  assert_int_equal(branches, 77);
  assert_true(distance == 5);
}

static uint64_t branches_by(const char *text, int n, int count, const double *x,
                            uint64_t start) {
  double y[8];
  run(text, n, count, x, y, &start, NULL);
  return start;
}

static uint64_t branches_of(int n, int count, const double *x, uint64_t start) {
  const uint64_t branches = branches_by("relu", n, count, x, start);
  assert_true(branches_by("leakyrelu", n, count, x, start) == branches);
  assert_true(branches_by("elu", n, count, x, start) == branches);
  return branches;
}

static void any_change_of_side_changes_the_branches(void **state) {
  (void)state;
  const double base[] = {1, -2, 3, -4, 5, -6};
  const uint64_t before = branches_of(2, 3, base, 1);
  for (int i = 0; i < 6; i++) {
    double x[6];
    memcpy(x, base, sizeof x);
    x[i] *= 1.5;
    assert_true(branches_of(2, 3, x, 1) == before);
    x[i] = -x[i];
    assert_false(branches_of(2, 3, x, 1) == before);
  }
  const double swapped[] = {-2, 1, 3, -4, 5, -6}; /* as many of each side */
  assert_false(branches_of(2, 3, swapped, 1) == before);
  assert_false(branches_of(2, 3, base, 2) == before); /* earlier layers stay in it */
}

static void tells_the_least_relative_distance(void **state) {
  (void)state;
  const double x[] = {4, -0.5, 2, 10};
  double y[4], distance = 1;
  run("relu", 2, 2, x, y, NULL, &distance);
  assert_near(distance, 0.05, 1e-15);
  distance = 0.01; /* another layer was nearer */
  run("relu", 2, 2, x, y, NULL, &distance);
  assert_true(distance == 0.01);
  const double at_zero[] = {4, 0};
  run("relu", 1, 2, at_zero, y, NULL, &distance);
  assert_true(distance == 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(have_known_values),
      cmocka_unit_test(the_kin_of_relu_have_known_values),
      cmocka_unit_test(smooth_ones_leave_the_branches_alone),
      cmocka_unit_test(any_change_of_side_changes_the_branches),
      cmocka_unit_test(tells_the_least_relative_distance),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
