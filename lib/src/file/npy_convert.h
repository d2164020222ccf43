/* SPDX-License-Identifier: MIT
 *
 * The elements of a .npy array, as they arrive, put where they belong: any dtype to
 * floats or integers, Fortran order to C order.
 */
#ifndef DPB_FILE_NPY_CONVERT_H
#define DPB_FILE_NPY_CONVERT_H

#include <stddef.h>
#include <stdint.h>

#include "file/npy.h"

/* Exactly one of floats, doubles, ints, int32s and bytes (for dtype u1 alone) is the
 * array of npy->count numbers to fill. The others are its own. */
typedef struct dpb__npy_target {
  const char *name; /* for messages */
  const dpb__npy *npy;
  float *floats;
  double *doubles;
  int64_t *ints;
  int32_t *int32s;
  uint8_t *bytes;
  size_t done;                     /* elements so far */
  size_t place;                    /* where the next one goes */
  size_t index[DPB__NPY_MAX_RANK]; /* of the next one */
  size_t step[DPB__NPY_MAX_RANK];  /* in C order */
} dpb__npy_target;

/* Sets up the private part. DPB_ERR_UNSUPPORTED for text, and for bytes of what are none.
 */
dpb_status dpb__npy_begin(dpb__npy_target *target);

/* The next count elements. DPB_ERR_DATA when a value does not fit. */
dpb_status dpb__npy_take(dpb__npy_target *target, const uint8_t *bytes, size_t count);

#endif
