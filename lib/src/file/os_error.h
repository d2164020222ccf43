/* SPDX-License-Identifier: MIT
 *
 * What the operating system said, as a status and a message.
 */
#ifndef DPB_FILE_OS_ERROR_H
#define DPB_FILE_OS_ERROR_H

#include <deepblas/status.h>

/* error is an errno value: "data/x.gz: cannot open: no such file or directory". A missing
 * file or folder is DPB_ERR_NOT_FOUND, want of memory DPB_ERR_MEMORY, all else
 * DPB_ERR_IO.
 */
dpb_status dpb__fail_os(int error, const char *path, const char *doing);

#endif
