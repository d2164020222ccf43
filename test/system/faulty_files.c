/* SPDX-License-Identifier: MIT
 *
 * The functions that the linker puts in front of the system's.
 */
#include "faulty_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* name = the function in front, real = the system's own. Both are the linker's. */
#define WRAP(type, name, parameters)                                                     \
  type __real_##name parameters;                                                         \
  type __wrap_##name parameters;                                                         \
  type __wrap_##name parameters

enum { DESCRIPTORS = 256 };

static fault_kind kind;
static long first;
static bool rest, watching, paused;
static fault_report seen;

/* What is known of a descriptor that was opened while watching. */
static struct {
  bool open;
  bool folder;
  bool system; /* /proc, /sys: what cannot be read there has a default */
} known[DESCRIPTORS];

void faults_begin(fault_kind k, long number, bool all_after) {
  kind = k;
  first = number;
  rest = all_after;
  seen = (fault_report){.name = ""};
  memset(known, 0, sizeof known);
  watching = true;
}

fault_report faults_end(void) {
  watching = false;
  return seen;
}

void faults_pause(void) {
  paused = watching;
  watching = false;
}

void faults_resume(void) {
  watching = paused;
}

/* One more call that can be met. */
static bool meets(const char *name, bool serious) {
  long number = ++seen.calls;
  bool hit = number == first;
  if (rest && number > first)
    hit = kind != FAULT_INTERRUPTED || (number - first) % 2 == 0;
  if (!hit) return false;
  if (seen.failed++ == 0) {
    seen.name = name;
    seen.serious = serious;
  }
  return true;
}

static bool fails_with(int error, const char *name, bool serious) {
  if (!meets(name, serious)) return false;
  errno = error;
  return true;
}

/* What a call can suffer. */
enum { SPACE = 1, WAITS = 2 };

static bool hits(const char *name, bool serious, int can) {
  if (!watching) return false;
  if (kind == FAULT_ERROR) return fails_with(EIO, name, serious);
  if (kind == FAULT_DISK_FULL && (can & SPACE)) return fails_with(ENOSPC, name, serious);
  if (kind == FAULT_INTERRUPTED && (can & WAITS)) return fails_with(EINTR, name, false);
  return false;
}

bool fault_hits(const char *name, bool serious) {
  return hits(name, serious, 0);
}

/* At most what a read or write is to do: all, or half of it; where all after it are short
 * as well, next to nothing. */
static size_t most(const char *name, size_t count) {
  if (!watching || kind != FAULT_SHORT || !meets(name, false)) return count;
  size_t less = rest ? 3 : count / 2;
  return count <= less || less == 0 ? count : less;
}

static void opened(int fd, const char *path, int flags) {
  if (!watching || fd < 0 || fd >= DESCRIPTORS) return;
  known[fd].open = true;
  known[fd].folder = (flags & O_DIRECTORY) != 0;
  known[fd].system = strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0;
  seen.open++;
}

static bool is_system(int fd) {
  return fd >= 0 && fd < DESCRIPTORS && known[fd].system;
}

static bool is_folder(int fd) {
  return fd >= 0 && fd < DESCRIPTORS && known[fd].folder;
}

WRAP(int, open, (const char *path, int flags, ...)) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  bool serious = !(flags & O_DIRECTORY) && path[0] == '/' &&
                 strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/sys/", 5) != 0;
  if (hits("open", serious, WAITS | (flags & O_CREAT ? SPACE : 0))) return -1;
  int fd = __real_open(path, flags, mode);
  opened(fd, path, flags);
  return fd;
}

/* Where the library removes what others have left: it can do without. */
WRAP(int, openat, (int folder, const char *path, int flags, ...)) {
  if (hits("openat", false, WAITS)) return -1;
  int fd = __real_openat(folder, path, flags);
  opened(fd, path, flags);
  return fd;
}

/* Whatever it says, the descriptor is free afterwards, as under Linux. */
WRAP(int, close, (int fd)) {
  if (!watching) return __real_close(fd);
  bool ours = fd >= 0 && fd < DESCRIPTORS && known[fd].open;
  if (ours) {
    known[fd].open = false;
    seen.open--;
  } else {
    seen.foreign++;
  }
  bool failed = hits("close", false, WAITS);
  int error = errno;
  int result = __real_close(fd);
  if (failed) errno = error;
  return failed ? -1 : result;
}

WRAP(ssize_t, read, (int fd, void *out, size_t count)) {
  if (hits("read", !is_system(fd), WAITS)) return -1;
  return __real_read(fd, out, most("read", count));
}

WRAP(ssize_t, pread, (int fd, void *out, size_t count, off_t at)) {
  if (hits("pread", true, WAITS)) return -1;
  return __real_pread(fd, out, most("pread", count), at);
}

WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at)) {
  if (hits("pwrite", true, WAITS | SPACE)) return -1;
  return __real_pwrite(fd, bytes, most("pwrite", count), at);
}

/* Really waiting for the disk, thousands of times, would show nothing more. */
WRAP(int, fsync, (int fd)) {
  return hits("fsync", !is_folder(fd), WAITS | SPACE) ? -1 : 0;
}

/* Only where an unfinished line is cut off, which is as good as not there. */
WRAP(int, ftruncate, (int fd, off_t length)) {
  return hits("ftruncate", false, WAITS) ? -1 : __real_ftruncate(fd, length);
}

WRAP(int, rename, (const char *from, const char *to)) {
  return hits("rename", true, SPACE) ? -1 : __real_rename(from, to);
}

WRAP(int, unlink, (const char *path)) {
  if (!hits("unlink", false, 0)) return __real_unlink(path);
  seen.removing_failed = true;
  return -1;
}

WRAP(int, unlinkat, (int folder, const char *path, int flags)) {
  if (!hits("unlinkat", false, 0)) return __real_unlinkat(folder, path, flags);
  seen.removing_failed = true;
  return -1;
}

WRAP(int, stat, (const char *path, struct stat *info)) {
  return hits("stat", true, 0) ? -1 : __real_stat(path, info);
}

WRAP(int, fstat, (int fd, struct stat *info)) {
  return hits("fstat", false, 0) ? -1 : __real_fstat(fd, info);
}

WRAP(int, fstatat, (int folder, const char *path, struct stat *info, int flags)) {
  return hits("fstatat", false, 0) ? -1 : __real_fstatat(folder, path, info, flags);
}

WRAP(int, access, (const char *path, int mode)) {
  return hits("access", false, 0) ? -1 : __real_access(path, mode);
}

WRAP(ssize_t, readlink, (const char *path, char *out, size_t capacity)) {
  return hits("readlink", false, 0) ? -1 : __real_readlink(path, out, capacity);
}

WRAP(int, fchmod, (int fd, mode_t mode)) {
  return hits("fchmod", false, 0) ? -1 : __real_fchmod(fd, mode);
}

WRAP(int, flock, (int fd, int operation)) {
  return hits("flock", false, WAITS) ? -1 : __real_flock(fd, operation);
}

/* Locks alone. */
WRAP(int, fcntl, (int fd, int command, ...)) {
  va_list arguments;
  va_start(arguments, command);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  return hits("fcntl", false, 0) ? -1 : __real_fcntl(fd, command, argument);
}

void fault_folder_opened(void) {
  if (watching) seen.open++;
}

WRAP(struct dirent *, readdir, (DIR * folder)) {
  return hits("readdir", false, 0) ? NULL : __real_readdir(folder);
}

WRAP(int, closedir, (DIR * folder)) {
  if (watching) seen.open--;
  bool failed = hits("closedir", false, 0);
  int error = errno;
  int result = __real_closedir(folder);
  if (failed) errno = error;
  return failed ? -1 : result;
}
