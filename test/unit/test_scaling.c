/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "file_fixture.h"

#define assert_near(a, b, error) assert_true(fabs((a) - (b)) <= (error))

enum { N = 4, C = 3, S = 2 * C };
static const dpb_hwc shape = {1, 2, C};
/* channel 0: 1 to 8; channel 1 always 5; channel 2: a million and 0 or 1 */
static const float features[N * S] = {1, 5, 1e6f,     2, 5, 1e6f + 1, 3, 5, 1e6f,
                                      4, 5, 1e6f + 1, 5, 5, 1e6f,     6, 5, 1e6f + 1,
                                      7, 5, 1e6f,     8, 5, 1e6f + 1};
static const int32_t labels[N] = {0, 1, 0, 1};

static dpb_dataset *make_floats(void) {
  dpb_dataset *d;
  assert_ok(dpb_dataset_from_floats(N, shape, features, labels, 2, &d));
  return d;
}

static void measures(void **state) {
  (void)state;
  dpb_dataset *d = make_floats();
  dpb_scaling *s;
  assert_ok(dpb_scaling_measure(d, DPB_SCALING_CHANNELS, &s));
  assert_int_equal(dpb_scaling_channels(s), 3);
  assert_near(dpb_scaling_mean(s)[0], 4.5, 1e-12);
  assert_near(dpb_scaling_deviation(s)[0], sqrt(5.25), 1e-12);
  assert_true(dpb_scaling_mean(s)[1] == 5.0 && dpb_scaling_deviation(s)[1] == 0.0);
  assert_near(dpb_scaling_mean(s)[2], 1e6 + 0.5, 1e-9);
  assert_near(dpb_scaling_deviation(s)[2], 0.5, 1e-9);
  dpb_scaling_destroy(s);
  dpb_dataset *bytes;
  static const uint8_t pixels[] = {0, 10, 20, 30};
  assert_ok(
      dpb_dataset_from_pixels(2, (dpb_hwc){1, 2, 1}, pixels, 0.5f, labels, 2, &bytes));
  assert_ok(dpb_scaling_measure(bytes, DPB_SCALING_GLOBAL, &s));
  assert_int_equal(dpb_scaling_channels(s), 1);
  assert_near(dpb_scaling_mean(s)[0], 7.5, 1e-12);
  assert_near(dpb_scaling_deviation(s)[0], sqrt(31.25), 1e-12);
  /* measuring again does not see the scaling that is set */
  assert_ok(dpb_dataset_set_scaling(bytes, s));
  dpb_scaling *again;
  assert_ok(dpb_scaling_measure(bytes, DPB_SCALING_GLOBAL, &again));
  assert_true(dpb_scaling_mean(again)[0] == dpb_scaling_mean(s)[0]);
  dpb_scaling_destroy(again);
  dpb_scaling_destroy(s);
  dpb_dataset_destroy(bytes);
  dpb_dataset_destroy(d);
}

/* A network sees the scaled numbers: those of dpb_scaling_apply, plain or as bytes, by
 * rows and in order. */
static void check_predictions(dpb_dataset *d, const float *scaled, int n) {
  dpb_hwc sample = dpb_dataset_sample_shape(d);
  dpb_model *model;
  assert_ok(dpb_model_create(
      &(dpb_model_config){.input = sample, .max_batch = n, .seed = 3}, &model));
  dpb_add_text(model, "affine 4, tanh, affine 2");
  assert_ok(dpb_model_build(model));
  float wanted[8], got[8];
  dpb_batch plain = {.n = n, .features = scaled}, batch;
  assert_ok(dpb_model_predict(model, &plain, wanted));
  assert_ok(dpb_dataset_batch(d, 0, n, &batch));
  assert_non_null(batch.scales);
  assert_ok(dpb_model_predict(model, &batch, got));
  for (int i = 0; i < 2 * n; i++) assert_near((double)got[i], (double)wanted[i], 1e-5);
  static const uint32_t backwards[] = {3, 2, 1, 0};
  batch.rows = backwards + 4 - n;
  assert_ok(dpb_model_predict(model, &batch, got));
  for (int i = 0; i < n; i++)
    assert_near((double)got[2 * i], (double)wanted[2 * (n - 1 - i)], 1e-5);
  batch.offsets = NULL;
  assert_fails(dpb_model_predict(model, &batch, got), DPB_ERR_ARG, "scales and offsets");
  dpb_model_destroy(model);
}

static void scales_batches(void **state) {
  (void)state;
  float scaled[N * S];
  dpb_dataset *d = make_floats();
  dpb_scaling *s;
  assert_ok(dpb_scaling_measure(d, DPB_SCALING_CHANNELS, &s));
  assert_ok(dpb_scaling_apply(s, N, shape, features, scaled));
  assert_near((double)scaled[0], -3.5 / sqrt(5.25), 1e-6);
  assert_true(fabsf(scaled[1]) < 1e-6f); /* constant: only the mean goes */
  assert_ok(dpb_dataset_set_scaling(d, s));
  check_predictions(d, scaled, N);
  const dpb_scaling *set = dpb_dataset_scaling(d);
  assert_int_equal(dpb_scaling_channels(set), dpb_scaling_channels(s));
  assert_memory_equal(dpb_scaling_mean(set), dpb_scaling_mean(s), 2 * sizeof(double));
  float factor[S], offset[S];
  assert_ok(dpb_scaling_factors(s, shape, factor, offset));
  for (int i = 0; i < S; i++)
    assert_near((double)(features[i] * factor[i] + offset[i]), (double)scaled[i], 1e-6);
  assert_fails(dpb_scaling_factors(s, shape, NULL, offset), DPB_ERR_ARG,
               "scales is NULL");
  assert_fails(dpb_scaling_factors(s, shape, factor, NULL), DPB_ERR_ARG,
               "offsets is NULL");
  assert_fails(dpb_scaling_factors(NULL, shape, factor, offset), DPB_ERR_ARG,
               "scaling is");
  assert_fails(dpb_scaling_factors(s, (dpb_hwc){0, 1, 2}, factor, offset), DPB_ERR_ARG,
               "0x1x2");
  assert_fails(dpb_scaling_factors(s, (dpb_hwc){1, 1, 7}, factor, offset), DPB_ERR_SHAPE,
               "samples are 1x1x7");
  dpb_dataset *head; /* cuts keep the scaling */
  assert_ok(dpb_dataset_head(d, 2, &head));
  check_predictions(head, scaled, 2);
  dpb_dataset_destroy(head);
  dpb_batcher *batcher;
  dpb_batch batch;
  assert_ok(dpb_batcher_create(d, 2, DPB_SHUFFLE, 1, &batcher));
  assert_ok(dpb_batcher_get(batcher, 0, &batch));
  assert_true(batch.scales != NULL && batch.offsets != NULL);
  dpb_batcher_destroy(batcher);
  assert_ok(dpb_dataset_set_scaling(d, NULL));
  assert_ok(dpb_dataset_batch(d, 0, 1, &batch));
  assert_null(batch.scales);
  assert_null(dpb_dataset_scaling(d));
  assert_null(dpb_dataset_scaling(NULL));
  dpb_scaling_destroy(s);
  dpb_dataset_destroy(d);
}

static void scales_bytes(void **state) {
  (void)state;
  uint8_t pixels[N * S];
  float plain[N * S], scaled[N * S];
  for (int i = 0; i < N * S; i++) {
    pixels[i] = (uint8_t)(11 * i);
    plain[i] = (float)pixels[i] * (1.0f / 255.0f);
  }
  dpb_dataset *d;
  dpb_scaling *s;
  assert_ok(dpb_dataset_from_pixels(N, shape, pixels, 1.0f / 255.0f, labels, 2, &d));
  for (int kind = DPB_SCALING_GLOBAL; kind <= DPB_SCALING_CHANNELS; kind++) {
    assert_ok(dpb_scaling_measure(d, (dpb_scaling_kind)kind, &s));
    assert_ok(dpb_scaling_apply(s, N, shape, plain, scaled));
    assert_ok(dpb_dataset_set_scaling(d, s));
    check_predictions(d, scaled, N);
    dpb_scaling_destroy(s);
  }
  dpb_dataset_destroy(d);
}

static void refuses(void **state) {
  (void)state;
  dpb_dataset *d = make_floats();
  dpb_scaling *s;
  static const double mean[] = {0, 1}, bad[] = {0, (double)NAN}, deviation[] = {1, -1};
  assert_fails(dpb_scaling_measure(d, DPB_SCALING_NONE, &s), DPB_ERR_ARG, "no kind 0");
  assert_fails(dpb_scaling_measure(NULL, DPB_SCALING_GLOBAL, &s), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_scaling_create(0, mean, mean, &s), DPB_ERR_ARG, "0 channels");
  assert_fails(dpb_scaling_create(2, mean, deviation, &s), DPB_ERR_DATA,
               "channel 1 has mean 1 and deviation -1");
  assert_fails(dpb_scaling_create(2, bad, mean, &s), DPB_ERR_DATA, "channel 1 has mean");
  assert_null(s);
  assert_ok(dpb_scaling_create(2, mean, mean, &s));
  assert_true(dpb_scaling_deviation(s)[1] == 1.0);
  assert_fails(dpb_dataset_set_scaling(d, s), DPB_ERR_SHAPE,
               "it has 2 channels, samples are 1x2x3");
  float out[6];
  assert_fails(dpb_scaling_apply(s, 1, shape, features, out), DPB_ERR_SHAPE, "1x2x3");
  assert_fails(dpb_scaling_apply(NULL, 1, shape, features, out), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_scaling_apply(s, 1, shape, NULL, out), DPB_ERR_ARG, "features is");
  assert_fails(dpb_scaling_apply(s, 1, shape, features, NULL), DPB_ERR_ARG, "out is");
  static const dpb_hwc empty[] = {{0, 2, 2}, {1, 0, 2}, {1, 2, 0}};
  for (int i = 0; i < 3; i++)
    assert_fails(dpb_scaling_apply(s, 1, empty[i], features, out), DPB_ERR_ARG,
                 "sample shape");
  assert_fails(dpb_scaling_apply(s, SIZE_MAX / 2, (dpb_hwc){2, 1, 2}, features, out),
               DPB_ERR_SIZE, "too large");
  assert_int_equal(dpb_scaling_channels(NULL), 0);
  dpb_scaling_destroy(s);
  dpb_scaling_destroy(NULL);
  dpb_dataset_destroy(d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(measures),
      cmocka_unit_test(scales_batches),
      cmocka_unit_test(scales_bytes),
      cmocka_unit_test(refuses),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
