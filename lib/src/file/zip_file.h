/* SPDX-License-Identifier: MIT
 *
 * An open file as libzip's source: libzip reads it through our calls. Its own go through
 * stdio, which gives up when a signal interrupts it, and drops what was wrong.
 */
#ifndef DPB_FILE_ZIP_FILE_H
#define DPB_FILE_ZIP_FILE_H

#include <stdint.h>
#include <zip.h>

typedef struct dpb__zip_file {
  int fd;
  int error; /* an errno value: of the last read that failed */
  uint64_t size, at;
  zip_error_t said; /* what libzip is told */
} dpb__zip_file;

/* file has to outlive the source, which owns fd, also when this fails. */
zip_source_t *dpb__zip_file_source(dpb__zip_file *file, int fd, uint64_t size,
                                   zip_error_t *error);

#endif
