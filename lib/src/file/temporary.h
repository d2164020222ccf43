/* SPDX-License-Identifier: MIT
 *
 * The temporary file beside one that is being written: model.npz.dpb4711-0.tmp. Whoever
 * writes it holds its lock (dpb__fd_lock), so that one without a lock is known to be
 * left by a process that is gone.
 */
#ifndef DPB_FILE_TEMPORARY_H
#define DPB_FILE_TEMPORARY_H

#include <stddef.h>

#include <deepblas/status.h>

/* The most bytes that the name of a temporary file has more than that of its target. */
enum { DPB__TEMPORARY_SUFFIX = 48 };

/* Opens a new temporary file for target, locked where the file system can do that. name
 * has room for the target's path and the suffix. 0 or an errno value; then name is "". */
int dpb__temporary_create(const char *target, char *name, int *fd);

/* Removes what processes that are gone have left beside target. What cannot be removed
 * stays and is no failure; DPB_ERR_MEMORY is one. folder is target up to the last slash,
 * or ".". errno may change. */
dpb_status dpb__temporary_sweep(const char *folder, const char *target);

#endif
