/* SPDX-License-Identifier: MIT
 *
 * Writing a file so that its path holds either the old content or the whole new one,
 * whatever happens in between: a temporary file beside it, flushed to the disk, renamed.
 */
#ifndef DPB_FILE_ATOMIC_FILE_H
#define DPB_FILE_ATOMIC_FILE_H

#include <stddef.h>

#include <deepblas/status.h>

typedef struct dpb__atomic_file dpb__atomic_file;

/* Begins. A path that is a folder, device or pipe is refused (renaming would put a file
 * in its place); through a symbolic link the file it leads to is replaced. */
dpb_status dpb__atomic_file_open(const char *path, dpb__atomic_file **file);

/* Appends. After a failure the file can only be abandoned (committing does that too and
 * fails once more). */
dpb_status dpb__atomic_file_write(dpb__atomic_file *file, const void *bytes,
                                  size_t count);

/* Puts the file in its place and destroys the object, also on failure. */
dpb_status dpb__atomic_file_commit(dpb__atomic_file *file);

/* Flushes to the disk that the folder of path holds a file of its name, where the file
 * system can do that. path is as it was afterwards; errno is not. */
void dpb__sync_folder(char *path);

/* Removes the temporary file and destroys the object; NULL does nothing. */
void dpb__atomic_file_abandon(dpb__atomic_file *file);

#endif
