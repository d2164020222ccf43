/* SPDX-License-Identifier: MIT
 *
 * Small models for the tests of model/.
 */
#ifndef TEST_MODEL_FIXTURE_H
#define TEST_MODEL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <deepblas/deepblas.h>

/* Fails the test unless the last message holds text. */
#define assert_message(text)                                                             \
  do {                                                                                   \
    if (!strstr(dpb_error_message(), (text)))                                            \
      fail_msg("message '%s' does not hold '%s'", dpb_error_message(), (text));          \
  } while (0)

/* A model of text, not built yet. */
static inline dpb_model *list_model(dpb_hwc input, const char *text, int threads) {
  dpb_model *model = NULL;
  const dpb_model_config config = {
      .input = input, .max_batch = 120, .seed = 3, .threads = threads};
  assert_int_equal(dpb_model_create(&config, &model), DPB_OK);
  dpb_add_text(model, text);
  return model;
}

/* The same, built. */
static inline dpb_model *build_model(dpb_hwc input, const char *text, int threads) {
  dpb_model *model = list_model(input, text, threads);
  if (dpb_model_build(model) != DPB_OK) fail_msg("build: %s", dpb_error_message());
  return model;
}

/* count numbers in [-1, 1) from a seed. */
static inline void fill_random(float *values, size_t count, uint64_t seed) {
  dpb_rng rng = dpb_rng_seed(seed);
  for (size_t i = 0; i < count; i++) values[i] = 2.0f * dpb_rng_uniform(&rng) - 1.0f;
}

#endif
