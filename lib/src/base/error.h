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

/* Formats the calling thread's message, in the C locale whatever the host's is, and
 * returns status, so that failing is one line: return dpb__fail(DPB_ERR_ARG, "n is %d",
 * n); */
dpb_status dpb__fail(dpb_status status, const char *format, ...) DPB__PRINTF(2, 3);

/* Puts text in front of the present message: "layer 3 affine: " + what was wrong. */
dpb_status dpb__fail_in(dpb_status status, const char *format, ...) DPB__PRINTF(2, 3);

#endif
