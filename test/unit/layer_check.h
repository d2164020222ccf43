/* SPDX-License-Identifier: MIT
 *
 * A layer against its reference: forward number by number, and each number of backward
 * against a difference of the reference's forward, in double.
 */
#ifndef TEST_LAYER_CHECK_H
#define TEST_LAYER_CHECK_H

#include "blas/blas_enter.h"
#include "layer_fixture.h"
#include "reference/reference.h"

/* isnan, whose macro some compilers warn about. */
static inline int is_nan(float x) {
  return x != x;
}

/* A layer of text with random contents for n samples; NaN waits wherever it is to write,
 * and in its scratch. */
typedef struct trial {
  dpb__layer layer;
  dpb__pass pass;
  dpb_rng rng;
  size_t flat, inputs, outputs;
  float *params, *grads, *x, *y, *dy, *dx, *scratch;
  uint8_t *cache;
} trial;

static inline trial make_trial(const char *text, dpb_hwc in, int n) {
  trial t = {.layer = planned_layer(text, in, 1), .rng = dpb_rng_seed(9)};
  t.flat = flat_count(&t.layer);
  t.inputs = (size_t)n * t.layer.in_count;
  t.outputs = (size_t)n * t.layer.out_count;
  t.params = random_floats(t.flat, 1);
  t.grads = nan_floats(t.flat);
  t.x = random_floats(t.inputs, 2);
  t.y = nan_floats(t.outputs);
  t.dy = random_floats(t.outputs, 3);
  t.dx = nan_floats(t.inputs);
  t.scratch = nan_floats(t.layer.scratch / sizeof(float) + 1);
  t.cache = malloc((size_t)n * t.layer.cache + 1);
  assert_non_null(t.cache);
  t.pass = (dpb__pass){.n = n,
                       .first = 3,
                       .train = 1,
                       .params = t.params,
                       .grads = t.grads,
                       .x = t.x,
                       .y = t.y,
                       .dy = t.dy,
                       .dx = t.dx,
                       .cache = t.cache,
                       .scratch = t.scratch};
  return t;
}

static inline void drop_trial(trial *t) {
  float *const all[] = {t->params, t->grads, t->x, t->y, t->dy, t->dx, t->scratch};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) free(all[i]);
  free(t->cache);
}

static inline void run_forward(trial *t) {
  t->pass.rng = &t->rng;
  dpb__blas_enter();
  t->layer.ops->forward(&t->layer, &t->pass);
  dpb__blas_leave();
}

static inline void run_backward(trial *t) {
  dpb__blas_enter();
  t->layer.ops->backward(&t->layer, &t->pass);
  dpb__blas_leave();
}

/* The reference's output for double inputs. */
static inline void run_reference(const trial *t, const double *params, const double *x,
                                 double *y, uint64_t *branches) {
  *branches = 0;
  dpb__reference_find(t->layer.ops->name)(&t->layer,
                                          &(dpb__reference_pass){.n = t->pass.n,
                                                                 .first = t->pass.first,
                                                                 .train = t->pass.train,
                                                                 .params = params,
                                                                 .x = x,
                                                                 .y = y,
                                                                 .rng = &t->rng,
                                                                 .branches = branches});
}

static inline double *doubles_of(const float *values, size_t count) {
  double *copy = malloc(count * sizeof *copy);
  assert_non_null(copy);
  for (size_t i = 0; i < count; i++) copy[i] = (double)values[i];
  return copy;
}

/* What a change of *moved changes in sum(dy * y), by a central difference; NaN when it
 * steps over a kink. Exact where the layer is linear in it. */
static inline double difference(const trial *t, const double *params, const double *x,
                                double *moved, double *y) {
  const double h = 1e-5, before = *moved;
  double sum = 0;
  uint64_t up, down;
  *moved = before + h;
  run_reference(t, params, x, y, &up);
  for (size_t i = 0; i < t->outputs; i++) sum += (double)t->dy[i] * y[i];
  *moved = before - h;
  run_reference(t, params, x, y, &down);
  for (size_t i = 0; i < t->outputs; i++) sum -= (double)t->dy[i] * y[i];
  *moved = before;
  return up == down ? sum / (2 * h) : (double)NAN;
}

/* count numbers of a gradient, every step-th of them looked at. */
static inline void check_gradient(const trial *t, const double *params, const double *x,
                                  double *moved, const float *gradient, size_t count,
                                  double *y) {
  const size_t step = 1 + count / 150;
  for (size_t i = 0; i < count; i++) {
    assert_false(is_nan(gradient[i]));
    if (i % step != 0) continue;
    const double expected = difference(t, params, x, moved + i, y);
    if (expected == expected) assert_near(gradient[i], expected, 2e-4);
  }
}

static inline void check_layer(const char *text, dpb_hwc in, int n) {
  trial t = make_trial(text, in, n);
  double *params = doubles_of(t.params, t.flat);
  double *x = doubles_of(t.x, t.inputs);
  double *y = malloc(t.outputs * sizeof *y);
  assert_non_null(y);
  uint64_t branches;
  for (int train = 0; train < 2; train++) {
    t.pass.train = train;
    run_forward(&t);
    run_reference(&t, params, x, y, &branches);
    for (size_t i = 0; i < t.outputs; i++) assert_near(t.y[i], y[i], 2e-5);
  }
  run_backward(&t);
  check_gradient(&t, params, x, x, t.dx, t.inputs, y);
  for (int p = 0; p < t.layer.param_count; p++) {
    const dpb__param *param = &t.layer.params[p];
    check_gradient(&t, params, x, params + param->offset, t.grads + param->offset,
                   param->count, y);
  }
  for (int i = 0; i < 3 && t.layer.param_count > 0; i++)
    assert_true(is_nan(t.grads[i])); /* the gap in front */
  for (size_t i = 0; i < t.inputs; i++) assert_true((double)t.x[i] == x[i]);
  free(params);
  free(x);
  free(y);
  drop_trial(&t);
}

/* Parses, formats back to expected, and parses that to the same config. */
static inline void check_text(const char *text, const char *expected) {
  struct dpb__words words = dpb__words_of(text, strlen(text));
  dpb__words_next(&words);
  const dpb__layer_ops *ops = dpb__layer_find(words.word, words.length);
  assert_non_null(ops);
  dpb__layer_config config = {0};
  if (ops->parse(&words, &config) != DPB_OK) fail_msg("%s", dpb_error_message());
  assert_int_equal(ops->check(&config), DPB_OK);
  char written[96] = "";
  ops->format(&config, written, sizeof written);
  assert_string_equal(written, expected);
}

/* Parsing, checking or planning text for a sample of shape in fails with that status and
 * whole message. */
static inline void refuse_text(const char *text, dpb_hwc in, dpb_status status,
                               const char *message) {
  struct dpb__words words = dpb__words_of(text, strlen(text));
  dpb__words_next(&words);
  dpb__layer layer;
  memset(&layer, 0, sizeof layer);
  layer.ops = dpb__layer_find(words.word, words.length);
  layer.in = in;
  layer.in_count = (size_t)in.h * (size_t)in.w * (size_t)in.c;
  assert_non_null(layer.ops);
  dpb_status found = layer.ops->parse(&words, &layer.config);
  if (found == DPB_OK) found = layer.ops->check(&layer.config);
  if (found == DPB_OK) found = layer.ops->plan(&layer);
  if (found != status) fail_msg("%s: status %d, not %d", text, found, status);
  assert_string_equal(dpb_error_message(), message);
}

#endif
