/* SPDX-License-Identifier: MIT
 *
 * Half precision (section 8.3.4): IEEE 754 binary16, of 1 sign, 5 exponent and 10
 * fraction bits. The largest number is 65504, the smallest above 0 is 2^-24; three
 * decimal digits are kept. For storage alone: everything is computed in float32.
 * dpb_npz_write_halfs and dpb_model_save_half (npz.h) write files of halfs.
 */
#ifndef DEEPBLAS_HALF_H
#define DEEPBLAS_HALF_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rounds each number to the nearest half, of two equally near to the even one. From 65520
 * on that is infinity, up to 2^-25 it is 0; the sign stays, and NaN stays NaN. The same
 * on every CPU. DPB_ERR_ARG for NULL, DPB_ERR_SIZE for a count that
 * memory cannot hold. */
DPB_API dpb_status dpb_half_from_floats(size_t count, const float *values,
                                        uint16_t *halfs);

/* Exact. Errors as above. */
DPB_API dpb_status dpb_half_to_floats(size_t count, const uint16_t *halfs, float *values);

#ifdef __cplusplus
}
#endif

#endif
