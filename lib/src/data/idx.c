/* SPDX-License-Identifier: MIT
 *
 * Reading IDX files, and the datasets that a pair of them makes.
 */
#include "data/idx.h"

#include <inttypes.h>
#include <limits.h>

#include <deepblas/dataset.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/dataset.h"
#include "file/byte_source.h"

enum { UNSIGNED_BYTES = 0x08 };

static uint32_t big_endian(const uint8_t b[4]) {
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static dpb_status read_magic(dpb__byte_source *source, const char *path, int rank,
                             const char *what) {
  if (dpb__byte_source_limit(source) == 0) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: the file is empty", path);
  }
  uint8_t word[4];
  dpb_status status = dpb__byte_source_read(source, word, sizeof word);
  if (status != DPB_OK) return status;
  uint32_t expected = UNSIGNED_BYTES << 8 | (uint32_t)rank;
  if (big_endian(word) == expected) return DPB_OK;
  return dpb__fail(DPB_ERR_FORMAT,
                   "%s: no IDX file of %s: it begins with 0x%08" PRIx32 ", 0x%08" PRIx32
                   " was expected",
                   path, what, big_endian(word), expected);
}

static dpb_status read_extents(dpb__byte_source *source, const char *path, int rank,
                               const char *what, dpb__idx *idx) {
  idx->count = 1;
  for (int i = 0; i < rank; i++) {
    uint8_t word[4];
    dpb_status status = dpb__byte_source_read(source, word, sizeof word);
    if (status != DPB_OK) return status;
    size_t extent = big_endian(word);
    if (extent == 0) {
      return dpb__fail(DPB_ERR_DATA, "%s: declares 0 %s", path,
                       i == 0   ? what
                       : i == 1 ? "rows"
                                : "columns");
    }
    if (i > 0 && extent > INT_MAX) {
      return dpb__fail(DPB_ERR_SIZE, "%s: extent %zu of dimension %d is too large", path,
                       extent, i + 1);
    }
    idx->dim[i] = extent;
    if (!dpb__size_mul(idx->count, extent, &idx->count)) {
      return dpb__fail(DPB_ERR_SIZE, "%s: %zu x %zu x %zu bytes are too many", path,
                       idx->dim[0], idx->dim[1], extent);
    }
  }
  return DPB_OK;
}

/* A header can declare anything: it is believed as far as the file can hold it. */
static dpb_status check_length(const dpb__byte_source *source, const char *path, int rank,
                               const dpb__idx *idx) {
  uint64_t header = 4 + 4 * (uint64_t)rank;
  uint64_t limit = dpb__byte_source_limit(source);
  if (limit >= header && idx->count <= limit - header) return DPB_OK;
  return dpb__fail(DPB_ERR_FORMAT,
                   "%s: declares %zu x %zu x %zu = %zu bytes after a header of %" PRIu64
                   ", a file of its size holds at most %" PRIu64 " in all",
                   path, idx->dim[0], idx->dim[1], idx->dim[2], idx->count, header,
                   limit);
}

static dpb_status read_all(dpb__byte_source *source, const char *path, int rank,
                           const char *what, dpb__idx *idx) {
  dpb_status status = read_magic(source, path, rank, what);
  if (status == DPB_OK) status = read_extents(source, path, rank, what, idx);
  if (status == DPB_OK) status = check_length(source, path, rank, idx);
  void *memory = NULL;
  if (status == DPB_OK) status = dpb__allocate(idx->count, 1, path, &memory);
  idx->bytes = memory;
  if (status == DPB_OK) status = dpb__byte_source_read(source, idx->bytes, idx->count);
  if (status == DPB_OK) status = dpb__byte_source_end(source);
  return status;
}

dpb_status dpb__idx_read(const char *path, int rank, const char *what, dpb__idx *idx) {
  *idx = (dpb__idx){.rank = rank, .dim = {1, 1, 1}};
  dpb__byte_source *source = NULL;
  dpb_status status = dpb__byte_source_open(path, &source);
  if (status != DPB_OK) return status;
  status = read_all(source, path, rank, what, idx);
  dpb__byte_source_close(source);
  if (status != DPB_OK) {
    dpb__release(idx->bytes);
    idx->bytes = NULL;
  }
  return status;
}

/* Class numbers of labels, and how many classes there are. */
static dpb_status widen_labels(const dpb__idx *labels, int min_classes, int32_t **out,
                               int *classes) {
  void *memory = NULL;
  dpb_status status = dpb__allocate(labels->count, sizeof(int32_t), "labels", &memory);
  if (status != DPB_OK) return status;
  *out = memory;
  *classes = min_classes;
  for (size_t i = 0; i < labels->count; i++) {
    (*out)[i] = labels->bytes[i];
    if ((*out)[i] >= *classes) *classes = (*out)[i] + 1;
  }
  return DPB_OK;
}

/* Takes over the pixels of images when it succeeds. */
static dpb_status combine(dpb__idx *images, const dpb__idx *labels, int min_classes,
                          dpb_dataset **dataset) {
  dpb_dataset parts = {.count = images->dim[0],
                       .sample = {(int)images->dim[1], (int)images->dim[2], 1},
                       .scale = 1.0f / 255.0f,
                       .pixels = images->bytes};
  dpb_status status = widen_labels(labels, min_classes, &parts.labels, &parts.classes);
  if (status == DPB_OK) status = dpb__dataset_adopt(&parts, dataset);
  if (status != DPB_OK) {
    dpb__release(parts.labels);
    return status;
  }
  images->bytes = NULL;
  return DPB_OK;
}

dpb_status dpb__dataset_load_idx(const char *images_path, const char *labels_path,
                                 int min_classes, dpb_dataset **dataset) {
  *dataset = NULL;
  /* the labels first: they are small, and a wrong pair is found before the long read */
  dpb__idx labels, images = {.bytes = NULL};
  dpb_status status = dpb__idx_read(labels_path, 1, "labels", &labels);
  if (status == DPB_OK) status = dpb__idx_read(images_path, 3, "images", &images);
  if (status == DPB_OK && images.dim[0] != labels.dim[0]) {
    status = dpb__fail(DPB_ERR_DATA, "%s has %zu images, but %s has %zu labels",
                       images_path, images.dim[0], labels_path, labels.dim[0]);
  }
  if (status == DPB_OK) status = combine(&images, &labels, min_classes, dataset);
  dpb__release(images.bytes);
  dpb__release(labels.bytes);
  return status;
}

dpb_status dpb_dataset_load_idx(const char *images_path, const char *labels_path,
                                dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "idx: the out-pointer is NULL");
  *dataset = NULL;
  if (images_path == NULL || labels_path == NULL) {
    return dpb__fail(DPB_ERR_ARG, "idx: the path of the %s is NULL",
                     images_path == NULL ? "images" : "labels");
  }
  return dpb__dataset_load_idx(images_path, labels_path, 2, dataset);
}
