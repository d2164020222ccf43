/* SPDX-License-Identifier: MIT
 *
 * One step of each optimiser against its formula, to the bit. The formulas are written
 * here in double, every operation rounded to float: exact products and double rounding
 * that changes nothing make that the same as float arithmetic, and no compiler can fuse
 * two operations into one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "vec_fixture.h"

enum { N = 75, STEPS = 5 };

#define RATES(decay_rate)                                                                \
  {                                                                                      \
    .lr = 0.013f, .momentum = 0.9f, .decay = 0.99f, .beta1 = 0.9f, .beta2 = 0.999f,      \
    .eps = 1e-7f, .shrink = (decay_rate)                                                 \
  }
static const dpb__step_rates both[] = {RATES(0.0f), RATES(3e-4f)};
static dpb__step_rates rates; /* one of them */

static float plus(float a, float b) {
  return (float)((double)a + (double)b);
}
static float minus(float a, float b) {
  return (float)((double)a - (double)b);
}
static float product(float a, float b) {
  return (float)((double)a * (double)b);
}
static float ratio(float a, float b) {
  return (float)((double)a / (double)b);
}
static float root(float a) {
  return (float)sqrt((double)a);
}

static float shrunk(float p) {
  return minus(p, product(rates.shrink, p));
}

static void want_momentum(float *p, float g, float *v) {
  *v = minus(product(rates.momentum, *v), product(rates.lr, g));
  *p = plus(shrunk(*p), *v);
}

static void want_nesterov(float *p, float g, float *v) {
  float square = product(rates.momentum, rates.momentum);
  float slope = product(plus(1.0f, rates.momentum), rates.lr);
  *p = minus(plus(shrunk(*p), product(square, *v)), product(slope, g));
  *v = minus(product(rates.momentum, *v), product(rates.lr, g));
}

static float scaled(float g, float h) {
  return ratio(product(rates.lr, g), plus(root(h), rates.eps));
}

static void want_adagrad(float *p, float g, float *h) {
  *h = plus(*h, product(g, g));
  *p = minus(shrunk(*p), scaled(g, *h));
}

static void want_rmsprop(float *p, float g, float *h) {
  float gain = minus(1.0f, rates.decay);
  *h = plus(product(rates.decay, *h), product(product(gain, g), g));
  *p = minus(shrunk(*p), scaled(g, *h));
}

static void want_adam(float *p, float g, float *m, float *v) {
  *m = plus(*m, product(minus(1.0f, rates.beta1), minus(g, *m)));
  *v = plus(*v, product(minus(1.0f, rates.beta2), minus(product(g, g), *v)));
  *p = minus(shrunk(*p), scaled(*m, *v));
}

/* Starting values: some gradients are zero, some tiny, some huge. */
static void feed(int step, float *g) {
  fill_numbers(N, g, 100u + (uint32_t)step);
  for (int i = 0; i < N; i += 7) g[i] = 0.0f;
  for (int i = 1; i < N; i += 7) g[i] *= 1e-25f;
  for (int i = 2; i < N; i += 7) g[i] *= 1e12f;
}

typedef void (*one_state)(size_t, const dpb__step_rates *, float *, const float *,
                          float *);

static void check_one(const dpb__vec *v, const char *name, one_state step,
                      void (*want)(float *, float, float *)) {
  float p[N], s[N] = {0}, g[N], want_p[N], want_s[N] = {0};
  fill_numbers(N, p, 1);
  fill_numbers(N, want_p, 1);
  for (int i = 0; i < STEPS; i++) {
    feed(i, g);
    step(N, &rates, p, g, s);
    for (int j = 0; j < N; j++) want(&want_p[j], g[j], &want_s[j]);
    if (!same_bits(N, p, want_p) || !same_bits(N, s, want_s))
      fail_msg("table %s, %s, step %d", v->name, name, i);
  }
}

static void check_one_state(const dpb__vec *v) {
  check_one(v, "momentum", v->momentum, want_momentum);
  check_one(v, "nesterov", v->nesterov, want_nesterov);
  check_one(v, "adagrad", v->adagrad, want_adagrad);
  check_one(v, "rmsprop", v->rmsprop, want_rmsprop);
}

/* Without the decay and with it. */
static void for_each(void (*check)(const dpb__vec *)) {
  for (size_t i = 0; i < 2; i++) {
    rates = both[i];
    for_each_table(check);
  }
}

static void test_one_state(void **state) {
  (void)state;
  for_each(check_one_state);
}

static void check_sgd(const dpb__vec *v) {
  float p[N], g[N], want[N];
  fill_numbers(N, p, 1);
  feed(0, g);
  for (int i = 0; i < N; i++) want[i] = minus(shrunk(p[i]), product(rates.lr, g[i]));
  v->sgd(N, &rates, p, g);
  assert_true(same_bits(N, p, want));
}

static void test_sgd(void **state) {
  (void)state;
  for_each(check_sgd);
}

static void check_adam(const dpb__vec *v) {
  float p[N], m[N] = {0}, s[N] = {0}, g[N];
  float want_p[N], want_m[N] = {0}, want_s[N] = {0};
  fill_numbers(N, p, 1);
  fill_numbers(N, want_p, 1);
  for (int i = 0; i < STEPS; i++) {
    feed(i, g);
    v->adam(N, &rates, p, g, m, s);
    for (int j = 0; j < N; j++) want_adam(&want_p[j], g[j], &want_m[j], &want_s[j]);
    assert_true(same_bits(N, p, want_p));
    assert_true(same_bits(N, m, want_m));
    assert_true(same_bits(N, s, want_s));
  }
}

static void test_adam(void **state) {
  (void)state;
  for_each(check_adam);
}

/* A gradient that is always 0 moves nothing, and 0 / (0 + eps) is no NaN. */
static void check_standstill(const dpb__vec *v) {
  float p[N], before[N], g[N] = {0}, m[N] = {0}, s[N] = {0};
  fill_numbers(N, p, 1);
  fill_numbers(N, before, 1);
  v->sgd(N, &rates, p, g);
  v->momentum(N, &rates, p, g, m);
  v->nesterov(N, &rates, p, g, m);
  v->adagrad(N, &rates, p, g, s);
  v->rmsprop(N, &rates, p, g, s);
  v->adam(N, &rates, p, g, m, s);
  for (int i = 0; i < N; i++) assert_true(p[i] == before[i] && s[i] == 0.0f);
}

static void test_standstill(void **state) {
  (void)state;
  rates = both[0];
  for_each_table(check_standstill);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sgd),
      cmocka_unit_test(test_one_state),
      cmocka_unit_test(test_adam),
      cmocka_unit_test(test_standstill),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
