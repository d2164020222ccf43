/* SPDX-License-Identifier: MIT
 *
 * A number that tells datasets apart.
 */
#include "data/checksum.h"

#include <zlib.h>

#include "data/dataset.h"

static uint32_t add(uint32_t sum, const void *bytes, size_t count) {
  if (bytes == NULL) return sum;
  return (uint32_t)crc32_z(sum, bytes, count);
}

uint32_t dpb__dataset_checksum(const dpb_dataset *dataset) {
  if (dataset == NULL) return 0;
  const dpb_dataset *d = dataset;
  const size_t numbers = d->count * d->sample_count;
  uint32_t sum = add(0, &d->scale, sizeof d->scale);
  sum = add(sum, d->pixels, numbers);
  sum = add(sum, d->features, numbers * sizeof(float));
  sum = add(sum, d->labels, d->count * sizeof *d->labels);
  sum = add(sum, d->scales, d->sample_count * sizeof(float));
  return add(sum, d->offsets, d->sample_count * sizeof(float));
}
