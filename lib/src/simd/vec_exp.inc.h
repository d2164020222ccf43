/* SPDX-License-Identifier: MIT
 *
 * exp and what is made of it, sigmoid, tanh and softmax, without a branch: part of
 * vec_kernels.inc.h, in the same vocabulary.
 *
 * exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln(2) / 2; exp(r) - 1 is the
 * polynomial of Moshier's Cephes library (expf). Only x <= 0 is ever needed: larger
 * arguments are turned round first, which is also what keeps all three from overflowing.
 * NaN stays NaN. Results below FLT_MIN are 0: arithmetic on subnormal numbers takes many
 * CPUs a hundred cycles, here and in the products that the results go into.
 */

#include <float.h>

/* Adding it leaves round(x) in the low bits of the sum: 1.5 * 2^23. */
#define ROUNDING_SHIFT      12582912.0f
#define ROUNDING_SHIFT_BITS 0x4b400000u

/* exp(r) - 1; *k is the whole number of the reduction, negative ones wrapped around. */
static inline vf reduced_expm1(vf x, vu *k) {
  vf shifted = mul_add(x, splat(1.44269504088896341f), splat(ROUNDING_SHIFT));
  vf whole = shifted - splat(ROUNDING_SHIFT);
  *k = bits(shifted) - splat_bits(ROUNDING_SHIFT_BITS);
  /* ln 2 in two parts; the first has so few bits that whole times it is exact */
  vf r = mul_add(whole, splat(-0.693359375f), x);
  r = mul_add(whole, splat(2.12194440e-4f), r);
  vf p = splat(1.9875691500e-4f);
  p = mul_add(p, r, splat(1.3981999507e-3f));
  p = mul_add(p, r, splat(8.3334519073e-3f));
  p = mul_add(p, r, splat(4.1665795894e-2f));
  p = mul_add(p, r, splat(1.6666665459e-1f));
  p = mul_add(p, r, splat(5.0000001201e-1f));
  return mul_add(p, r * r, r);
}

#if defined(__GNUC__) && !defined(__clang__)
/* gcc 12's analyser holds the shift against the number of the vector's lanes. */
#pragma GCC diagnostic ignored "-Wanalyzer-shift-count-overflow"
#endif

/* 2^k for -126 <= k <= 127 */
static inline vf power_of_two(vu k) {
  return from_bits((k + splat_bits(127)) << 23);
}

/* The least argument whose exp is a normal number: ln(2^-126), rounded towards 0. */
#define LEAST_ARGUMENT -87.33654f

/* exp(x) for x <= 0 */
static inline vf exp_of_negative(vf x) {
  vu k;
  vf m = reduced_expm1(larger(splat(LEAST_ARGUMENT), x), &k);
  vf e = (splat(1.0f) + m) * power_of_two(k);
  return pick(is_greater(splat(LEAST_ARGUMENT), x), splat(0.0f), e);
}

static inline vf magnitude_of(vf x) {
  return from_bits(bits(x) & splat_bits(0x7fffffffu));
}

/* 1 / (1 + e) for x > 0, else e / (1 + e), with e = exp(-|x|). */
static inline vf sigmoid_of(vf x) {
  vf one = splat(1.0f);
  vf e = exp_of_negative(from_bits(bits(x) | splat_bits(0x80000000u)));
  return pick(is_greater(x, splat(0.0f)), one, e) / (one + e);
}

/* -e / (2 + e) with e = exp(-2|x|) - 1, which loses nothing near 0; then the sign of x.
 */
static inline vf tanh_of(vf x) {
  vu k;
  vf m = reduced_expm1(larger(splat(-40.0f), magnitude_of(x) * splat(-2.0f)), &k);
  vf power = power_of_two(k);
  vf e = mul_add(m, power, power - splat(1.0f));
  vf y = magnitude_of(e / (splat(2.0f) + e));
  return from_bits(bits(y) | (bits(x) & splat_bits(0x80000000u)));
}

/* The rest of a row stays in a register from beginning to end: rows of 10 classes are
 * nothing but rest. Its missing lanes are -inf, which add nothing to the sum. */
static double softmax(size_t n, const float *x, float *y) {
  if (n == 0) return -HUGE_VAL;
  size_t body = n - n % LANES, rest = n - body;
  vf last = rest > 0 ? load_part(x + body, rest, -HUGE_VALF) : splat(-HUGE_VALF);

  vf high = last;
  for (size_t i = 0; i < body; i += LANES) high = larger(load(x + i), high);
  float max = largest_of(high);

  last = exp_of_negative(last - splat(max));
  double sum = 0.0;
  for (size_t i = 0; i < body; i += LANES) {
    vf e = exp_of_negative(load(x + i) - splat(max));
    store(y + i, e);
    sum += sum_of(e);
  }
  if (rest > 0) sum += sum_of(last);

  vf scale = splat((float)(1.0 / sum));
  for (size_t i = 0; i < body; i += LANES) store(y + i, load(y + i) * scale);
  if (rest > 0) store_part(y + body, rest, last * scale);
  return (double)max + log(sum);
}
