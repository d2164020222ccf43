/* SPDX-License-Identifier: MIT
 *
 * Reading one array of an open .npz archive: unpacked piece by piece, straight into the
 * caller's memory.
 */
#include "file/npz_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "file/npy.h"
#include "file/npy_convert.h"

/* An array being read. label is "file.npz: W1", for messages. */
typedef struct array {
  dpb_npz *npz;
  zip_file_t *file;
  char label[256];
  dpb__npy npy;
} array;

/* Exactly count bytes into the chunk, from offset on. */
static dpb_status read_chunk(array *a, size_t offset, size_t count) {
  size_t done = 0;
  while (done < count) {
    zip_int64_t got = zip_fread(a->file, a->npz->chunk + offset + done, count - done);
    if (got < 0) return dpb__fail_reading(a->npz, a->label, zip_file_get_error(a->file));
    if (got == 0) {
      return dpb__fail(DPB_ERR_FORMAT, "%s: ends %zu bytes too early", a->label,
                       count - done);
    }
    done += (size_t)got;
  }
  return DPB_OK;
}

static dpb_status read_header(array *a, uint64_t size) {
  size_t have = size < DPB__NPY_PREFIX ? (size_t)size : DPB__NPY_PREFIX;
  uint8_t *chunk = a->npz->chunk;
  dpb_status status = read_chunk(a, 0, have);
  size_t prefix = 0, length = 0;
  if (status == DPB_OK) status = dpb__npy_prefix(a->label, chunk, have, &prefix, &length);
  if (status != DPB_OK) return status;
  size_t end = prefix + length;
  if (end < have || end > DPB__NPZ_CHUNK || end > size) {
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: declares a header of %zu bytes in %" PRIu64 " bytes", a->label,
                     length, size);
  }
  status = read_chunk(a, have, end - have);
  if (status == DPB_OK) {
    status = dpb__npy_parse(a->label, (const char *)chunk + prefix, length, &a->npy);
  }
  if (status != DPB_OK || a->npy.bytes == size - end) return status;
  char shape[128];
  dpb__npy_shape_text(&a->npy, shape, sizeof shape);
  return dpb__fail(DPB_ERR_FORMAT,
                   "%s: shape %s takes %zu bytes, the archive holds %" PRIu64, a->label,
                   shape, a->npy.bytes, size - end);
}

static void label_array(array *a, const char *path, const char *name) {
  /* the end of a long path says more than its beginning */
  size_t length = strlen(path);
  const char *tail = length > 120 ? path + length - 120 : path;
  snprintf(a->label, sizeof a->label, "%s: %.120s", tail, name);
}

static void close_array(array *a) {
  if (a->file != NULL) zip_fclose(a->file);
  a->file = NULL;
}

/* Finds the array, opens it, reads its header. On failure nothing is open. */
static dpb_status open_array(dpb_npz *npz, const char *name, array *a) {
  *a = (array){.npz = npz};
  if (npz == NULL || name == NULL) {
    return dpb__fail(DPB_ERR_ARG, "npz: %s is NULL", npz == NULL ? "npz" : "name");
  }
  const int index = dpb__npz_find(npz, name);
  if (index < 0) {
    return dpb__fail(DPB_ERR_NOT_FOUND, "%s: there is no array %s", npz->path, name);
  }
  label_array(a, npz->path, name);
  a->file = zip_fopen_index(npz->zip, (zip_uint64_t)index, 0);
  if (a->file == NULL) return dpb__fail_reading(npz, a->label, zip_get_error(npz->zip));
  dpb_status status = read_header(a, npz->entries[index].size);
  if (status != DPB_OK) close_array(a);
  return status;
}

/* Behind the last element: only here does libzip compare the checksum. */
static dpb_status check_end(array *a) {
  uint8_t extra;
  zip_int64_t got = zip_fread(a->file, &extra, 1);
  if (got < 0) return dpb__fail_reading(a->npz, a->label, zip_file_get_error(a->file));
  if (got > 0) return dpb__fail(DPB_ERR_FORMAT, "%s: goes on behind its end", a->label);
  return DPB_OK;
}

static dpb_status read_elements(array *a, const dpb__npy_target *out) {
  dpb__npy_target target = *out;
  target.name = a->label;
  target.npy = &a->npy;
  dpb_status status = dpb__npy_begin(&target);
  if (status != DPB_OK) return status; /* an empty text has items of no bytes */
  size_t per_chunk = DPB__NPZ_CHUNK / a->npy.item;
  while (status == DPB_OK && target.done < a->npy.count) {
    size_t left = a->npy.count - target.done;
    size_t n = left < per_chunk ? left : per_chunk;
    status = read_chunk(a, 0, n * a->npy.item);
    if (status == DPB_OK) status = dpb__npy_take(&target, a->npz->chunk, n);
  }
  return status == DPB_OK ? check_end(a) : status;
}

dpb_status dpb__npz_read(dpb_npz *npz, const char *name, const dpb__npy_target *out,
                         size_t count) {
  int saved = errno;
  errno = 0;
  array a;
  dpb_status status = open_array(npz, name, &a);
  if (status == DPB_OK && a.npy.count != count) {
    char shape[128];
    dpb__npy_shape_text(&a.npy, shape, sizeof shape);
    status = dpb__fail(DPB_ERR_SHAPE, "%s: shape %s has %zu numbers, not %zu", a.label,
                       shape, a.npy.count, count);
  }
  if (status == DPB_OK) status = read_elements(&a, out);
  close_array(&a);
  errno = saved;
  return status;
}

dpb_status dpb__npz_describe(dpb_npz *npz, const char *name, dpb__npy *npy) {
  int saved = errno;
  errno = 0;
  array a;
  dpb_status status = open_array(npz, name, &a);
  *npy = a.npy;
  close_array(&a);
  errno = saved;
  return status;
}

dpb_status dpb_npz_shape(dpb_npz *npz, const char *name, dpb_shape *shape) {
  if (shape == NULL) return dpb__fail(DPB_ERR_ARG, "npz: shape is NULL");
  int saved = errno;
  errno = 0;
  array a;
  dpb_status status = open_array(npz, name, &a);
  if (status == DPB_OK) status = dpb__npy_shape(a.label, &a.npy, shape);
  close_array(&a);
  errno = saved;
  return status;
}

dpb_status dpb_npz_read_floats(dpb_npz *npz, const char *name, float *values,
                               size_t count) {
  if (values == NULL) return dpb__fail(DPB_ERR_ARG, "npz: values is NULL");
  return dpb__npz_read(npz, name, &(dpb__npy_target){.floats = values}, count);
}

dpb_status dpb_npz_read_doubles(dpb_npz *npz, const char *name, double *values,
                                size_t count) {
  if (values == NULL) return dpb__fail(DPB_ERR_ARG, "npz: values is NULL");
  return dpb__npz_read(npz, name, &(dpb__npy_target){.doubles = values}, count);
}

dpb_status dpb_npz_read_ints(dpb_npz *npz, const char *name, int64_t *values,
                             size_t count) {
  if (values == NULL) return dpb__fail(DPB_ERR_ARG, "npz: values is NULL");
  return dpb__npz_read(npz, name, &(dpb__npy_target){.ints = values}, count);
}

/* -- text */

/* UTF-8 being put together. */
typedef struct utf8 {
  char *text;
  size_t capacity;
  size_t length; /* of the whole text */
  size_t kept;   /* of what fitted: whole characters only */
} utf8;

static void append(utf8 *u, uint32_t c) {
  char bytes[4];
  size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n; i-- > 1; c >>= 6) bytes[i] = (char)(0x80 | (c & 0x3f));
  bytes[0] = (char)(first[n] | c);
  if (u->kept == u->length && u->length + n < u->capacity) {
    memcpy(u->text + u->length, bytes, n);
    u->kept += n;
  }
  u->length += n;
}

static uint32_t character(const uint8_t *b, bool big_endian) {
  if (big_endian) {
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
  }
  return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static dpb_status decode_text(array *a, utf8 *u) {
  size_t zeros = 0; /* they pad the end; before other characters they are no text */
  for (size_t at = 0; at < a->npy.bytes; at += DPB__NPZ_CHUNK) {
    size_t left = a->npy.bytes - at;
    size_t n = left < DPB__NPZ_CHUNK ? left : DPB__NPZ_CHUNK;
    dpb_status status = read_chunk(a, 0, n);
    if (status != DPB_OK) return status;
    for (size_t i = 0; i < n; i += 4) {
      uint32_t c = character(a->npz->chunk + i, a->npy.big_endian);
      if (c == 0) {
        zeros++;
        continue;
      }
      if (zeros > 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
        return dpb__fail(DPB_ERR_DATA, "%s: character %zu is 0x%" PRIx32 ", no text",
                         a->label, (at + i) / 4 - zeros, zeros > 0 ? 0 : c);
      }
      append(u, c);
    }
  }
  return check_end(a);
}

dpb_status dpb_npz_read_text(dpb_npz *npz, const char *name, char *text, size_t capacity,
                             size_t *length) {
  if (length != NULL) *length = 0;
  if (text == NULL && capacity > 0) return dpb__fail(DPB_ERR_ARG, "npz: text is NULL");
  if (capacity > 0) text[0] = '\0';
  int saved = errno;
  errno = 0;
  array a;
  utf8 u = {.text = text, .capacity = capacity};
  dpb_status status = open_array(npz, name, &a);
  if (status == DPB_OK && (a.npy.kind != 'U' || a.npy.rank != 0)) {
    status = dpb__fail(DPB_ERR_SHAPE, "%s: is not a single text", a.label);
  }
  if (status == DPB_OK) status = decode_text(&a, &u);
  close_array(&a);
  if (capacity > 0) text[status == DPB_OK ? u.kept : 0] = '\0';
  if (status == DPB_OK && length != NULL) *length = u.length;
  errno = saved;
  return status;
}
