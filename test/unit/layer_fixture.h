/* SPDX-License-Identifier: MIT
 *
 * A single layer for the tests of layer/ and reference/: planned from its text, with
 * arrays of its own.
 */
#ifndef TEST_LAYER_FIXTURE_H
#define TEST_LAYER_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <deepblas/deepblas.h>

#include "blas/gemm.h"
#include "layer/layer_ops.h"
#include "layer/words.h"

/* Fails the test unless the last message holds text. */
#define assert_message(text)                                                             \
  do {                                                                                   \
    if (!strstr(dpb_error_message(), (text)))                                            \
      fail_msg("message '%s' does not hold '%s'", dpb_error_message(), (text));          \
  } while (0)

/* Fails the test unless |a - b| <= tolerance * max(1, |b|). */
#define assert_near(a, b, tolerance)                                                     \
  do {                                                                                   \
    const double near_a = (double)(a), near_b = (double)(b);                             \
    if (!(fabs(near_a - near_b) <= (tolerance)*fmax(1.0, fabs(near_b))))                 \
      fail_msg("%s is %.9g, not %.9g", #a, near_a, near_b);                              \
  } while (0)

/* The layer of text ("affine 10 he") for samples of shape in, planned as layer number
 * index. Parameters lie behind each other with a gap of 3 floats in front of each, so
 * that an offset of 0 cannot pass for the right one. */
static inline dpb__layer planned_layer(const char *text, dpb_hwc in, int index) {
  struct dpb__words words = dpb__words_of(text, strlen(text));
  dpb__words_next(&words);
  dpb__layer layer;
  memset(&layer, 0, sizeof layer);
  layer.ops = dpb__layer_find(words.word, words.length);
  if (!layer.ops) fail_msg("there is no layer '%s'", text);
  if (layer.ops->parse && layer.ops->parse(&words, &layer.config) != DPB_OK)
    fail_msg("%s", dpb_error_message());
  layer.index = index;
  layer.in = in;
  layer.in_count = (size_t)in.h * (size_t)in.w * (size_t)in.c;
  layer.init.kind = DPB_INIT_XAVIER;
  if (layer.ops->plan(&layer) != DPB_OK) fail_msg("%s", dpb_error_message());
  layer.out_count = (size_t)layer.out.h * (size_t)layer.out.w * (size_t)layer.out.c;
  size_t offset = 0;
  for (int i = 0; i < layer.param_count; i++) {
    layer.params[i].offset = offset + 3;
    offset += 3 + layer.params[i].count;
  }
  return layer;
}

/* Floats that its parameters take, gaps included. */
static inline size_t flat_count(const dpb__layer *layer) {
  if (layer->param_count == 0) return 1;
  const dpb__param *last = &layer->params[layer->param_count - 1];
  return last->offset + last->count;
}

/* count normal numbers; free() them. */
static inline float *random_floats(size_t count, uint64_t seed) {
  float *values = malloc(count * sizeof *values);
  assert_non_null(values);
  dpb_rng rng = dpb_rng_seed(seed);
  for (size_t i = 0; i < count; i++) values[i] = dpb_rng_normal(&rng);
  return values;
}

/* count NaNs: what a layer must write, and not read. free() them. */
static inline float *nan_floats(size_t count) {
  float *values = malloc(count * sizeof *values);
  assert_non_null(values);
  for (size_t i = 0; i < count; i++) values[i] = NAN;
  return values;
}

#endif
