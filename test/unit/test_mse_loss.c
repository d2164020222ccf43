/* SPDX-License-Identifier: MIT
 *
 * Mean squared error: loss and gradient by hand, for targets and labels, with and without
 * rows.
 */
#include "layer_fixture.h"

static const dpb__head_ops *head(void) {
  return dpb__head_find("mse", 3);
}

static const float z[] = {1, 2, 4, 0.5f, -1, 3}; /* two samples of three */

static void takes_targets(void **state) {
  (void)state;
  const float t[] = {0, 2, 1, 0.5f, 1, 1};
  float dz[6] = {NAN};
  /* 1/2 (1 + 0 + 9) + 1/2 (0 + 4 + 4) */
  assert_near(head()->loss(NULL, 2, 3, z, &(dpb__truth){.targets = t}, 0.5f, dz), 9, 0);
  const double expected[] = {0.5, 0, 1.5, 0, -1, 1};
  for (int i = 0; i < 6; i++) assert_near(dz[i], expected[i], 0);
  assert_near(head()->loss(NULL, 2, 3, z, &(dpb__truth){.targets = t}, 0.5f, NULL), 9, 0);
}

static void takes_rows_of_targets(void **state) {
  (void)state;
  const float t[] = {9, 9, 9, 0.5f, 1, 1, 0, 2, 1};
  const uint32_t rows[] = {2, 1};
  float dz[6] = {NAN};
  assert_near(
      head()->loss(NULL, 2, 3, z, &(dpb__truth){.targets = t, .rows = rows}, 0.5f, dz), 9,
      0);
  assert_near(dz[2], 1.5, 0);
  assert_near(dz[4], -1, 0);
}

static void takes_labels_as_one_hot(void **state) {
  (void)state;
  const int32_t labels[] = {2, 0};
  float dz[6] = {NAN};
  /* 1/2 (1 + 4 + 9) + 1/2 (0.25 + 1 + 9) */
  assert_near(head()->loss(NULL, 2, 3, z, &(dpb__truth){.labels = labels}, 1, dz), 12.125,
              0);
  const double expected[] = {1, 2, 3, -0.5, -1, 3};
  for (int i = 0; i < 6; i++) assert_near(dz[i], expected[i], 0);
  const int32_t table[] = {7, 0, 2};
  const uint32_t rows[] = {2, 1};
  assert_near(
      head()->loss(NULL, 2, 3, z, &(dpb__truth){.labels = table, .rows = rows}, 1, dz),
      12.125, 0);
}

static void sums_in_double(void **state) {
  (void)state;
  enum { COUNT = 4096 };
  float *many = nan_floats(COUNT);
  float *t = nan_floats(COUNT);
  for (int i = 0; i < COUNT; i++) {
    many[i] = i == 0 ? 8192.0f : 1.0f;
    t[i] = 0;
  }
  /* in float, 2^25 + 1/2 + 1/2 + ... would stay 2^25 */
  assert_near(head()->loss(NULL, COUNT, 1, many, &(dpb__truth){.targets = t}, 1, NULL),
              33554432.0 + (COUNT - 1) / 2.0, 1e-15);
  free(many);
  free(t);
}

static void outputs_are_plain(void **state) {
  (void)state;
  float y[6] = {NAN};
  head()->outputs(2, 3, z, y);
  assert_memory_equal(y, z, sizeof y);
  head()->outputs(2, 3, y, y);
  assert_memory_equal(y, z, sizeof y);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_targets),           cmocka_unit_test(takes_rows_of_targets),
      cmocka_unit_test(takes_labels_as_one_hot), cmocka_unit_test(sums_in_double),
      cmocka_unit_test(outputs_are_plain),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
