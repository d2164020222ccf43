/* SPDX-License-Identifier: MIT
 *
 * Opening NumPy's .npz archives through libzip.
 *
 * What the archive declares is checked against the size of the file when it is opened: an
 * entry's packed size fits into the file, deflate cannot have packed more into that than
 * its ratio allows, and all entries together unpack to no more than a file of that size
 * may (byte_source.h).
 */
#include "file/npz_reader.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "file/byte_source.h"
#include "file/os_error.h"

enum { DEFLATE_RATIO = 1032, DEFLATE_SLACK = 1024 };

static const char ENDING[] = ".npy";

/* libzip does not always say that memory ran out: some of its calls fail without a reason
 * then, or take the archive for a bad one. malloc has left its mark in errno. */
static bool out_of_memory(zip_error_t *error) {
  int code = zip_error_code_zip(error);
  int system = zip_error_code_system(error);
  return code == ZIP_ER_MEMORY || code == ZIP_ER_OK || errno == ENOMEM ||
         (code == ZIP_ER_ZLIB && system == Z_MEM_ERROR);
}

dpb_status dpb__fail_zip(const char *name, zip_error_t *error) {
  if (out_of_memory(error)) {
    return dpb__fail(DPB_ERR_MEMORY, "%s: no memory for the archive", name);
  }
  switch (zip_error_code_zip(error)) {
  /* What users meet, in words that do not change with the version of libzip. */
  case ZIP_ER_EXISTS:
    return dpb__fail(DPB_ERR_FORMAT, "%s: two arrays have one name", name);
  case ZIP_ER_NOZIP:
    return dpb__fail(DPB_ERR_FORMAT, "%s: is not a zip archive, as .npz files are", name);
  case ZIP_ER_INCONS:
    return dpb__fail(DPB_ERR_FORMAT, "%s: is damaged: its archive contradicts itself",
                     name);
  case ZIP_ER_CRC:
    return dpb__fail(DPB_ERR_FORMAT, "%s: is damaged: its checksum is wrong", name);
  default:
    return dpb__fail(DPB_ERR_FORMAT, "%s: %s", name, zip_error_strerror(error));
  }
}

dpb_status dpb__fail_reading(const dpb_npz *npz, const char *name, zip_error_t *error) {
  if (npz->file.error != 0) return dpb__fail_os(npz->file.error, name, "read");
  return dpb__fail_zip(name, error);
}

static dpb_status open_zip(dpb_npz *npz) {
  int fd = -1;
  dpb_status status = dpb__open_regular(npz->path, &fd, &npz->file_size);
  if (status != DPB_OK) return status;
  if (npz->file_size == 0) { /* libzip would take it for an archive without entries */
    close(fd);
    return dpb__fail(DPB_ERR_FORMAT, "%s: the file is empty", npz->path);
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t *source = dpb__zip_file_source(&npz->file, fd, npz->file_size, &error);
  if (source != NULL) {
    npz->zip = zip_open_from_source(source, ZIP_CHECKCONS | ZIP_RDONLY, &error);
    if (npz->zip == NULL) zip_source_free(source);
  }
  if (npz->zip == NULL) status = dpb__fail_reading(npz, npz->path, &error);
  zip_error_fini(&error);
  return status;
}

/* Nothing but what NumPy writes, and no size that cannot be true. */
static dpb_status check_entry(const dpb_npz *npz, const char *name, const zip_stat_t *s) {
  uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  if ((s->valid & needed) != needed) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: %s: has no size", npz->path, name);
  }
  if ((s->valid & ZIP_STAT_ENCRYPTION_METHOD) && s->encryption_method != ZIP_EM_NONE) {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: %s: is encrypted", npz->path, name);
  }
  bool stored = s->comp_method == ZIP_CM_STORE;
  if (!stored && s->comp_method != ZIP_CM_DEFLATE) {
    return dpb__fail(DPB_ERR_UNSUPPORTED,
                     "%s: %s: compression method %u, only stored and deflated are known",
                     npz->path, name, (unsigned)s->comp_method);
  }
  /* the packed size first: then the product below cannot overflow */
  uint64_t most = stored ? s->comp_size : s->comp_size * DEFLATE_RATIO + DEFLATE_SLACK;
  if (s->comp_size > npz->file_size || s->size > most) {
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: %s: declares %" PRIu64 " bytes packed into %" PRIu64
                     ", in a file of %" PRIu64,
                     npz->path, name, (uint64_t)s->size, (uint64_t)s->comp_size,
                     npz->file_size);
  }
  return DPB_OK;
}

static dpb_status check_name(const dpb_npz *npz, const char *name, zip_int64_t index) {
  size_t length = strlen(name);
  size_t ending = sizeof ENDING - 1;
  if (length < ending || strcmp(name + length - ending, ENDING) != 0) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: holds %s, which is no .npy array", npz->path,
                     name);
  }
  if (zip_name_locate(npz->zip, name, 0) != index) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: holds two arrays called %s", npz->path, name);
  }
  return DPB_OK;
}

/* Name of entry index in the archive, checked; *length is without the ending. */
static dpb_status inspect(const dpb_npz *npz, zip_int64_t index, const char **name,
                          size_t *length, uint64_t *size) {
  *name = zip_get_name(npz->zip, (zip_uint64_t)index, 0);
  if (*name == NULL) return dpb__fail_reading(npz, npz->path, zip_get_error(npz->zip));
  zip_stat_t info;
  if (zip_stat_index(npz->zip, (zip_uint64_t)index, 0, &info) != 0) {
    return dpb__fail_reading(npz, npz->path, zip_get_error(npz->zip));
  }
  dpb_status status = check_name(npz, *name, index);
  if (status == DPB_OK) status = check_entry(npz, *name, &info);
  *length = strlen(*name) - (status == DPB_OK ? sizeof ENDING - 1 : 0);
  *size = info.size;
  return status;
}

/* Entries may be many, and lie over each other. */
static dpb_status add_up(const dpb_npz *npz, uint64_t size, uint64_t *unpacked) {
  const uint64_t limit = dpb__unpacked_limit(npz->file_size);
  *unpacked += size;
  if (size <= limit && *unpacked <= limit) return DPB_OK;
  return dpb__fail(DPB_ERR_SIZE,
                   "%s: its arrays unpack to more than %" PRIu64
                   " bytes, too many for a file of %" PRIu64
                   ": if that is right, store them unpacked",
                   npz->path, limit, npz->file_size);
}

static dpb_status read_directory(dpb_npz *npz) {
  zip_int64_t count = zip_get_num_entries(npz->zip, 0);
  if (count > INT_MAX) {
    return dpb__fail(DPB_ERR_SIZE, "%s: %lld arrays are too many", npz->path,
                     (long long)count);
  }
  void *memory = NULL;
  dpb_status status =
      dpb__allocate((size_t)count, sizeof(dpb__npz_entry), "npz: directory", &memory);
  npz->entries = memory;
  size_t total = 0, length = 0;
  uint64_t unpacked = 0; /* each entry's is below 2^63 */
  const char *name;
  for (int i = 0; i < count && status == DPB_OK; i++) {
    status = inspect(npz, i, &name, &length, &npz->entries[i].size);
    if (status == DPB_OK) status = add_up(npz, npz->entries[i].size, &unpacked);
    if (status == DPB_OK && !dpb__size_add(total, length + 1, &total)) {
      status = dpb__fail(DPB_ERR_SIZE, "%s: its names are too long", npz->path);
    }
  }
  if (status == DPB_OK) status = dpb__allocate(total, 1, "npz: names", &memory);
  if (status != DPB_OK) return status;
  npz->names = memory;
  char *at = npz->names;
  for (int i = 0; i < count; i++) {
    name = zip_get_name(npz->zip, (zip_uint64_t)i, 0);
    length = strlen(name) - (sizeof ENDING - 1);
    npz->entries[i].name = memcpy(at, name, length); /* the memory is zeroed */
    at += length + 1;
  }
  npz->count = (int)count;
  return DPB_OK;
}

static dpb_status open_archive(const char *path, dpb_npz **npz) {
  size_t length = strlen(path);
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb_npz), "npz", &memory);
  if (status != DPB_OK) return status;
  *npz = memory;
  status = dpb__allocate(length + 1, 1, "npz: path", &memory);
  if (status != DPB_OK) return status;
  (*npz)->path = memcpy(memory, path, length);
  status = open_zip(*npz);
  return status == DPB_OK ? read_directory(*npz) : status;
}

dpb_status dpb_npz_open(const char *path, dpb_npz **npz) {
  if (npz == NULL) return dpb__fail(DPB_ERR_ARG, "npz: the out-pointer is NULL");
  *npz = NULL;
  if (path == NULL) return dpb__fail(DPB_ERR_ARG, "npz: path is NULL");
  int saved = errno;
  errno = 0;
  dpb_status status = open_archive(path, npz);
  if (status != DPB_OK) {
    dpb_npz_close(*npz);
    *npz = NULL;
  }
  errno = saved;
  return status;
}

void dpb_npz_close(dpb_npz *npz) {
  if (npz == NULL) return;
  int saved = errno;
  if (npz->zip != NULL) zip_discard(npz->zip);
  dpb__release(npz->path);
  dpb__release(npz->entries);
  dpb__release(npz->names);
  dpb__release(npz);
  errno = saved;
}

int dpb_npz_count(const dpb_npz *npz) {
  return npz != NULL ? npz->count : 0;
}

const char *dpb_npz_name(const dpb_npz *npz, int index) {
  if (npz == NULL || index < 0 || index >= npz->count) return NULL;
  return npz->entries[index].name;
}

int dpb__npz_find(const dpb_npz *npz, const char *name) {
  char file[256]; /* as libzip knows it, which has a table of names */
  const size_t length = strlen(name);
  if (length + sizeof ENDING <= sizeof file) {
    memcpy(file, name, length);
    memcpy(file + length, ENDING, sizeof ENDING);
    const zip_int64_t index = zip_name_locate(npz->zip, file, 0);
    return index >= 0 && index < npz->count ? (int)index : -1;
  }
  int index = 0;
  while (index < npz->count && strcmp(npz->entries[index].name, name) != 0) index++;
  return index < npz->count ? index : -1;
}
