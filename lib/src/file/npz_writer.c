/* SPDX-License-Identifier: MIT
 *
 * Writing NumPy's .npz archives: libzip puts the archive together in memory, and it
 * reaches the disk as one file. The same content gives the same bytes: entries are in the
 * order of writing and carry a fixed date.
 */
#include <deepblas/npz.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <zip.h>

#include <deepblas/half.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "base/utf8.h"
#include "file/atomic_file.h"
#include "file/npy.h"
#include "file/npz_reader.h"

enum {
  ZIP_DATE = 1 << 5 | 1, /* 1 January 1980, the first there is and NumPy's own */
  MAX_NAME = 255,
  CHUNK = 8 * 1024 /* on the stack, which may be small */
};

/* From here on the nearest half is infinity. */
#define HALF_LIMIT 65520.0f

/* One array, ready as a .npy file. */
typedef struct item {
  struct item *next;
  size_t size;
  uint8_t *bytes;
  char name[]; /* with .npy */
} item;

struct dpb_npz_writer {
  char *path;
  int deflate;
  item *first;
  item **end;
};

static void destroy(dpb_npz_writer *writer) {
  item *next;
  for (item *i = writer->first; i != NULL; i = next) {
    next = i->next;
    dpb__release(i->bytes);
    dpb__release(i);
  }
  dpb__release(writer->path);
  dpb__release(writer);
}

dpb_status dpb_npz_writer_open(const char *path, int deflate, dpb_npz_writer **writer) {
  if (writer == NULL) return dpb__fail(DPB_ERR_ARG, "npz: the out-pointer is NULL");
  *writer = NULL;
  if (path == NULL) return dpb__fail(DPB_ERR_ARG, "npz: path is NULL");
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb_npz_writer), "npz writer", &memory);
  if (status != DPB_OK) return status;
  dpb_npz_writer *w = memory;
  w->deflate = deflate != 0;
  w->end = &w->first;
  status = dpb__allocate(strlen(path) + 1, 1, "npz writer: path", &memory);
  if (status != DPB_OK) {
    destroy(w);
    return status;
  }
  w->path = memcpy(memory, path, strlen(path));
  *writer = w;
  return DPB_OK;
}

void dpb_npz_writer_abandon(dpb_npz_writer *writer) {
  if (writer != NULL) destroy(writer);
}

/* -- gathering */

static dpb_status check_name(const dpb_npz_writer *w, const char *name) {
  size_t length = strlen(name);
  if (length == 0 || length > MAX_NAME) {
    return dpb__fail(DPB_ERR_ARG, "npz: a name of %zu bytes, 1 to %d are allowed", length,
                     MAX_NAME);
  }
  for (const item *i = w->first; i != NULL; i = i->next) {
    if (strncmp(i->name, name, length) == 0 && strcmp(i->name + length, ".npy") == 0) {
      return dpb__fail(DPB_ERR_ARG, "npz: %s was written already", name);
    }
  }
  return DPB_OK;
}

/* Adds an array of count elements of item_size bytes; *elements is where they go. */
static dpb_status add(dpb_npz_writer *w, const char *name, const char *descr,
                      const dpb_shape *shape, size_t count, size_t item_size,
                      uint8_t **elements) {
  dpb_status status = check_name(w, name);
  if (status != DPB_OK) return status;
  char header[DPB__NPY_HEADER];
  size_t length = dpb__npy_header(descr, shape, header);
  size_t size = 0;
  if (!dpb__size_mul(count, item_size, &size) || !dpb__size_add(size, length, &size)) {
    return dpb__fail(DPB_ERR_SIZE, "npz: %s has %zu elements, too many", name, count);
  }
  size_t name_size = strlen(name) + sizeof ".npy";
  void *memory = NULL;
  status = dpb__allocate(1, sizeof(item) + name_size, "npz: array", &memory);
  if (status != DPB_OK) return status;
  item *made = memory;
  status = dpb__allocate(size, 1, name, &memory);
  if (status != DPB_OK) {
    dpb__release(made);
    return status;
  }
  made->bytes = memory;
  made->size = size;
  snprintf(made->name, name_size, "%s.npy", name);
  memcpy(made->bytes, header, length);
  *w->end = made;
  w->end = &made->next;
  *elements = made->bytes + length;
  return DPB_OK;
}

static dpb_status add_numbers(dpb_npz_writer *w, const char *name, const char *descr,
                              const dpb_shape *shape, const void *values,
                              size_t item_size, size_t *count, uint8_t **elements) {
  const char *missing = w == NULL        ? "writer"
                        : name == NULL   ? "name"
                        : shape == NULL  ? "shape"
                        : values == NULL ? "values"
                                         : NULL;
  if (missing != NULL) return dpb__fail(DPB_ERR_ARG, "npz: %s is NULL", missing);
  dpb_status status = dpb_shape_count(shape, count);
  if (status != DPB_OK) return dpb__fail_in(status, "npz: %s: ", name);
  return add(w, name, descr, shape, *count, item_size, elements);
}

dpb_status dpb_npz_write_floats(dpb_npz_writer *writer, const char *name,
                                const dpb_shape *shape, const float *values) {
  size_t count;
  uint8_t *out;
  dpb_status status =
      add_numbers(writer, name, "<f4", shape, values, sizeof *values, &count, &out);
  if (status == DPB_OK) dpb__npy_put_floats(count, values, out);
  return status;
}

/* The first number that is finite and whose half is not; count when there is none. */
static size_t find_overflow(size_t count, const float *values) {
  for (size_t i = 0; i < count; i++) {
    if (isfinite(values[i]) && fabsf(values[i]) >= HALF_LIMIT) return i;
  }
  return count;
}

dpb_status dpb_npz_write_halfs(dpb_npz_writer *writer, const char *name,
                               const dpb_shape *shape, const float *values) {
  size_t count = 0;
  if (shape != NULL && values != NULL && dpb_shape_count(shape, &count) == DPB_OK) {
    const size_t at = find_overflow(count, values);
    if (at < count) {
      return dpb__fail(DPB_ERR_DATA,
                       "npz: %s: number %zu is %.9g, which float16 cannot hold",
                       name != NULL ? name : "NULL", at, (double)values[at]);
    }
  }
  uint8_t *out;
  dpb_status status =
      add_numbers(writer, name, "<f2", shape, values, sizeof(uint16_t), &count, &out);
  for (size_t i = 0; i < count && status == DPB_OK; i++) {
    uint16_t half = 0;
    status = dpb_half_from_floats(1, &values[i], &half);
    out[2 * i] = (uint8_t)(half & 0xff);
    out[2 * i + 1] = (uint8_t)(half >> 8);
  }
  return status;
}

dpb_status dpb_npz_write_doubles(dpb_npz_writer *writer, const char *name,
                                 const dpb_shape *shape, const double *values) {
  size_t count;
  uint8_t *out;
  dpb_status status =
      add_numbers(writer, name, "<f8", shape, values, sizeof *values, &count, &out);
  if (status == DPB_OK) dpb__npy_put_doubles(count, values, out);
  return status;
}

dpb_status dpb_npz_write_ints(dpb_npz_writer *writer, const char *name,
                              const dpb_shape *shape, const int64_t *values) {
  size_t count;
  uint8_t *out;
  dpb_status status =
      add_numbers(writer, name, "<i8", shape, values, sizeof *values, &count, &out);
  if (status == DPB_OK) dpb__npy_put_ints(count, values, out);
  return status;
}

dpb_status dpb_npz_write_text(dpb_npz_writer *writer, const char *name,
                              const char *text) {
  if (writer == NULL || name == NULL || text == NULL) {
    return dpb__fail(DPB_ERR_ARG, "npz: %s is NULL",
                     writer == NULL ? "writer"
                     : name == NULL ? "name"
                                    : "text");
  }
  size_t count = 0;
  uint32_t c = 0;
  const unsigned char *at = (const unsigned char *)text;
  while (*at != '\0') {
    if (!dpb__utf8_next(&at, &c)) {
      return dpb__fail(DPB_ERR_ARG, "npz: %s: character %zu is not valid UTF-8", name,
                       count);
    }
    count++;
  }
  size_t width = count > 0 ? count : 1; /* NumPy knows no text of width 0 */
  char descr[32];
  snprintf(descr, sizeof descr, "<U%zu", width);
  const dpb_shape single = {.rank = 0};
  uint8_t *out;
  dpb_status status = add(writer, name, descr, &single, width, 4, &out);
  if (status != DPB_OK) return status;
  at = (const unsigned char *)text;
  for (size_t i = 0; i < count; i++) {
    dpb__utf8_next(&at, &c);
    for (size_t b = 0; b < 4; b++) out[4 * i + b] = (uint8_t)(c >> (8 * b));
  }
  return DPB_OK;
}

/* -- writing */

static dpb_status add_entry(const dpb_npz_writer *w, zip_t *zip, const item *i) {
  zip_source_t *source = zip_source_buffer(zip, i->bytes, i->size, 0);
  zip_int64_t index = -1;
  if (source != NULL) index = zip_file_add(zip, i->name, source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    if (source != NULL) zip_source_free(source);
    return dpb__fail_zip(w->path, zip_get_error(zip));
  }
  zip_int32_t method = w->deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE;
  if (zip_set_file_compression(zip, (zip_uint64_t)index, method, 0) != 0 ||
      zip_file_set_dostime(zip, (zip_uint64_t)index, 0, ZIP_DATE, 0) != 0) {
    return dpb__fail_zip(w->path, zip_get_error(zip));
  }
  return DPB_OK;
}

/* Makes the archive in memory: archive holds it then. */
static dpb_status make_archive(const dpb_npz_writer *w, zip_source_t *archive) {
  zip_error_t error;
  zip_error_init(&error);
  zip_t *zip = zip_open_from_source(archive, ZIP_TRUNCATE, &error);
  dpb_status status = DPB_OK;
  if (zip == NULL) {
    status = dpb__fail_zip(w->path, &error);
    zip_error_fini(&error);
    return status;
  }
  zip_error_fini(&error);
  zip_source_keep(archive); /* closing frees one reference, the caller has the other */
  for (const item *i = w->first; i != NULL && status == DPB_OK; i = i->next) {
    status = add_entry(w, zip, i);
  }
  if (status == DPB_OK && zip_close(zip) != 0) {
    status = dpb__fail_zip(w->path, zip_get_error(zip));
  } else if (status == DPB_OK) {
    zip = NULL;
  }
  if (zip != NULL) zip_discard(zip);
  return status;
}

static dpb_status copy_out(const dpb_npz_writer *w, zip_source_t *archive) {
  dpb__atomic_file *file;
  dpb_status status = dpb__atomic_file_open(w->path, &file);
  if (status != DPB_OK) return status;
  uint8_t chunk[CHUNK];
  zip_int64_t got = 0;
  do {
    got = zip_source_read(archive, chunk, sizeof chunk);
    if (got < 0) status = dpb__fail_zip(w->path, zip_source_error(archive));
    if (got > 0) status = dpb__atomic_file_write(file, chunk, (size_t)got);
  } while (got > 0 && status == DPB_OK);
  if (status == DPB_OK) return dpb__atomic_file_commit(file);
  dpb__atomic_file_abandon(file);
  return status;
}

static dpb_status write_archive(const dpb_npz_writer *w) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *archive = zip_source_buffer_create(NULL, 0, 0, &error);
  dpb_status status = DPB_OK;
  if (archive == NULL) {
    status = dpb__fail_zip(w->path, &error);
    zip_error_fini(&error);
    return status;
  }
  zip_error_fini(&error);
  status = make_archive(w, archive);
  if (status == DPB_OK && zip_source_open(archive) != 0) {
    status = dpb__fail_zip(w->path, zip_source_error(archive));
  } else if (status == DPB_OK) {
    status = copy_out(w, archive);
    zip_source_close(archive);
  }
  zip_source_free(archive);
  return status;
}

dpb_status dpb_npz_writer_close(dpb_npz_writer *writer) {
  if (writer == NULL) return DPB_OK;
  int saved = errno;
  errno = 0; /* dpb__fail_zip looks at it */
  /* libzip writes no archive without entries */
  dpb_status status =
      writer->first != NULL
          ? write_archive(writer)
          : dpb__fail(DPB_ERR_STATE, "%s: no array was written to it", writer->path);
  destroy(writer);
  errno = saved;
  return status;
}
