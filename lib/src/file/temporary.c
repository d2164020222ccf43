/* SPDX-License-Identifier: MIT
 *
 * Temporary files, and those that nobody will ever finish.
 *
 * A process that is killed while it saves leaves its temporary file, and whoever saves
 * there next removes it. The number of the process, which is in the name, would not tell
 * whether it still runs: in containers that share a folder every process may be number 1.
 * A lock tells. Who creates a file locks it and then looks whether it is still there; who
 * removes one locks it first; so nobody removes what is being written.
 */
#include "file/temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file/descriptor.h"
#include "file/os_error.h"

enum { TRIES = 100, NEW_MODE = 0666, KEPT = 200 };

static const char MARK[] = ".dpb", END[] = ".tmp";

/* As much of a file's name as goes into that of its temporary file: no name may be longer
 * than 255 bytes. Characters stay whole. */
static size_t kept_length(const char *name) {
  size_t length = strlen(name);
  if (length <= KEPT) return length;
  length = KEPT;
  while (length > 1 && ((unsigned char)name[length] & 0xc0) == 0x80) length--;
  return length;
}

static const char *name_in(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash != NULL ? slash + 1 : path;
}

/* Whether the file is surely ours: nobody who removes old files has it, or has removed
 * it. Where files cannot be locked nobody removes any. */
static bool is_ours(int fd) {
  struct stat info;
  if (dpb__fd_lock(fd) == EWOULDBLOCK) return false;
  return fstat(fd, &info) != 0 || info.st_nlink > 0;
}

int dpb__temporary_create(const char *target, char *name, int *fd) {
  static _Atomic unsigned counter;
  const char *last = name_in(target);
  size_t length = (size_t)(last - target) + kept_length(last);
  int error = EEXIST;
  memcpy(name, target, length);
  for (int i = 0; i < TRIES; i++) {
    snprintf(name + length, DPB__TEMPORARY_SUFFIX, "%s%ld-%u%s", MARK, (long)getpid(),
             counter++, END);
    /* Not mkstemp: a new file gets the permissions that any other new file would get. */
    error = dpb__fd_open(name, O_WRONLY | O_CREAT | O_EXCL, NEW_MODE, fd);
    if (error == EEXIST) continue;
    if (error != 0) break;
    if (is_ours(*fd)) return 0;
    close(*fd);
    error = EEXIST;
  }
  name[0] = '\0';
  return error;
}

static const char *skip_digits(const char *at) {
  return at + strspn(at, "0123456789");
}

/* Is that what dpb__temporary_create calls the temporary files of a target of this name?
 */
static bool belongs_to(const char *name, const char *target) {
  size_t length = kept_length(target);
  if (strncmp(name, target, length) != 0) return false;
  const char *at = name + length;
  if (strncmp(at, MARK, sizeof MARK - 1) != 0) return false;
  const char *process = at + sizeof MARK - 1, *dash = skip_digits(process);
  if (dash == process || *dash != '-') return false;
  const char *end = skip_digits(dash + 1);
  return end > dash + 1 && strcmp(end, END) == 0;
}

static bool is_same_file(int folder, const char *name, int fd) {
  struct stat there, opened;
  return fstat(fd, &opened) == 0 && S_ISREG(opened.st_mode) &&
         fstatat(folder, name, &there, AT_SYMLINK_NOFOLLOW) == 0 &&
         there.st_dev == opened.st_dev && there.st_ino == opened.st_ino;
}

/* The lock may have come free because the file was finished and renamed, and the name may
 * be another file's since. */
static void remove_unless_locked(int folder, const char *name) {
  /* for writing: where locks go over the network only such files can be locked */
  int fd = openat(folder, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return;
  if (dpb__fd_lock(fd) == 0 && is_same_file(folder, name, fd)) unlinkat(folder, name, 0);
  close(fd);
}

dpb_status dpb__temporary_sweep(const char *folder, const char *target) {
  DIR *dir = opendir(folder);
  if (dir == NULL) {
    return errno == ENOMEM ? dpb__fail_os(ENOMEM, target, "write") : DPB_OK;
  }
  const char *last = name_in(target);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (belongs_to(entry->d_name, last)) remove_unless_locked(dirfd(dir), entry->d_name);
  }
  closedir(dir);
  return DPB_OK;
}
