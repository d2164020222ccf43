/* SPDX-License-Identifier: MIT
 *
 * The activations beside sigmoid, tanh and ReLU (formulas: <deepblas/functions.h>): part
 * of vec_kernels.inc.h, in the same vocabulary.
 *
 * GELU is x * P(x), with P(x) the normal distribution function, or a sigmoid near it. Of
 * both, P(-x) = 1 - P(x); with a = |x| and g(a) = a * P(-a),
 *
 *     gelu(x) = max(x, 0) - g(a)       gelu'(x) = x > 0 ? 1 - g'(a) : g'(a)
 *
 * so that only the small side is worked out, and keeps its digits far out.
 */

/* ---- leaky ReLU, ELU */

static inline vf leaky_relu_of(vf slope, vf x) {
  return pick(is_greater(x, splat(0.0f)), x, slope * x);
}
static inline vf leaky_relu_gradient_of(vf slope, vf x, vf dy) {
  return pick(is_greater(x, splat(0.0f)), dy, slope * dy);
}

/* exp(x) - 1 for x <= 0, which loses nothing near 0. */
static inline vf expm1_of_negative(vf x) {
  vu k;
  vf m = reduced_expm1(larger(splat(-40.0f), x), &k);
  vf power = power_of_two(k);
  return mul_add(m, power, power - splat(1.0f));
}

static inline vf elu_of(vf alpha, vf x) {
  vf below = expm1_of_negative(from_bits(bits(x) | splat_bits(0x80000000u)));
  return pick(is_greater(x, splat(0.0f)), x, alpha * below);
}
/* From the output: alpha * exp(x) is y + alpha. */
static inline vf elu_gradient_of(vf alpha, vf y, vf dy) {
  return pick(is_greater(y, splat(0.0f)), dy, dy * (y + alpha));
}

/* ---- softplus */

/* log(1 + e) = 2 artanh(s) with s = e / (2 + e), for 0 <= e <= 1: s is at most 1/3, and
 * seven terms of the series are as good as all. */
static inline vf log_of_one_and(vf e) {
  vf s = e / (splat(2.0f) + e);
  vf t = s * s;
  vf p = splat(1.0f / 15.0f);
  p = mul_add(p, t, splat(1.0f / 13.0f));
  p = mul_add(p, t, splat(1.0f / 11.0f));
  p = mul_add(p, t, splat(1.0f / 9.0f));
  p = mul_add(p, t, splat(1.0f / 7.0f));
  p = mul_add(p, t, splat(1.0f / 5.0f));
  p = mul_add(p, t, splat(1.0f / 3.0f));
  vf twice = s + s;
  return mul_add(twice * t, p, twice);
}

/* max(x, 0) + log(1 + exp(-|x|)) */
static inline vf softplus_of(vf x) {
  vf e = exp_of_negative(from_bits(bits(x) | splat_bits(0x80000000u)));
  return pick(is_greater(x, splat(0.0f)), x, splat(0.0f)) + log_of_one_and(e);
}
static inline vf softplus_gradient_of(vf x, vf dy) {
  return dy * sigmoid_of(x);
}

/* ---- GELU */

/* P(-a) is below any normal number from here on, in both forms. A larger a, infinity
 * among them, counts as this. */
#define GELU_END 14.0f

static inline vf gelu_argument(vf x) {
  vf a = magnitude_of(x);
  return pick(is_greater(a, splat(GELU_END)), splat(GELU_END), a);
}

/* exp(-a^2 / 2). The upper 12 bits of a have an exact square; the rest, which is small,
 * is a factor of its own. Rounding a^2 itself would cost 7 of 24 bits at the end. */
static inline vf bell(vf a) {
  vf high = from_bits(bits(a) & splat_bits(0xfffff000u));
  vu none;
  vf rest = reduced_expm1(splat(-0.5f) * (a - high) * (a + high), &none);
  vf e = exp_of_negative(splat(-0.5f) * (high * high));
  return mul_add(e, rest, e);
}

/* P(-a) / exp(-a^2 / 2), 0 <= a <= 14: t times a polynomial in t = 1 / (1 + a / 4) that
 * meets it at Chebyshev's points; 1.3e-8 off at the most, relative. */
static inline vf tail_by_bell(vf a) {
  vf t = splat(1.0f) / mul_add(a, splat(0.25f), splat(1.0f));
  vf p = splat(0.015383603341f);
  p = mul_add(p, t, splat(-0.0563454642963f));
  p = mul_add(p, t, splat(0.036615254974f));
  p = mul_add(p, t, splat(0.0483180833782f));
  p = mul_add(p, t, splat(-0.00367795935984f));
  p = mul_add(p, t, splat(0.0953755682802f));
  p = mul_add(p, t, splat(0.0690116360914f));
  p = mul_add(p, t, splat(0.0961508646744f));
  p = mul_add(p, t, splat(0.0994166231254f));
  p = mul_add(p, t, splat(0.0997517921878f));
  return p * t;
}

/* P(-a), and with it the slope of g. */
static inline vf gelu_tail(vf a) {
  return tail_by_bell(a) * bell(a);
}
static inline vf gelu_slope(vf a) {
  return bell(a) * (tail_by_bell(a) - splat(0.39894228040f) * a); /* 1 / sqrt(2 pi) */
}

/* The same with P(x) = (1 + tanh(u)) / 2 = sigmoid(2 u), u = sqrt(2 / pi) (x + 0.044715
 * x^3). */
static inline vf gelu_tanh_tail(vf a) {
  vf twice_u = splat(1.5957691216f) * mul_add(splat(0.044715f) * a, a * a, a);
  return sigmoid_of(splat(0.0f) - twice_u);
}
static inline vf gelu_tanh_slope(vf a) {
  vf tail = gelu_tanh_tail(a);
  vf slope = splat(1.5957691216f) * mul_add(splat(3.0f * 0.044715f), a * a, splat(1.0f));
  return tail - a * (tail * (splat(1.0f) - tail)) * slope;
}

static inline __attribute__((always_inline)) vf gelu_by(vf x, vf (*tail)(vf)) {
  vf a = gelu_argument(x);
  return pick(is_greater(x, splat(0.0f)), x, splat(0.0f)) - a * tail(a);
}
static inline __attribute__((always_inline)) vf gelu_gradient_by(vf x, vf dy,
                                                                 vf (*slope)(vf)) {
  vf s = slope(gelu_argument(x));
  return dy * pick(is_greater(x, splat(0.0f)), splat(1.0f) - s, s);
}

static inline vf gelu_of(vf x) {
  return gelu_by(x, gelu_tail);
}
static inline vf gelu_gradient_of(vf x, vf dy) {
  return gelu_gradient_by(x, dy, gelu_slope);
}
static inline vf gelu_tanh_of(vf x) {
  return gelu_by(x, gelu_tanh_tail);
}
static inline vf gelu_tanh_gradient_of(vf x, vf dy) {
  return gelu_gradient_by(x, dy, gelu_tanh_slope);
}

/* ---- over arrays */

DPB__LOOP map_by(size_t n, float by, const float *x, float *y, vf (*f)(vf, vf)) {
  const vf b = splat(by);
  size_t body = n - n % LANES;
  for (size_t i = 0; i < body; i += LANES) store(y + i, f(b, load(x + i)));
  size_t rest = n - body;
  if (rest > 0) store_part(y + body, rest, f(b, load_part(x + body, rest, 0.0f)));
}

DPB__LOOP map2_by(size_t n, float by, const float *x, const float *dy, float *dx,
                  vf (*f)(vf, vf, vf)) {
  const vf b = splat(by);
  size_t body = n - n % LANES;
  for (size_t i = 0; i < body; i += LANES) store(dx + i, f(b, load(x + i), load(dy + i)));
  size_t rest = n - body;
  if (rest > 0)
    store_part(dx + body, rest,
               f(b, load_part(x + body, rest, 0.0f), load_part(dy + body, rest, 0.0f)));
}

static void leaky_relu(size_t n, float slope, const float *x, float *y) {
  map_by(n, slope, x, y, leaky_relu_of);
}
static void leaky_relu_gradient(size_t n, float slope, const float *x, const float *dy,
                                float *dx) {
  map2_by(n, slope, x, dy, dx, leaky_relu_gradient_of);
}
static void elu(size_t n, float alpha, const float *x, float *y) {
  map_by(n, alpha, x, y, elu_of);
}
static void elu_gradient(size_t n, float alpha, const float *y, const float *dy,
                         float *dx) {
  map2_by(n, alpha, y, dy, dx, elu_gradient_of);
}
static void softplus(size_t n, const float *x, float *y) {
  map(n, x, y, softplus_of);
}
static void softplus_gradient(size_t n, const float *x, const float *dy, float *dx) {
  map2(n, x, dy, dx, softplus_gradient_of);
}
static void gelu(size_t n, const float *x, float *y) {
  map(n, x, y, gelu_of);
}
static void gelu_gradient(size_t n, const float *x, const float *dy, float *dx) {
  map2(n, x, dy, dx, gelu_gradient_of);
}
static void gelu_tanh(size_t n, const float *x, float *y) {
  map(n, x, y, gelu_tanh_of);
}
static void gelu_tanh_gradient(size_t n, const float *x, const float *dy, float *dx) {
  map2(n, x, dy, dx, gelu_tanh_gradient_of);
}
