/* SPDX-License-Identifier: MIT
 *
 * Small IDX files for the tests of data/.
 */
#ifndef TEST_IDX_FIXTURE_H
#define TEST_IDX_FIXTURE_H

#include "file_fixture.h"

static inline void put_big_endian(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* An IDX file of bytes: header, then count elements of step * i; returns its size. */
static inline size_t make_idx(uint8_t *out, int rank, const uint32_t *dim, size_t count,
                              unsigned step) {
  put_big_endian(out, 0x800u + (uint32_t)rank);
  for (int i = 0; i < rank; i++) put_big_endian(out + 4 + 4 * i, dim[i]);
  size_t header = 4 + 4 * (size_t)rank;
  for (size_t i = 0; i < count; i++) out[header + i] = (uint8_t)(step * i);
  return header + count;
}

/* n images of 2 rows and 3 columns, bytes 0, 1, 2, ...; plain or gzip. */
static inline void write_images(const char *path, uint32_t n, int zipped) {
  uint8_t bytes[1000], packed[1200];
  size_t size = make_idx(bytes, 3, (uint32_t[]){n, 2, 3}, 6 * n, 1);
  if (!zipped) write_file(path, bytes, size);
  if (zipped) write_file(path, packed, gzip_bytes(bytes, size, packed, sizeof packed));
}

/* n labels 0, 2, 4, ... */
static inline void write_labels(const char *path, uint32_t n, int zipped) {
  uint8_t bytes[300], packed[500];
  size_t size = make_idx(bytes, 1, &n, n, 2);
  if (!zipped) write_file(path, bytes, size);
  if (zipped) write_file(path, packed, gzip_bytes(bytes, size, packed, sizeof packed));
}

#endif
