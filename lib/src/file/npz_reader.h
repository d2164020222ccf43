/* SPDX-License-Identifier: MIT
 *
 * The inside of an open .npz archive.
 */
#ifndef DPB_FILE_NPZ_READER_H
#define DPB_FILE_NPZ_READER_H

#include <stdint.h>
#include <zip.h>

#include <deepblas/npz.h>

#include "file/npy_convert.h"
#include "file/zip_file.h"

/* A multiple of every element's size; no header of an array may be longer. */
enum { DPB__NPZ_CHUNK = 64 * 1024 };

typedef struct dpb__npz_entry {
  char *name; /* without .npy */
  uint64_t size;
} dpb__npz_entry;

struct dpb_npz {
  zip_t *zip;
  dpb__zip_file file;
  char *path;
  uint64_t file_size;
  int count;
  dpb__npz_entry *entries;
  char *names; /* the memory of all names */
  uint8_t chunk[DPB__NPZ_CHUNK];
};

/* The number of the array called name, or -1. */
int dpb__npz_find(const dpb_npz *npz, const char *name);

/* What an array is made of; checked as by dpb_npz_shape, of any rank. */
dpb_status dpb__npz_describe(dpb_npz *npz, const char *name, dpb__npy *npy);

/* As dpb_npz_read_floats, into whichever array of out is there. */
dpb_status dpb__npz_read(dpb_npz *npz, const char *name, const dpb__npy_target *out,
                         size_t count);

/* What libzip says about the thing called name in the archive npz. errno is 0 before
 * libzip is called: it tells whether memory ran out. */
dpb_status dpb__fail_reading(const dpb_npz *npz, const char *name, zip_error_t *error);

/* The same of an archive in memory. errno is 0 before libzip is called: it
 * tells whether memory ran out. */
dpb_status dpb__fail_zip(const char *name, zip_error_t *error);

#endif
