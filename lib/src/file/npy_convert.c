/* SPDX-License-Identifier: MIT
 *
 * The elements of a .npy array, as they arrive, put where they belong.
 */
#include "file/npy_convert.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include <deepblas/half.h>

#include "base/error.h"
#include "base/float_mode.h"

dpb_status dpb__npy_begin(dpb__npy_target *target) {
  const dpb__npy *npy = target->npy;
  if (npy->kind == 'U') {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: is text, numbers were expected",
                     target->name);
  }
  if (target->bytes != NULL && (npy->kind != 'u' || npy->item != 1)) {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: does not hold bytes", target->name);
  }
  target->done = 0;
  target->place = 0;
  size_t step = 1;
  for (int axis = npy->rank - 1; axis >= 0; axis--) {
    target->index[axis] = 0;
    target->step[axis] = step;
    step *= npy->dim[axis];
  }
  return DPB_OK;
}

/* Moves place on: by one in C order; in Fortran order the first index counts fastest. */
static void advance(dpb__npy_target *t) {
  t->done++;
  if (!t->npy->fortran) {
    t->place++;
    return;
  }
  for (int axis = 0; axis < t->npy->rank; axis++) {
    t->place += t->step[axis];
    if (++t->index[axis] < t->npy->dim[axis]) return;
    t->place -= t->index[axis] * t->step[axis];
    t->index[axis] = 0;
  }
}

static uint64_t load_bits(const uint8_t *bytes, size_t size, bool big_endian) {
  uint64_t bits = 0;
  for (size_t i = 0; i < size; i++) {
    bits = bits << 8 | bytes[big_endian ? i : size - 1 - i];
  }
  return bits;
}

static double float_value(uint64_t bits, size_t size) {
  if (size == 2) {
    const uint16_t half = (uint16_t)bits;
    float value = 0.0f;
    dpb_half_to_floats(1, &half, &value);
    return (double)value;
  }
  if (size == 4) {
    uint32_t half = (uint32_t)bits;
    float value;
    memcpy(&value, &half, sizeof value);
    return (double)value;
  }
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The number of size bytes in two's complement. */
static int64_t signed_value(uint64_t bits, size_t size) {
  DPB__KNOWN(size >= 1 && size <= 8);
  uint64_t sign = (uint64_t)1 << (8 * size - 1);
  if ((bits & sign) == 0) return (int64_t)bits;
  /* -(2^k - bits), without a shift of or conversion from what int64_t cannot hold */
  uint64_t below = ~bits & (sign - 1);
  return -(int64_t)below - 1;
}

static dpb_status too_large(const dpb__npy_target *t, const char *type, double value) {
  return dpb__fail(DPB_ERR_DATA, "%s: number %zu is %.17g, which %s cannot hold", t->name,
                   t->place, value, type);
}

static dpb_status store_float(dpb__npy_target *t, uint64_t bits) {
  size_t size = t->npy->item;
  float *out = &t->floats[t->place];
  switch (t->npy->kind) {
  case 'f': {
    double value = float_value(bits, size);
    if (isfinite(value) && fabs(value) > (double)FLT_MAX) {
      return too_large(t, "float32", value);
    }
    *out = (float)value;
    return DPB_OK;
  }
  case 'i':
    *out = (float)signed_value(bits, size);
    return DPB_OK;
  case 'b':
    *out = bits != 0 ? 1.0f : 0.0f;
    return DPB_OK;
  default:
    *out = (float)bits;
    return DPB_OK;
  }
}

static void store_double(dpb__npy_target *t, uint64_t bits) {
  const size_t size = t->npy->item;
  double *out = &t->doubles[t->place];
  if (t->npy->kind == 'f')
    *out = float_value(bits, size);
  else if (t->npy->kind == 'i')
    *out = (double)signed_value(bits, size);
  else
    *out = t->npy->kind == 'b' ? (double)(bits != 0) : (double)bits;
}

static dpb_status take_int(const dpb__npy_target *t, uint64_t bits, int64_t *out) {
  size_t size = t->npy->item;
  switch (t->npy->kind) {
  case 'f': {
    double value = float_value(bits, size);
    /* 2^63 is a double, INT64_MAX is not; NaN fails the comparison */
    if (!(value >= -0x1p63 && value < 0x1p63) || value != floor(value)) {
      return too_large(t, "an integer of 64 bits", value);
    }
    *out = (int64_t)value;
    return DPB_OK;
  }
  case 'i':
    *out = signed_value(bits, size);
    return DPB_OK;
  case 'b':
    *out = bits != 0;
    return DPB_OK;
  default:
    if (bits > INT64_MAX) return too_large(t, "an integer of 64 bits", (double)bits);
    *out = (int64_t)bits;
    return DPB_OK;
  }
}

static dpb_status store_int32(dpb__npy_target *t, uint64_t bits) {
  int64_t wide = 0;
  const dpb_status status = take_int(t, bits, &wide);
  if (status != DPB_OK) return status;
  if (wide < INT32_MIN || wide > INT32_MAX)
    return too_large(t, "an integer of 32 bits", (double)wide);
  t->int32s[t->place] = (int32_t)wide;
  return DPB_OK;
}

static dpb_status store(dpb__npy_target *t, uint64_t bits) {
  if (t->floats != NULL) return store_float(t, bits);
  if (t->ints != NULL) return take_int(t, bits, &t->ints[t->place]);
  if (t->int32s != NULL) return store_int32(t, bits);
  if (t->doubles != NULL)
    store_double(t, bits);
  else
    t->bytes[t->place] = (uint8_t)bits;
  return DPB_OK;
}

dpb_status dpb__npy_take(dpb__npy_target *target, const uint8_t *bytes, size_t count) {
  size_t item = target->npy->item;
  dpb_status status = DPB_OK;
  const unsigned host_mode = dpb__float_enter_plain();
  for (size_t i = 0; i < count && status == DPB_OK; i++) {
    uint64_t bits = load_bits(bytes + i * item, item, target->npy->big_endian);
    status = store(target, bits);
    if (status == DPB_OK) advance(target);
  }
  dpb__float_leave(host_mode);
  return status;
}
