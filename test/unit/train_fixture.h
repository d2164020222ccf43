/* SPDX-License-Identifier: MIT
 *
 * Small models and datasets that the tests of training share.
 */
#ifndef TRAIN_FIXTURE_H
#define TRAIN_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/dataset.h>
#include <deepblas/model.h>
#include <deepblas/optimizer.h>
#include <deepblas/rng.h>
#include <deepblas/trainer.h>

static inline void must(dpb_status status) {
  if (status != DPB_OK) fail_msg("%s: %s", dpb_status_name(status), dpb_error_message());
}

/* The call failed with that status, and its message holds the text. */
static inline void must_fail(dpb_status status, dpb_status expected, const char *text) {
  assert_string_equal(dpb_status_name(status), dpb_status_name(expected));
  if (!strstr(dpb_error_message(), text))
    fail_msg("message \"%s\" lacks \"%s\"", dpb_error_message(), text);
}

static inline dpb_model *fixture_model(const char *text, dpb_hwc input, int max_batch,
                                       int threads) {
  dpb_model *model = NULL;
  must(dpb_model_create(
      &(dpb_model_config){
          .input = input, .max_batch = max_batch, .threads = threads, .seed = 11},
      &model));
  must(dpb_add_text(model, text));
  must(dpb_model_build(model));
  return model;
}

static inline size_t fixture_flat(dpb_model *model, float **parameters) {
  float *gradients = NULL;
  size_t count = 0;
  must(dpb_model_flat(model, parameters, &gradients, &count));
  return count;
}

/* A copy of all parameters; the caller frees it. */
static inline float *fixture_copy(dpb_model *model, size_t *count) {
  float *parameters = NULL;
  *count = fixture_flat(model, &parameters);
  float *copy = malloc(*count * sizeof *copy);
  assert_non_null(copy);
  memcpy(copy, parameters, *count * sizeof *copy);
  return copy;
}

static inline void assert_same_parameters(dpb_model *a, dpb_model *b) {
  float *pa = NULL;
  float *pb = NULL;
  size_t count = fixture_flat(a, &pa);
  assert_int_equal(count, fixture_flat(b, &pb));
  assert_memory_equal(pa, pb, count * sizeof *pa);
}

static inline dpb_optimizer *fixture_optimizer(dpb_model *model, dpb_optimizer_kind kind,
                                               float lr) {
  float *parameters = NULL;
  dpb_optimizer *optimizer = NULL;
  must(dpb_optimizer_create(&(dpb_optimizer_config){.kind = kind, .lr = lr},
                            fixture_flat(model, &parameters), &optimizer));
  return optimizer;
}

/* count samples in classes clouds that lie well apart: each class has a corner of its own
 * in every so many coordinates. */
static inline dpb_dataset *fixture_blobs(size_t count, dpb_hwc sample, int classes,
                                         uint64_t seed) {
  size_t n = (size_t)sample.h * (size_t)sample.w * (size_t)sample.c;
  float *features = malloc(count * n * sizeof *features);
  int32_t *labels = malloc(count * sizeof *labels);
  assert_non_null(features);
  assert_non_null(labels);
  dpb_rng rng = dpb_rng_seed(seed);
  for (size_t i = 0; i < count; i++) {
    labels[i] = (int32_t)dpb_rng_below(&rng, (uint32_t)classes);
    for (size_t j = 0; j < n; j++) {
      float centre = (int)(j % (size_t)classes) == labels[i] ? 2.0f : 0.0f;
      features[i * n + j] = centre + 0.25f * dpb_rng_normal(&rng);
    }
  }
  dpb_dataset *dataset = NULL;
  must(dpb_dataset_from_floats(count, sample, features, labels, classes, &dataset));
  free(features);
  free(labels);
  return dataset;
}

static inline dpb_dataset *fixture_xor(void) {
  static const float features[] = {0, 0, 0, 1, 1, 0, 1, 1};
  static const int32_t labels[] = {0, 1, 1, 0};
  dpb_dataset *dataset = NULL;
  must(dpb_dataset_from_floats(4, (dpb_hwc){1, 1, 2}, features, labels, 2, &dataset));
  return dataset;
}

#endif
