/* SPDX-License-Identifier: MIT
 *
 * Small .npz archives and .npy files for the tests of data/.
 */
#ifndef TEST_ARRAY_FIXTURE_H
#define TEST_ARRAY_FIXTURE_H

#include "byte_order.h"
#include "file_fixture.h"

/* A .npy of numbers of one digit's bytes ("<f4"), which may end early; returns the size.
 */
static inline size_t make_npy(const char *descr, const char *shape, const void *bytes,
                              size_t size, uint8_t *out) {
  char header[119];
  int n =
      snprintf(header, sizeof header,
               "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);
  assert_true(n > 0 && n < 117);
  memset(header + n, ' ', sizeof header - 1 - (size_t)n);
  header[117] = '\n';
  memcpy(out, "\x93NUMPY\1\0\x76\0", 10);
  memcpy(out + 10, header, 118);
  memcpy(out + 128, bytes, size);
  little_endian(out + 128, (size_t)(descr[2] - '0'), size);
  return 128 + size;
}

static inline void write_npy(const char *path, const char *descr, const char *shape,
                             const void *bytes, size_t size) {
  static uint8_t out[8192];
  assert_true(size + 128 <= sizeof out);
  write_file(path, out, make_npy(descr, shape, bytes, size, out));
}

/* Floats 0, 1, 2, ... of the shape, and count labels 0, 1, 2, 0, ..., under two names,
 * added to an archive that is being written. */
static inline void add_arrays(dpb_npz_writer *w, const char *x, const char *y,
                              const dpb_shape *shape, int64_t first_label) {
  float values[512];
  int64_t labels[64];
  size_t total = 1, count = (size_t)shape->dim[0];
  for (int i = 0; i < shape->rank; i++) total *= (size_t)shape->dim[i];
  assert_true(total <= 512 && count <= 64);
  for (size_t i = 0; i < total; i++) values[i] = (float)i;
  for (size_t i = 0; i < count; i++) labels[i] = first_label + (int64_t)i % 3;
  assert_ok(dpb_npz_write_floats(w, x, shape, values));
  assert_ok(dpb_npz_write_ints(w, y, &(dpb_shape){1, {shape->dim[0]}}, labels));
}

static inline void write_npz(const char *path, const char *x, const char *y,
                             const dpb_shape *shape) {
  dpb_npz_writer *w;
  assert_ok(dpb_npz_writer_open(path, 1, &w));
  add_arrays(w, x, y, shape, 0);
  assert_ok(dpb_npz_writer_close(w));
}

#endif
