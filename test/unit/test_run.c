/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>

#include "model_fixture.h"

enum { IN = 6, OUT = 3, N = 57 }; /* 57 samples: three shards */

static float features[N * IN];
static int32_t labels[N];

static int make_data(void **state) {
  (void)state;
  fill_random(features, N * IN, 11);
  for (int i = 0; i < N; i++) labels[i] = i % OUT;
  return 0;
}

static dpb_model *small(int threads) {
  return build_model((dpb_hwc){1, 1, IN}, "affine 5, tanh, affine 3", threads);
}

/* The network of small() in plain double loops: mean loss, and outputs when asked for. */
static double expected_loss(const dpb_model *model, int n, const float *x,
                            float *outputs) {
  float w1[IN * 5], b1[5], w2[5 * OUT], b2[OUT];
  assert_int_equal(dpb_model_get_parameter(model, "W1", w1, IN * 5), DPB_OK);
  assert_int_equal(dpb_model_get_parameter(model, "b1", b1, 5), DPB_OK);
  assert_int_equal(dpb_model_get_parameter(model, "W2", w2, 5 * OUT), DPB_OK);
  assert_int_equal(dpb_model_get_parameter(model, "b2", b2, OUT), DPB_OK);
  double loss = 0.0;
  for (int i = 0; i < n; i++) {
    double hidden[5], z[OUT], sum = 0.0;
    for (int j = 0; j < 5; j++) {
      hidden[j] = (double)b1[j];
      for (int k = 0; k < IN; k++)
        hidden[j] += (double)x[i * IN + k] * (double)w1[k * 5 + j];
      hidden[j] = tanh(hidden[j]);
    }
    for (int j = 0; j < OUT; j++) {
      z[j] = (double)b2[j];
      for (int k = 0; k < 5; k++) z[j] += hidden[k] * (double)w2[k * OUT + j];
      sum += exp(z[j]);
    }
    loss -= log(exp(z[labels[i]]) / sum);
    for (int j = 0; outputs && j < OUT; j++)
      outputs[i * OUT + j] = (float)(exp(z[j]) / sum);
  }
  return loss / n;
}

static void test_loss_and_outputs(void **state) {
  (void)state;
  const int sizes[] = {1, 2, 24, 25, 26, 50, 51, N};
  dpb_model *model = small(1);
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    const int n = sizes[s];
    const dpb_batch batch = {.n = n, .features = features, .labels = labels};
    float expected[N * OUT], outputs[N * OUT];
    const double loss = expected_loss(model, n, features, expected);
    double given, trained;
    assert_int_equal(dpb_model_loss(model, &batch, &given, NULL), DPB_OK);
    assert_int_equal(dpb_model_gradient(model, &batch, &trained), DPB_OK);
    assert_int_equal(dpb_model_predict(model, &batch, outputs), DPB_OK);
    assert_true(fabs(given - loss) < 1e-6);
    assert_true(fabs(trained - loss) < 1e-6);
    for (int i = 0; i < n * OUT; i++) assert_float_equal(outputs[i], expected[i], 1e-6);
  }
  dpb_model_destroy(model);
}

static void test_correct_counts_every_sample(void **state) {
  (void)state;
  dpb_model *model = small(1);
  const dpb_batch batch = {.n = N, .features = features, .labels = labels};
  float outputs[N * OUT];
  int correct = 0, counted;
  double loss;
  assert_int_equal(dpb_model_predict(model, &batch, outputs), DPB_OK);
  for (int i = 0; i < N; i++) {
    int best = 0;
    for (int j = 1; j < OUT; j++)
      if (outputs[i * OUT + j] > outputs[i * OUT + best]) best = j;
    correct += best == labels[i];
  }
  assert_int_equal(dpb_model_loss(model, &batch, &loss, &counted), DPB_OK);
  assert_int_equal(counted, correct);
  dpb_model_destroy(model);
}

/* Rows, pixels and targets are other ways to say the same mini-batch: same bits. */
static void test_forms_of_a_batch_agree(void **state) {
  (void)state;
  dpb_model *model = small(2);
  uint8_t pixels[N * IN];
  float scaled[N * IN], reversed[N * IN], targets[N * OUT] = {0};
  uint32_t rows[N];
  int32_t reversed_labels[N];
  for (int i = 0; i < N * IN; i++) {
    pixels[i] = (uint8_t)(i * 37 % 256);
    scaled[i] = (float)pixels[i] * 0.25f;
  }
  for (int i = 0; i < N; i++) {
    rows[i] = (uint32_t)(N - 1 - i);
    memcpy(reversed + (N - 1 - i) * IN, scaled + i * IN, IN * sizeof(float));
    reversed_labels[N - 1 - i] = labels[i];
    targets[i * OUT + labels[i]] = 1.0f;
  }
  const dpb_batch forms[] = {
      {.n = N, .features = scaled, .labels = labels},
      {.n = N, .pixels = pixels, .scale = 0.25f, .labels = labels},
      {.n = N, .features = reversed, .labels = reversed_labels, .rows = rows},
      {.n = N, .features = scaled, .targets = targets},
  };
  double first = 0.0;
  float gradient[IN * 5], again[IN * 5];
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    double loss;
    assert_int_equal(dpb_model_gradient(model, &forms[i], &loss), DPB_OK);
    assert_int_equal(dpb_model_get_gradient(model, "W1", i ? again : gradient, IN * 5),
                     DPB_OK);
    if (i == 0) first = loss;
    assert_true(fabs(loss - first) < 1e-12);
    if (i > 0) assert_memory_equal(gradient, again, sizeof gradient);
  }
  dpb_model_destroy(model);
}

static void test_threads_change_no_bit(void **state) {
  (void)state;
  float gradient[IN * 5], other[IN * 5];
  double loss, other_loss;
  const dpb_batch batch = {.n = N, .features = features, .labels = labels};
  dpb_model *model = small(1);
  assert_int_equal(dpb_model_gradient(model, &batch, &loss), DPB_OK);
  assert_int_equal(dpb_model_get_gradient(model, "W1", gradient, IN * 5), DPB_OK);
  dpb_model_destroy(model);
  for (int threads = 2; threads <= 5; threads++) {
    model = small(threads);
    assert_int_equal(dpb_model_gradient(model, &batch, &other_loss), DPB_OK);
    assert_int_equal(dpb_model_get_gradient(model, "W1", other, IN * 5), DPB_OK);
    assert_memory_equal(&loss, &other_loss, sizeof loss);
    assert_memory_equal(gradient, other, sizeof gradient);
    dpb_model_destroy(model);
  }
}

/* The gradient of a mini-batch is the mean of those of its samples. */
static void test_gradient_is_the_mean_over_samples(void **state) {
  (void)state;
  dpb_model *model = small(1);
  float whole[IN * 5], one[IN * 5];
  double sum[IN * 5] = {0}, loss;
  for (int i = 0; i < N; i++) {
    const dpb_batch sample = {
        .n = 1, .features = features + i * IN, .labels = labels + i};
    assert_int_equal(dpb_model_gradient(model, &sample, &loss), DPB_OK);
    assert_int_equal(dpb_model_get_gradient(model, "W1", one, IN * 5), DPB_OK);
    for (int j = 0; j < IN * 5; j++) sum[j] += (double)one[j] / N;
  }
  const dpb_batch batch = {.n = N, .features = features, .labels = labels};
  assert_int_equal(dpb_model_gradient(model, &batch, &loss), DPB_OK);
  assert_int_equal(dpb_model_get_gradient(model, "W1", whole, IN * 5), DPB_OK);
  for (int j = 0; j < IN * 5; j++) assert_true(fabs(sum[j] - (double)whole[j]) < 1e-7);
  dpb_model_destroy(model);
}

static void test_bad_batches(void **state) {
  (void)state;
  dpb_model *model = small(1);
  double loss = 5.0;
  int32_t wrong[N];
  float targets[OUT] = {0};
  uint8_t pixel[IN] = {0};
  memcpy(wrong, labels, sizeof wrong);
  wrong[30] = OUT;
  const struct {
    dpb_batch batch;
    dpb_status status;
    const char *message;
  } bad[] = {
      {{.n = 0, .features = features, .labels = labels}, DPB_ERR_ARG, "0 samples"},
      {{.n = -3, .features = features, .labels = labels}, DPB_ERR_ARG, "-3"},
      {{.n = 121, .features = features, .labels = labels}, DPB_ERR_SHAPE, "121"},
      {{.n = 1, .labels = labels}, DPB_ERR_ARG, "neither"},
      {{.n = 1, .features = features, .pixels = pixel, .labels = labels},
       DPB_ERR_ARG,
       "both"},
      {{.n = 1, .features = features}, DPB_ERR_ARG, "neither"},
      {{.n = 1, .features = features, .labels = labels, .targets = targets},
       DPB_ERR_ARG,
       "both"},
      {{.n = N, .features = features, .labels = wrong},
       DPB_ERR_DATA,
       "label 3 of sample 30"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(dpb_model_gradient(model, &bad[i].batch, &loss), bad[i].status);
    assert_message(bad[i].message);
  }
  wrong[30] = -1;
  const dpb_batch negative = {.n = N, .features = features, .labels = wrong};
  assert_int_equal(dpb_model_loss(model, &negative, &loss, NULL), DPB_ERR_DATA);
  assert_message("label -1");
  assert_int_equal(dpb_model_gradient(model, NULL, &loss), DPB_ERR_ARG);
  assert_int_equal(dpb_model_gradient(model, &negative, NULL), DPB_ERR_ARG);
  assert_int_equal(dpb_model_gradient(NULL, &negative, &loss), DPB_ERR_ARG);
  assert_int_equal(dpb_model_predict(model, &negative, NULL), DPB_ERR_ARG);
  dpb_model_destroy(model);
}

static void test_a_loss_that_is_not_finite_names_the_layer(void **state) {
  (void)state;
  dpb_model *model =
      build_model((dpb_hwc){1, 1, 2}, "affine 2 nobias, relu, affine 2, mse", 1);
  const float huge[4] = {3e38f, 3e38f, 3e38f, 3e38f};
  assert_int_equal(dpb_model_set_parameter(model, "W1", huge, 4), DPB_OK);
  const float x[2] = {2.0f, 2.0f}, target[2] = {0, 0};
  const dpb_batch batch = {.n = 1, .features = x, .targets = target};
  double loss = 0.0;
  assert_int_equal(dpb_model_gradient(model, &batch, &loss), DPB_ERR_DIVERGED);
  assert_message("layer 1 affine");
  assert_true(!isfinite(loss));

  const float not_a_number[2] = {NAN, 1.0f};
  const dpb_batch poisoned = {.n = 1, .features = not_a_number, .targets = target};
  assert_int_equal(dpb_model_loss(model, &poisoned, &loss, NULL), DPB_ERR_DIVERGED);
  dpb_model_destroy(model);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_loss_and_outputs),
      cmocka_unit_test(test_correct_counts_every_sample),
      cmocka_unit_test(test_forms_of_a_batch_agree),
      cmocka_unit_test(test_threads_change_no_bit),
      cmocka_unit_test(test_gradient_is_the_mean_over_samples),
      cmocka_unit_test(test_bad_batches),
      cmocka_unit_test(test_a_loss_that_is_not_finite_names_the_layer),
  };
  return cmocka_run_group_tests(tests, make_data, NULL);
}
