/* SPDX-License-Identifier: MIT
 *
 * Half precision by shifting bits, so that neither the CPU nor its rounding mode matters.
 */
#include <deepblas/half.h>

#include <string.h>

#include "base/error.h"

enum { FRACTION = 10, BIAS = 15, DROPPED = 23 - FRACTION, FLOAT_BIAS = 127 };

/* bits without the last count, rounded to nearest, ties to even. */
static uint32_t round_off(uint32_t bits, int count) {
  const uint32_t half = (uint32_t)1 << (count - 1), odd = bits >> count & 1;
  return (bits + half - 1 + odd) >> count;
}

static uint16_t half_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  const uint32_t sign = bits >> 16 & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) return (uint16_t)(sign | 0x7e00); /* NaN */
  const int exponent = (int)(bits >> 23) - FLOAT_BIAS + BIAS;
  if (exponent >= 31) return (uint16_t)(sign | 0x7c00); /* infinity */
  /* A carry out of the fraction goes up into the exponent, as it should. */
  if (exponent > 0) {
    const uint32_t rebased = bits - ((uint32_t)(FLOAT_BIAS - BIAS) << 23);
    return (uint16_t)(sign | round_off(rebased, DROPPED));
  }
  if (exponent < -FRACTION) return (uint16_t)sign; /* nearer to 0 than to 2^-24 */
  const uint32_t fraction = (bits & 0x7fffff) | 0x800000;
  return (uint16_t)(sign | round_off(fraction, DROPPED + 1 - exponent));
}

static float float_of(uint16_t half) {
  const uint32_t sign = (uint32_t)(half & 0x8000) << 16, exponent = half >> 10 & 31;
  const uint32_t fraction = half & 0x3ff;
  uint32_t bits;
  float value;
  if (exponent == 31) {
    bits = 0x7f800000 | fraction << DROPPED;
  } else if (exponent > 0) {
    bits = (exponent + FLOAT_BIAS - BIAS) << 23 | fraction << DROPPED;
  } else {
    value = (float)fraction * 0x1p-24f; /* exact: a small whole number */
    memcpy(&bits, &value, sizeof bits);
  }
  bits |= sign;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static dpb_status check(size_t count, const void *values, const void *halfs) {
  if (values == NULL || halfs == NULL)
    return dpb__fail(DPB_ERR_ARG, "half: %s is NULL",
                     values == NULL ? "values" : "halfs");
  if (count > PTRDIFF_MAX / sizeof(float))
    return dpb__fail(DPB_ERR_SIZE, "half: %zu floats are more than memory can hold",
                     count);
  return DPB_OK;
}

dpb_status dpb_half_from_floats(size_t count, const float *values, uint16_t *halfs) {
  const dpb_status status = check(count, values, halfs);
  for (size_t i = 0; i < count && status == DPB_OK; i++) halfs[i] = half_of(values[i]);
  return status;
}

dpb_status dpb_half_to_floats(size_t count, const uint16_t *halfs, float *values) {
  const dpb_status status = check(count, values, halfs);
  for (size_t i = 0; i < count && status == DPB_OK; i++) values[i] = float_of(halfs[i]);
  return status;
}
