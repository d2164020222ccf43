/* SPDX-License-Identifier: MIT
 *
 * Answers what libzip asks of a source that can be read and sought.
 */
#include "file/zip_file.h"

#include <unistd.h>

#include "file/descriptor.h"

static zip_int64_t read_bytes(dpb__zip_file *file, void *out, uint64_t capacity) {
  size_t got = 0;
  int error = dpb__fd_read_at(file->fd, out, (size_t)capacity, file->at, &got);
  if (error != 0) {
    file->error = error;
    zip_error_set(&file->said, ZIP_ER_READ, error);
    return -1;
  }
  file->at += got;
  return (zip_int64_t)got;
}

static zip_int64_t seek(dpb__zip_file *file, void *arguments, uint64_t size) {
  zip_int64_t to =
      zip_source_seek_compute_offset(file->at, file->size, arguments, size, &file->said);
  if (to < 0) return -1;
  file->at = (uint64_t)to;
  return 0;
}

static zip_int64_t answer(void *user, void *data, zip_uint64_t size,
                          zip_source_cmd_t command) {
  dpb__zip_file *file = user;
  switch (command) {
  case ZIP_SOURCE_SUPPORTS:
    return zip_source_make_command_bitmap(
        ZIP_SOURCE_SUPPORTS, ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE,
        ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK,
        ZIP_SOURCE_TELL, -1);
  case ZIP_SOURCE_OPEN:
    file->at = 0;
    return 0;
  case ZIP_SOURCE_READ:
    return read_bytes(file, data, size);
  case ZIP_SOURCE_STAT:
    zip_stat_init(data);
    ((zip_stat_t *)data)->size = file->size;
    ((zip_stat_t *)data)->valid |= ZIP_STAT_SIZE;
    return sizeof(zip_stat_t);
  case ZIP_SOURCE_SEEK:
    return seek(file, data, size);
  case ZIP_SOURCE_TELL:
    return (zip_int64_t)file->at;
  case ZIP_SOURCE_ERROR:
    return zip_error_to_data(&file->said, data, size);
  case ZIP_SOURCE_FREE:
    close(file->fd);
    return 0;
  case ZIP_SOURCE_CLOSE:
    return 0;
  default:
    zip_error_set(&file->said, ZIP_ER_OPNOTSUPP, 0);
    return -1;
  }
}

zip_source_t *dpb__zip_file_source(dpb__zip_file *file, int fd, uint64_t size,
                                   zip_error_t *error) {
  *file = (dpb__zip_file){.fd = fd, .size = size};
  zip_error_init(&file->said);
  zip_source_t *source = zip_source_function_create(answer, file, error);
  if (source == NULL) close(fd);
  return source;
}
