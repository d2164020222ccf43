/* SPDX-License-Identifier: MIT
 *
 * A .npy file on its own, plain or gzip.
 */
#ifndef DPB_FILE_NPY_FILE_H
#define DPB_FILE_NPY_FILE_H

#include "file/npy_convert.h"

/* What the array is made of, held against the size of the file. */
dpb_status dpb__npy_file_describe(const char *path, dpb__npy *npy);

/* Its count elements into whichever array of out is there; DPB_ERR_SHAPE when it has not
 * as many. */
dpb_status dpb__npy_file_read(const char *path, const dpb__npy_target *out, size_t count);

#endif
