/* SPDX-License-Identifier: MIT
 *
 * A .npy file on its own.
 */
#include "file/npy_file.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/memory.h"
#include "file/byte_source.h"

/* A multiple of every element's size, and as long as any header here may be. */
enum { CHUNK = 64 * 1024, V1_PREFIX = 10 };

typedef struct file {
  const char *path;
  dpb__byte_source *source;
  uint8_t *chunk;
  dpb__npy npy;
} file;

static dpb_status read_header(file *f) {
  dpb_status status = dpb__byte_source_read(f->source, f->chunk, V1_PREFIX);
  size_t have = V1_PREFIX, prefix = 0, length = 0;
  if (status == DPB_OK && f->chunk[6] > 1) {
    status = dpb__byte_source_read(f->source, f->chunk + have, DPB__NPY_PREFIX - have);
    have = DPB__NPY_PREFIX;
  }
  if (status == DPB_OK)
    status = dpb__npy_prefix(f->path, f->chunk, have, &prefix, &length);
  if (status == DPB_OK && length > CHUNK) {
    status =
        dpb__fail(DPB_ERR_FORMAT, "%s: declares a header of %zu bytes", f->path, length);
  }
  if (status == DPB_OK) status = dpb__byte_source_read(f->source, f->chunk, length);
  if (status == DPB_OK)
    status = dpb__npy_parse(f->path, (const char *)f->chunk, length, &f->npy);
  if (status != DPB_OK) return status;
  uint64_t limit = dpb__byte_source_limit(f->source), header = prefix + length;
  if (limit >= header && f->npy.bytes <= limit - header) return DPB_OK;
  char shape[128];
  dpb__npy_shape_text(&f->npy, shape, sizeof shape);
  return dpb__fail(DPB_ERR_FORMAT,
                   "%s: shape %s takes %zu bytes after a header of %" PRIu64
                   ", a file of its size holds at most %" PRIu64 " in all",
                   f->path, shape, f->npy.bytes, header, limit);
}

static dpb_status open_file(const char *path, file *f) {
  *f = (file){.path = path};
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, CHUNK, "npy", &memory);
  f->chunk = memory;
  if (status == DPB_OK) status = dpb__byte_source_open(path, &f->source);
  return status == DPB_OK ? read_header(f) : status;
}

static void close_file(file *f) {
  dpb__byte_source_close(f->source);
  dpb__release(f->chunk);
}

dpb_status dpb__npy_file_describe(const char *path, dpb__npy *npy) {
  file f;
  dpb_status status = open_file(path, &f);
  *npy = f.npy;
  close_file(&f);
  return status;
}

static dpb_status read_elements(file *f, const dpb__npy_target *out) {
  dpb__npy_target target = *out;
  target.name = f->path;
  target.npy = &f->npy;
  dpb_status status = dpb__npy_begin(&target);
  if (status != DPB_OK) return status;
  size_t per_chunk = CHUNK / f->npy.item;
  while (status == DPB_OK && target.done < f->npy.count) {
    size_t left = f->npy.count - target.done;
    size_t n = left < per_chunk ? left : per_chunk;
    status = dpb__byte_source_read(f->source, f->chunk, n * f->npy.item);
    if (status == DPB_OK) status = dpb__npy_take(&target, f->chunk, n);
  }
  return status == DPB_OK ? dpb__byte_source_end(f->source) : status;
}

dpb_status dpb__npy_file_read(const char *path, const dpb__npy_target *out,
                              size_t count) {
  file f;
  dpb_status status = open_file(path, &f);
  if (status == DPB_OK && f.npy.count != count) {
    status = dpb__fail(DPB_ERR_SHAPE, "%s: has %zu numbers, not %zu", path, f.npy.count,
                       count);
  }
  if (status == DPB_OK) status = read_elements(&f, out);
  close_file(&f);
  return status;
}
