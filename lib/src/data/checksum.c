/* SPDX-License-Identifier: MIT
 *
 * A number that tells datasets apart.
 */
#include "data/checksum.h"

#include <string.h>
#include <zlib.h>

#include "data/dataset.h"

enum { BLOCK = 1024 };

static uint32_t add(uint32_t sum, const uint8_t *bytes, size_t count) {
  if (bytes == NULL) return sum;
  return (uint32_t)crc32_z(sum, bytes, count);
}

/* Numbers of 32 bits as little-endian bytes: checkpoints hold the sum, and every CPU
 * reads them. */
static uint32_t add_words(uint32_t sum, const void *words, size_t count) {
  if (words == NULL) return sum;
  uint8_t bytes[4 * BLOCK];
  const char *at = words;
  for (size_t left = count; left > 0;) {
    const size_t n = left < BLOCK ? left : BLOCK;
    for (size_t i = 0; i < n; i++, at += 4) {
      uint32_t word;
      memcpy(&word, at, sizeof word);
      for (int j = 0; j < 4; j++) bytes[4 * i + (size_t)j] = (uint8_t)(word >> 8 * j);
    }
    sum = add(sum, bytes, 4 * n);
    left -= n;
  }
  return sum;
}

uint32_t dpb__dataset_checksum(const dpb_dataset *dataset) {
  if (dataset == NULL) return 0;
  const dpb_dataset *d = dataset;
  const size_t numbers = d->count * d->sample_count;
  uint32_t sum = add_words(0, &d->scale, 1);
  sum = add(sum, d->pixels, numbers);
  sum = add_words(sum, d->features, numbers);
  sum = add_words(sum, d->labels, d->count);
  sum = add_words(sum, d->scales, d->sample_count);
  return add_words(sum, d->offsets, d->sample_count);
}
