/* SPDX-License-Identifier: MIT
 *
 * The .npy format, written: the header, the elements, whole files.
 */
#include <deepblas/npz.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "file/atomic_file.h"
#include "file/npy.h"

enum { PREFIX = 10, HEADER_MULTIPLE = 64, CHUNK = 2048 };

size_t dpb__npy_header(const char *descr, const dpb_shape *shape,
                       char header[DPB__NPY_HEADER]) {
  dpb__npy npy = {.rank = shape->rank};
  for (int i = 0; i < shape->rank; i++) npy.dim[i] = (size_t)shape->dim[i];
  char dims[64];
  dpb__npy_shape_text(&npy, dims, sizeof dims);
  char *text = header + PREFIX;
  int written =
      snprintf(text, DPB__NPY_HEADER - PREFIX,
               "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, dims);
  size_t length = (size_t)written;
  while ((PREFIX + length + 1) % HEADER_MULTIPLE != 0) text[length++] = ' ';
  text[length++] = '\n';
  memcpy(header, DPB__NPY_MAGIC "\x01\x00", PREFIX - 2);
  header[8] = (char)(length & 0xff);
  header[9] = (char)(length >> 8 & 0xff);
  return PREFIX + length;
}

void dpb__npy_put_floats(size_t count, const float *values, uint8_t *out) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    for (int b = 0; b < 4; b++) out[4 * i + (size_t)b] = (uint8_t)(bits >> (8 * b));
  }
}

static void put_64(uint64_t bits, uint8_t *out) {
  for (int b = 0; b < 8; b++) out[b] = (uint8_t)(bits >> (8 * b));
}

void dpb__npy_put_doubles(size_t count, const double *values, uint8_t *out) {
  for (size_t i = 0; i < count; i++) {
    uint64_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    put_64(bits, out + 8 * i);
  }
}

void dpb__npy_put_ints(size_t count, const int64_t *values, uint8_t *out) {
  for (size_t i = 0; i < count; i++) put_64((uint64_t)values[i], out + 8 * i);
}

/* Exactly one of floats and bytes is given. */
static dpb_status write_elements(dpb__atomic_file *file, size_t count,
                                 const float *floats, const uint8_t *bytes) {
  if (bytes != NULL) return dpb__atomic_file_write(file, bytes, count);
  uint8_t chunk[CHUNK * sizeof(float)];
  dpb_status status = DPB_OK;
  for (size_t at = 0; at < count && status == DPB_OK; at += CHUNK) {
    size_t n = count - at < CHUNK ? count - at : CHUNK;
    dpb__npy_put_floats(n, floats + at, chunk);
    status = dpb__atomic_file_write(file, chunk, n * sizeof(float));
  }
  return status;
}

static dpb_status save(const char *path, const dpb_shape *shape, const char *descr,
                       const float *floats, const uint8_t *bytes) {
  if (path == NULL || shape == NULL || (floats == NULL && bytes == NULL)) {
    return dpb__fail(DPB_ERR_ARG, "npy: %s is NULL",
                     path == NULL    ? "path"
                     : shape == NULL ? "shape"
                                     : "values");
  }
  size_t count;
  dpb_status status = dpb_shape_count(shape, &count);
  if (status != DPB_OK) return status;
  char header[DPB__NPY_HEADER];
  size_t length = dpb__npy_header(descr, shape, header);
  dpb__atomic_file *file;
  status = dpb__atomic_file_open(path, &file);
  if (status != DPB_OK) return status;
  status = dpb__atomic_file_write(file, header, length);
  if (status == DPB_OK) status = write_elements(file, count, floats, bytes);
  if (status == DPB_OK) return dpb__atomic_file_commit(file);
  dpb__atomic_file_abandon(file);
  return status;
}

dpb_status dpb_npy_save_floats(const char *path, const dpb_shape *shape,
                               const float *values) {
  return save(path, shape, "<f4", values, NULL);
}

dpb_status dpb_npy_save_bytes(const char *path, const dpb_shape *shape,
                              const uint8_t *values) {
  return save(path, shape, "|u1", NULL, values);
}
