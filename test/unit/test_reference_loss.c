/* SPDX-License-Identifier: MIT
 *
 * The reference losses: known values, and agreement with the fast heads.
 */
#include "layer_fixture.h"

#include "reference/reference.h"

static const dpb__head_config plain;

static void cross_entropy_has_known_values(void **state) {
  (void)state;
  const double z[] = {1, 2, 3, 0, 0, 0};
  const int32_t labels[] = {2, 1};
  const dpb__truth by_label = {.labels = labels};
  /* -log(e^3 / (e + e^2 + e^3)) = 0.40760596444438; -log(1/3) = 1.09861228866811 */
  assert_near(dpb__reference_loss("softmax", &plain, 2, 3, z, &by_label),
              (0.40760596444438 + 1.09861228866811) / 2, 1e-13);
  const float targets[] = {0.25f, 0.25f, 0.5f};
  const dpb__truth by_target = {.targets = targets};
  assert_near(dpb__reference_loss("softmax", &plain, 1, 3, z, &by_target),
              0.25 * 2.40760596444438 + 0.25 * 1.40760596444438 + 0.5 * 0.40760596444438,
              1e-13);
}

static void weighted_and_smoothed_has_known_values(void **state) {
  (void)state;
  const double z[] = {1, 2, 3, 0, 0, 0};
  const int32_t labels[] = {2, 1};
  float weights[] = {1, 2, 0.5f};
  const dpb__head_config weighted = {.weights = weights, .classes = 3};
  assert_near(
      dpb__reference_loss("softmax", &weighted, 2, 3, z, &(dpb__truth){.labels = labels}),
      (0.5 * 0.40760596444438 + 2 * 1.09861228866811) / 2.5, 1e-13);
  const dpb__head_config smoothed = {.smoothing = 0.75f};
  assert_near(
      dpb__reference_loss("softmax", &smoothed, 1, 3, z, &(dpb__truth){.labels = labels}),
      0.25 * (2.40760596444438 + 1.40760596444438) + 0.5 * 0.40760596444438, 1e-13);
}

static void squared_error_has_known_values(void **state) {
  (void)state;
  const double z[] = {1, 2, 4};
  const float targets[] = {9, 9, 9, 0, 2, 1};
  const uint32_t row = 1;
  assert_near(dpb__reference_loss("mse", &plain, 1, 3, z,
                                  &(dpb__truth){.targets = targets, .rows = &row}),
              5, 0);
  const int32_t label = 2;
  assert_near(
      dpb__reference_loss("mse", &plain, 1, 3, z, &(dpb__truth){.labels = &label}), 7, 0);
}

static void agree_with_the_heads(void **state) {
  (void)state;
  enum { N = 6, CLASSES = 5 };
  const int32_t labels[N] = {0, 4, 2, 2, 1, 3};
  const dpb__truth truth = {.labels = labels};
  float *z = random_floats(N * CLASSES, 1);
  double doubled[N * CLASSES];
  for (int i = 0; i < N * CLASSES; i++) doubled[i] = (double)z[i];
  const char *const heads[] = {"softmax", "mse"};
  for (int i = 0; i < 2; i++) {
    const dpb__head_ops *head = dpb__head_find(heads[i], strlen(heads[i]));
    assert_near(head->loss(&plain, N, CLASSES, z, &truth, 1, NULL) / N,
                dpb__reference_loss(heads[i], &plain, N, CLASSES, doubled, &truth), 1e-6);
  }
  free(z);
}

static void an_unknown_head_is_no_number(void **state) {
  (void)state;
  const double z = 1;
  const int32_t label = 0;
  const double loss =
      dpb__reference_loss("hinge", &plain, 1, 1, &z, &(dpb__truth){.labels = &label});
  assert_true(loss != loss);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cross_entropy_has_known_values),
      cmocka_unit_test(weighted_and_smoothed_has_known_values),
      cmocka_unit_test(squared_error_has_known_values),
      cmocka_unit_test(agree_with_the_heads),
      cmocka_unit_test(an_unknown_head_is_no_number),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
