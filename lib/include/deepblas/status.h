/* SPDX-License-Identifier: MIT
 *
 * What every fallible function returns, and the sentence that says why.
 *
 * deepblas never exits, aborts or prints. A function that can fail returns a dpb_status;
 * when it is not DPB_OK, dpb_error_message() holds one line that names the thing and the
 * numbers ("layer 3 affine: out is -1, must be at least 1"), out-pointers are NULL, and
 * nothing that existed before was lost.
 */
#ifndef DEEPBLAS_STATUS_H
#define DEEPBLAS_STATUS_H

#include <deepblas/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, value, text). The values are pinned: they never change meaning. */
#define DPB_STATUS_TABLE(X)                                                              \
  X(OK, 0, "success")                                                                    \
  X(ERR_ARG, 1, "invalid argument")                                                      \
  X(ERR_MEMORY, 2, "out of memory")                                                      \
  X(ERR_STATE, 3, "called in the wrong order")                                           \
  X(ERR_SHAPE, 4, "shapes do not fit")                                                   \
  X(ERR_SIZE, 5, "a size is too large")                                                  \
  X(ERR_SPEC, 6, "invalid text form of a network")                                       \
  X(ERR_IO, 7, "reading or writing failed")                                              \
  X(ERR_FORMAT, 8, "malformed file")                                                     \
  X(ERR_DATA, 9, "invalid data")                                                         \
  X(ERR_NOT_FOUND, 10, "not found")                                                      \
  X(ERR_DIVERGED, 11, "not a finite number")                                             \
  X(ERR_UNSUPPORTED, 12, "not supported")                                                \
  X(ERR_STOPPED, 13, "stopped by the caller")

typedef enum dpb_status {
#define DPB_STATUS_ENUM(name, value, text) DPB_##name = value,
  DPB_STATUS_TABLE(DPB_STATUS_ENUM)
#undef DPB_STATUS_ENUM
} dpb_status;

/* Name of a status, "DPB_ERR_SHAPE"; "DPB_UNKNOWN" for any other value. Static storage.
 */
DPB_API const char *dpb_status_name(dpb_status status);

/* What a status means, "shapes do not fit". Static storage. */
DPB_API const char *dpb_status_text(dpb_status status);

/* The message of the last failure in the calling thread, one line, at most 511 bytes;
 * "" before the first. Owned by the library, valid until the thread's next failure. A
 * call that succeeds does not change it. */
DPB_API const char *dpb_error_message(void);

#ifdef __cplusplus
}
#endif

#endif
