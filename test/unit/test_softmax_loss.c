/* SPDX-License-Identifier: MIT
 *
 * Softmax with cross-entropy: loss and gradient against the definition in double, for
 * labels and targets, with and without rows, far out too.
 */
#include "layer_fixture.h"

enum { N = 4, CLASSES = 7, ROWS = 9 };

static const dpb__head_config plain;

static const dpb__head_ops *head(void) {
  return dpb__head_find("softmax", 7);
}

/* -log softmax(z)[j], and softmax(z)[j] */
static double log_loss(const float *z, int j, double *probability) {
  double sum = 0;
  for (int i = 0; i < CLASSES; i++) sum += exp((double)z[i] - (double)z[j]);
  *probability = 1.0 / sum;
  return log(sum);
}

/* t(i, j): the target of sample i, as it shall count. Compares everything that the plain
 * head says. */
static void check(const float *z, const dpb__truth *truth, const double *t) {
  const float scale = 0.25f;
  float *dz = nan_floats(N * CLASSES);
  const double loss = head()->loss(&plain, N, CLASSES, z, truth, scale, dz);
  double expected = 0;
  for (int i = 0; i < N; i++) {
    for (int j = 0; j < CLASSES; j++) {
      double p = 0;
      const double minus_log = log_loss(z + i * CLASSES, j, &p);
      const double target = t[i * CLASSES + j];
      expected += target * minus_log;
      assert_near(dz[i * CLASSES + j], (p - target) * (double)scale, 1e-6);
    }
  }
  assert_near(loss, expected, 1e-6);
  assert_near(head()->loss(&plain, N, CLASSES, z, truth, scale, NULL), expected, 1e-6);
  free(dz);
}

static void takes_labels(void **state) {
  (void)state;
  float *z = random_floats(N * CLASSES, 1);
  const int32_t labels[N] = {6, 0, 3, 3};
  double t[N * CLASSES] = {0};
  for (int i = 0; i < N; i++) t[i * CLASSES + labels[i]] = 1;
  check(z, &(dpb__truth){.labels = labels}, t);
  free(z);
}

static void takes_rows_of_labels(void **state) {
  (void)state;
  float *z = random_floats(N * CLASSES, 2);
  const int32_t labels[ROWS] = {-1, 5, -1, -1, 2, -1, -1, -1, 4};
  const uint32_t rows[N] = {8, 1, 4, 4};
  double t[N * CLASSES] = {0};
  for (int i = 0; i < N; i++) t[i * CLASSES + labels[rows[i]]] = 1;
  check(z, &(dpb__truth){.labels = labels, .rows = rows}, t);
  free(z);
}

static void takes_soft_targets_by_rows(void **state) {
  (void)state;
  float *z = random_floats(N * CLASSES, 3);
  float *targets = random_floats(ROWS * CLASSES, 4);
  for (int i = 0; i < ROWS; i++) {
    float sum = 0;
    for (int j = 0; j < CLASSES; j++) sum += fabsf(targets[i * CLASSES + j]);
    for (int j = 0; j < CLASSES; j++)
      targets[i * CLASSES + j] = fabsf(targets[i * CLASSES + j]) / sum;
  }
  const uint32_t rows[N] = {8, 0, 5, 2};
  double t[N * CLASSES];
  for (int i = 0; i < N * CLASSES; i++)
    t[i] = (double)targets[rows[i / CLASSES] * CLASSES + (uint32_t)(i % CLASSES)];
  check(z, &(dpb__truth){.targets = targets, .rows = rows}, t);
  for (int i = 0; i < N * CLASSES; i++) t[i] = (double)targets[i];
  check(z, &(dpb__truth){.targets = targets}, t);
  free(z);
  free(targets);
}

static void is_exact_far_out(void **state) {
  (void)state;
  const float z[] = {1000.0f, -1000.0f, 0.0f};
  float dz[3];
  const int32_t wrong = 1, right = 0;
  assert_near(head()->loss(&plain, 1, 3, z, &(dpb__truth){.labels = &wrong}, 1, dz), 2000,
              1e-12);
  assert_near(dz[0], 1, 0);
  assert_near(dz[1], -1, 0);
  assert_near(dz[2], 0, 0);
  assert_near(head()->loss(&plain, 1, 3, z, &(dpb__truth){.labels = &right}, 1, dz), 0,
              0);
  assert_near(dz[0], 0, 0);
}

static void tells_of_numbers_that_are_not_finite(void **state) {
  (void)state;
  const float bad[] = {NAN, INFINITY};
  for (int i = 0; i < 2; i++) {
    for (int place = 0; place < 3; place++) {
      float z[] = {1, 2, 3};
      float dz[3];
      const int32_t label = 1;
      z[place] = bad[i];
      const dpb__truth truth = {.labels = &label};
      const double with = head()->loss(&plain, 1, 3, z, &truth, 1, dz);
      const double without = head()->loss(&plain, 1, 3, z, &truth, 1, NULL);
      assert_false(with - with == 0.0); /* not finite */
      assert_false(without - without == 0.0);
    }
  }
}

/* Loss, gradient and divisor against the formula of layer.h. */
static void check_config(const dpb__head_config *config, const dpb__truth *truth,
                         const float *z) {
  float *dz = nan_floats(N * CLASSES);
  const double loss = head()->loss(config, N, CLASSES, z, truth, 0.5f, dz);
  double expected = 0, weights = 0;
  for (int i = 0; i < N; i++) {
    double p[CLASSES], wt[CLASSES], all = 0;
    for (int j = 0; j < CLASSES; j++) {
      const double t = (double)dpb__truth_at(truth, i, CLASSES, j);
      const double w = config->weights ? (double)config->weights[j] : 1;
      const double eps = (double)config->smoothing;
      wt[j] = w * ((1 - eps) * t + eps / CLASSES);
      all += wt[j];
      weights += w * t;
      expected += wt[j] * log_loss(z + i * CLASSES, j, &p[j]);
    }
    for (int j = 0; j < CLASSES; j++)
      assert_near(dz[i * CLASSES + j], 0.5 * (p[j] * all - wt[j]), 2e-6);
  }
  assert_near(loss, expected, 1e-6);
  assert_near(head()->loss(config, N, CLASSES, z, truth, 0.5f, NULL), expected, 1e-6);
  assert_near(head()->divisor(config, N, CLASSES, truth), weights, 1e-6);
  free(dz);
}

static void smooths_and_weighs(void **state) {
  (void)state;
  float weights[CLASSES] = {1, 2, 0.5f, 3, 10, 0.125f, 1};
  const dpb__head_config configs[] = {
      {.smoothing = 0.1f},
      {.weights = weights, .classes = CLASSES},
      {.smoothing = 0.25f, .weights = weights, .classes = CLASSES}};
  float *z = random_floats(N * CLASSES, 6);
  const int32_t labels[N] = {4, 0, 5, 4};
  const uint32_t rows[N] = {3, 0, 2, 2};
  float targets[N * CLASSES] = {0};
  for (int i = 0; i < N; i++)
    for (int j = 0; j < CLASSES; j++)
      targets[i * CLASSES + j] = j == labels[i] ? 0.7f : 0.05f;
  for (int i = 0; i < 3; i++) {
    check_config(&configs[i], &(dpb__truth){.labels = labels}, z);
    check_config(&configs[i], &(dpb__truth){.labels = labels, .rows = rows}, z);
    check_config(&configs[i], &(dpb__truth){.targets = targets}, z);
    check_config(&configs[i], &(dpb__truth){.targets = targets, .rows = rows}, z);
  }
  free(z);
}

/* The formula of PyTorch's CrossEntropyLoss(weight=[1, 2, 0.5], label_smoothing=0.1):
 * (0.9 * sum_i w_yi nll_i + 0.1 / 3 * sum_i sum_j w_j nll_ij) / sum_i w_yi. */
static void weighs_as_pytorch_does(void **state) {
  (void)state;
  float weights[] = {1, 2, 0.5f};
  const dpb__head_config config = {0.1f, weights, 3};
  const float z[] = {1, 2, 3, 0, 0, 0};
  const int32_t labels[] = {2, 1};
  const double nll[] = {2.40760596444438, 1.40760596444438, 0.40760596444438,
                        1.09861228866811, 1.09861228866811, 1.09861228866811};
  double smooth = 0;
  for (int i = 0; i < 6; i++) smooth += (double)weights[i % 3] * nll[i];
  const double expected = (0.9 * (0.5 * nll[2] + 2 * nll[4]) + 0.1 / 3 * smooth) / 2.5;
  const dpb__truth truth = {.labels = labels};
  assert_near(head()->loss(&config, 2, 3, z, &truth, 1, NULL) /
                  head()->divisor(&config, 2, 3, &truth),
              expected, 1e-7);
}

static void outputs_are_probabilities_in_place_too(void **state) {
  (void)state;
  float *z = random_floats(N * CLASSES, 5);
  float *y = nan_floats(N * CLASSES);
  head()->outputs(N, CLASSES, z, y);
  for (int i = 0; i < N * CLASSES; i++) {
    double p = 0;
    log_loss(z + i / CLASSES * CLASSES, i % CLASSES, &p);
    assert_near(y[i], p, 1e-6);
  }
  head()->outputs(N, CLASSES, z, z);
  assert_memory_equal(z, y, N * CLASSES * sizeof *z);
  free(z);
  free(y);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(takes_labels),
      cmocka_unit_test(takes_rows_of_labels),
      cmocka_unit_test(takes_soft_targets_by_rows),
      cmocka_unit_test(is_exact_far_out),
      cmocka_unit_test(tells_of_numbers_that_are_not_finite),
      cmocka_unit_test(smooths_and_weighs),
      cmocka_unit_test(weighs_as_pytorch_does),
      cmocka_unit_test(outputs_are_probabilities_in_place_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
