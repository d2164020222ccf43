/* SPDX-License-Identifier: MIT
 *
 * 16 channels of maximum pooling: a part of image_pool.inc.h. In quarters, which are
 * registers of SSE2 and NEON: what compilers make of comparisons of longer vectors, where
 * there are no longer registers, is one comparison after the other.
 */

#define QUARTER 4

typedef int32_t i4 __attribute__((vector_size(16))); /* of values, not for memory */

static inline i4 splat_i4(int32_t number) {
  return (i4){number, number, number, number};
}

/* yes where mask is all ones, no where it is 0. */
static inline i4 pick_i4(i4 mask, i4 yes, i4 no) {
  return (mask & yes) | (~mask & no);
}

static inline i4 numbers_of(const uint8_t *which) {
  return (i4){which[0], which[1], which[2], which[3]};
}

static inline void max_of_quarter(const dpb__taps *taps, int count, const float *x,
                                  const float *b, float *y, uint8_t *which) {
  v4 best = SEE(v4, x + taps->offset[0]);
  i4 number = splat_i4(taps->number[0]);
  for (int t = 1; t < count; t++) {
    const v4 v = SEE(v4, x + taps->offset[t]);
    const i4 nan = (i4)(v != v); /* NOLINT(misc-redundant-expression) */
    const i4 larger = (i4)(v > best) | nan;
    best = (v4)pick_i4(larger, (i4)v, (i4)best);
    number = pick_i4(larger, splat_i4(taps->number[t]), number);
  }
  if (b) best += SEE(v4, b);
  if (taps->relu) {
    number = pick_i4((i4)(best > (v4){0}), number, splat_i4(DPB__NO_TAP));
    best = (v4)((i4)best & ~(i4)(best <= (v4){0}));
  }
  AT(v4, y) = best;
  for (int i = 0; which && i < QUARTER; i++) which[i] = (uint8_t)number[i];
}

static inline void max_of_lanes(const dpb__taps *taps, int count, const float *x,
                                const float *b, float *y, uint8_t *which) {
  for (size_t i = 0; i < LANES; i += QUARTER)
    max_of_quarter(taps, count, x + i, b ? b + i : NULL, y + i, which ? which + i : NULL);
}

static inline void scatter_lanes(const dpb__taps *taps, int count, const float *dy,
                                 const uint8_t *which, float *dx) {
  for (size_t i = 0; i < LANES; i += QUARTER) {
    const i4 numbers = numbers_of(which + i);
    const i4 d = (i4)SEE(v4, dy + i);
    for (int t = 0; t < count; t++) {
      const i4 mine = (i4)(numbers == splat_i4(taps->number[t]));
      AT(v4, dx + taps->offset[t] + i) = (v4)(d & mine);
    }
  }
}

static inline void add_lanes(uint8_t number, const float *dy, const uint8_t *which,
                             float *dx) {
  for (size_t i = 0; i < LANES; i += QUARTER) {
    const i4 mine = (i4)(numbers_of(which + i) == splat_i4(number));
    AT(v4, dx + i) += (v4)((i4)SEE(v4, dy + i) & mine);
  }
}
