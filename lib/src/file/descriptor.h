/* SPDX-License-Identifier: MIT
 *
 * What the library asks the operating system for where files are concerned. A signal that
 * arrives in between (EINTR) ends none of these, and a count that came short is gone on
 * with. They return 0 or an errno value; errno itself may change.
 *
 * Files are read and written through these calls alone, never through stdio: each of them
 * can then be failed in turn by a test (test/system/faulty_files.c).
 */
#ifndef DPB_FILE_DESCRIPTOR_H
#define DPB_FILE_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* mode counts for new files; O_CLOEXEC is added. *fd is -1 after a failure. */
int dpb__fd_open(const char *path, int flags, mode_t mode, int *fd);

/* At most capacity bytes, at least one unless the file ends. */
int dpb__fd_read(int fd, void *out, size_t capacity, size_t *count);

/* count bytes from offset on; *done is less only where the file ends. */
int dpb__fd_read_at(int fd, void *out, size_t count, uint64_t offset, size_t *done);

/* All of count bytes, from offset on. */
int dpb__fd_write_at(int fd, const void *bytes, size_t count, uint64_t offset);

/* To the disk. Not every file system can do that, and then there is nothing to be done.
 */
int dpb__fd_sync(int fd);

int dpb__fd_truncate(int fd, uint64_t length);

/* An exclusive lock of the open file, not of the process, without waiting. It ends with
 * the process, however that ends. */
int dpb__fd_lock(int fd);

#endif
