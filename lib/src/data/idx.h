/* SPDX-License-Identifier: MIT
 *
 * IDX, the format of MNIST's files: two zero bytes, the type of the elements (8: unsigned
 * bytes, the only one here), the number of dimensions, each extent as 4 bytes big-endian,
 * then the elements, the last dimension fastest.
 */
#ifndef DPB_DATA_IDX_H
#define DPB_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

enum { DPB__IDX_MAX_RANK = 3 };

/* dim[rank..] are 1. */
typedef struct dpb__idx {
  int rank;
  size_t dim[DPB__IDX_MAX_RANK];
  size_t count;   /* product of all */
  uint8_t *bytes; /* for dpb__release */
} dpb__idx;

/* Reads a file, plain or gzip, of exactly rank dimensions; what names its content in
 * messages ("images"). */
dpb_status dpb__idx_read(const char *path, int rank, const char *what, dpb__idx *idx);

#endif
