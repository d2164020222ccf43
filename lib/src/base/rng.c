/* SPDX-License-Identifier: MIT
 *
 * Philox4x32-10 and what is drawn from it.
 *
 * counter = {position / 4 low, high, stream low, high}, key = seed: one call of the bare
 * function yields words 4k .. 4k + 3 of a stream.
 */
#include <deepblas/rng.h>

#include <math.h>
#include <stddef.h>

#define ROUNDS 10

static uint32_t low_half(uint64_t x) {
  return (uint32_t)(x & 0xffffffffU);
}

static uint32_t high_half(uint64_t x) {
  return (uint32_t)(x >> 32);
}

void dpb_philox4x32(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  if (counter == NULL || key == NULL || out == NULL) return;
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < ROUNDS; round++) {
    uint64_t p0 = (uint64_t)0xD2511F53U * c0;
    uint64_t p1 = (uint64_t)0xCD9E8D57U * c2;
    c0 = high_half(p1) ^ c1 ^ k0;
    c1 = low_half(p1);
    c2 = high_half(p0) ^ c3 ^ k1;
    c3 = low_half(p0);
    k0 += 0x9E3779B9U; /* the golden ratio */
    k1 += 0xBB67AE85U; /* sqrt(3) - 1 */
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

/* The block of four words that position lies in. */
static void fill_block(dpb_rng *rng) {
  uint64_t block = rng->position / 4;
  uint32_t counter[4] = {low_half(block), high_half(block), low_half(rng->stream),
                         high_half(rng->stream)};
  uint32_t key[2] = {low_half(rng->seed), high_half(rng->seed)};
  dpb_philox4x32(counter, key, rng->block);
}

dpb_rng dpb_rng_seed(uint64_t seed) {
  return (dpb_rng){.seed = seed};
}

dpb_rng dpb_rng_split(const dpb_rng *parent, uint64_t id) {
  if (parent == NULL) return dpb_rng_seed(0);
  /* Another key than the drawing one, so that no stream's number is ever one of the words
   * drawn under the same seed. */
  uint32_t key[2] = {low_half(parent->seed) ^ 0x53504c49U,
                     high_half(parent->seed) ^ 0x54524e47U};
  uint32_t counter[4] = {low_half(id), high_half(id), low_half(parent->stream),
                         high_half(parent->stream)};
  uint32_t word[4];
  dpb_philox4x32(counter, key, word);
  return (dpb_rng){.seed = parent->seed, .stream = (uint64_t)word[1] << 32 | word[0]};
}

void dpb_rng_seek(dpb_rng *rng, uint64_t position) {
  if (rng == NULL) return;
  rng->position = position;
  /* At the beginning of a block the next draw fills it anyway. */
  if (position % 4 != 0) fill_block(rng);
}

uint32_t dpb_rng_u32(dpb_rng *rng) {
  if (rng == NULL) return 0;
  if (rng->position % 4 == 0) fill_block(rng);
  return rng->block[rng->position++ % 4];
}

float dpb_rng_uniform(dpb_rng *rng) {
  return (float)(dpb_rng_u32(rng) >> 8) * 0x1p-24F;
}

double dpb_rng_uniform_double(dpb_rng *rng) {
  uint64_t high = dpb_rng_u32(rng) >> 5;
  uint64_t low = dpb_rng_u32(rng) >> 6;
  return (double)(high << 26 | low) * 0x1p-53;
}

float dpb_rng_normal(dpb_rng *rng) {
  if (rng == NULL) return 0;
  const double two_pi = 6.283185307179586476925;
  /* 1 - u lies in (0, 1], whose logarithm is finite. */
  double u = 1.0 - (double)dpb_rng_u32(rng) * 0x1p-32;
  double angle = two_pi * ((double)dpb_rng_u32(rng) * 0x1p-32);
  return (float)(sqrt(-2.0 * log(u)) * cos(angle));
}

/* Lemire, "Fast random integer generation in an interval" (2019): the high half of word *
 * bound is the draw; the few words whose low half makes some draws likelier are drawn
 * again. */
uint32_t dpb_rng_below(dpb_rng *rng, uint32_t bound) {
  if (rng == NULL || bound == 0) return 0;
  uint64_t product = (uint64_t)dpb_rng_u32(rng) * bound;
  if (low_half(product) < bound) {
    uint32_t excess = (UINT32_MAX - bound + 1) % bound; /* 2^32 mod bound */
    while (low_half(product) < excess) product = (uint64_t)dpb_rng_u32(rng) * bound;
  }
  return high_half(product);
}
