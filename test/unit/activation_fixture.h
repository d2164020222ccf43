/* SPDX-License-Identifier: MIT
 *
 * What the tests of the activations share: a layer run forward and backward on
 * 60 numbers, some of them chosen for their place.
 */
#ifndef TEST_ACTIVATION_FIXTURE_H
#define TEST_ACTIVATION_FIXTURE_H

#include "layer_check.h"
#include "layer_fixture.h"

enum { SAMPLES = 5, SAMPLE = 12, NUMBERS = SAMPLES * SAMPLE };

typedef struct activation {
  float x[NUMBERS];
  float y[NUMBERS];
  float dy[NUMBERS];
  float dx[NUMBERS];
} activation;

/* Runs the layer of that name on an image of 2x3x2; every sixth of its inputs is one of
 * special, six numbers. */
static inline activation run_activation(const char *name, const float special[6]) {
  activation a;
  dpb_rng rng = dpb_rng_seed(11);
  for (int i = 0; i < NUMBERS; i++) {
    a.x[i] = i % 6 == 0 ? special[i / 6 % 6] : 3.0f * dpb_rng_normal(&rng);
    a.dy[i] = dpb_rng_normal(&rng);
    a.y[i] = a.dx[i] = NAN;
  }
  const activation before = a;
  const dpb__layer layer = planned_layer(name, (dpb_hwc){2, 3, 2}, 1);
  const dpb__pass pass = {
      .n = SAMPLES, .train = 1, .x = a.x, .y = a.y, .dy = a.dy, .dx = a.dx};
  layer.ops->forward(&layer, &pass);
  layer.ops->backward(&layer, &pass);
  assert_memory_equal(a.x, before.x, sizeof a.x); /* never writes its input */
  assert_memory_equal(a.dy, before.dy, sizeof a.dy);
  return a;
}

/* At each of special: the output is y, and the gradient slope times dy. */
static inline void check_activation_ends(const char *name, const float special[6],
                                         const double y[6], const double slope[6]) {
  const activation a = run_activation(name, special);
  for (int i = 0; i < 6; i++) {
    const float got = a.y[6 * i];
    if (y[i] > 1e38)
      assert_true((double)got == y[i]);
    else
      assert_near((double)got / fmax(1.0, fabs(y[i])), y[i] / fmax(1.0, fabs(y[i])),
                  1e-7);
    assert_near(a.dx[6 * i], slope[i] * (double)a.dy[6 * i], 1e-6);
  }
}

/* A NaN stays one, and spoils no other number. */
static inline void check_activation_nan(const char *name) {
  const float special[6] = {NAN, NAN, NAN, NAN, NAN, NAN};
  const activation a = run_activation(name, special);
  assert_true(is_nan(a.y[0]) && !is_nan(a.y[1]));
}

/* It keeps the shape, has no parameters, and computes no dx when none is wanted. */
static inline void check_activation_plan(const char *name) {
  const dpb__layer layer = planned_layer(name, (dpb_hwc){4, 5, 3}, 0);
  assert_int_equal(layer.out.h, 4);
  assert_int_equal(layer.out.w, 5);
  assert_int_equal(layer.out.c, 3);
  assert_int_equal(layer.param_count, 0);
  assert_int_equal(layer.gradient_tasks, 0);
  const dpb__pass pass = {.n = SAMPLES}; /* would crash if anything were touched */
  layer.ops->backward(&layer, &pass);
}

#endif
