/* SPDX-License-Identifier: MIT
 *
 * Setting the message of a failure (public side: status.h).
 */
#ifndef DPB_BASE_ERROR_H
#define DPB_BASE_ERROR_H

#include <deepblas/status.h>

#if defined(__GNUC__)
#define DPB__PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define DPB__PRINTF(text, first)
#endif

/* dpb__fail(status, format, ...) formats the calling thread's message, in the C locale
 * whatever the host's is, and is status, so that failing is one line:
 *
 *     return dpb__fail(DPB_ERR_ARG, "n is %d", n);
 *
 * dpb__fail_in(status, format, ...) puts text in front of the present message: "layer 3
 * affine: " + what was wrong.
 *
 * They are macros so that static analysis sees which status comes out: it cannot look
 * into another file's function, and would follow paths on which a failure is DPB_OK. */
#define dpb__fail(status, ...)    (dpb__message_set(__VA_ARGS__), dpb__failed(status))
#define dpb__fail_in(status, ...) (dpb__message_put_in(__VA_ARGS__), dpb__failed(status))

void dpb__message_set(const char *format, ...) DPB__PRINTF(1, 2);
void dpb__message_put_in(const char *format, ...) DPB__PRINTF(1, 2);

/* A fact that the reader of this file cannot see but the whole of the library keeps: for
 * static analysis, which takes one file at a time. It is not checked. */
#if defined(__GNUC__)
#define DPB__KNOWN(fact) ((fact) ? (void)0 : __builtin_unreachable())
#else
#define DPB__KNOWN(fact) ((void)0)
#endif

static inline dpb_status dpb__failed(dpb_status status) {
  return status;
}

#endif
