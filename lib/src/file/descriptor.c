/* SPDX-License-Identifier: MIT
 *
 * Calls of the operating system, without interruptions and without half results.
 */
#include "file/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int dpb__fd_open(const char *path, int flags, mode_t mode, int *fd) {
  do {
    *fd = open(path, flags | O_CLOEXEC, mode);
  } while (*fd < 0 && errno == EINTR);
  return *fd < 0 ? errno : 0;
}

int dpb__fd_read(int fd, void *out, size_t capacity, size_t *count) {
  ssize_t got;
  do {
    got = read(fd, out, capacity);
  } while (got < 0 && errno == EINTR);
  *count = got > 0 ? (size_t)got : 0;
  return got < 0 ? errno : 0;
}

int dpb__fd_read_at(int fd, void *out, size_t count, uint64_t offset, size_t *done) {
  char *to = out;
  *done = 0;
  while (*done < count) {
    ssize_t got = pread(fd, to + *done, count - *done, (off_t)(offset + *done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    *done += (size_t)got;
  }
  return 0;
}

int dpb__fd_write_at(int fd, const void *bytes, size_t count, uint64_t offset) {
  const char *from = bytes;
  while (count > 0) {
    ssize_t put = pwrite(fd, from, count, (off_t)offset);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    if (put == 0) return EIO; /* would go on for ever */
    from += put;
    offset += (uint64_t)put;
    count -= (size_t)put;
  }
  return 0;
}

int dpb__fd_sync(int fd) {
  int failed;
  do {
    failed = fsync(fd);
  } while (failed != 0 && errno == EINTR);
  return failed != 0 && errno != EINVAL ? errno : 0;
}

int dpb__fd_truncate(int fd, uint64_t length) {
  int failed;
  do {
    failed = ftruncate(fd, (off_t)length);
  } while (failed != 0 && errno == EINTR);
  return failed != 0 ? errno : 0;
}

int dpb__fd_lock(int fd) {
  int failed;
  do {
    failed = flock(fd, LOCK_EX | LOCK_NB);
  } while (failed != 0 && errno == EINTR);
  return failed != 0 ? errno : 0;
}
