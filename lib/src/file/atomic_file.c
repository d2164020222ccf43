/* SPDX-License-Identifier: MIT
 *
 * Writing a file so that its path holds either the old content or the whole new one.
 */
#include "file/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "file/descriptor.h"
#include "file/os_error.h"
#include "file/temporary.h"

enum { BUFFER = 16 * 1024 };

struct dpb__atomic_file {
  int fd;           /* -1: not open */
  int error;        /* an errno value: of the first write that failed */
  uint64_t written; /* bytes in the temporary file */
  size_t waiting;   /* bytes in the buffer */
  char *path;       /* where the file goes, symbolic links followed */
  char *temporary;  /* "": there is none */
  unsigned char buffer[BUFFER];
  char text[]; /* both paths */
};

/* Follows symbolic links, so that the link stays and what it leads to is replaced. mode
 * is that of the present file, or 0 when there is none. */
static dpb_status find_target(const char *path, char **target, mode_t *mode) {
  *mode = 0;
  *target = realpath(path, NULL);
  if (*target == NULL) {
    if (errno == ENOENT) return DPB_OK;
    return dpb__fail_os(errno, path, "write");
  }
  struct stat info;
  dpb_status status = DPB_OK;
  if (stat(*target, &info) != 0) {
    status = dpb__fail_os(errno, path, "look up");
  } else if (S_ISDIR(info.st_mode)) {
    status = dpb__fail(DPB_ERR_IO, "%s: cannot write: it is a folder", path);
  } else if (!S_ISREG(info.st_mode)) {
    status = dpb__fail(DPB_ERR_IO, "%s: cannot write: it is not a regular file", path);
  }
  if (status == DPB_OK) {
    *mode = info.st_mode & 0777;
  } else {
    free(*target);
    *target = NULL;
  }
  return status;
}

static dpb_status make_object(const char *path, dpb__atomic_file **file) {
  size_t length = strlen(path);
  void *memory = NULL;
  dpb_status status = dpb__allocate(
      1, sizeof(dpb__atomic_file) + 2 * (length + 1) + DPB__TEMPORARY_SUFFIX,
      "a file to write", &memory);
  if (status != DPB_OK) return status;
  dpb__atomic_file *f = memory;
  f->fd = -1;
  f->path = f->text;
  f->temporary = f->text + length + 1;
  memcpy(f->path, path, length + 1);
  *file = f;
  return DPB_OK;
}

/* The folder that path lies in: path itself, cut at the slash that is put back at *slash,
 * or a constant. */
static const char *cut_folder(char *path, char **slash) {
  *slash = strrchr(path, '/');
  if (*slash == NULL) return ".";
  if (*slash == path) return "/";
  **slash = '\0';
  return path;
}

static void put_slash_back(char *slash) {
  if (slash != NULL) *slash = '/';
}

/* Before anything is written: what is left there may be what fills the disk. */
static dpb_status sweep(dpb__atomic_file *f) {
  char *slash;
  const char *folder = cut_folder(f->path, &slash);
  /* the name is behind the cut; what is said names the target as a whole */
  const char *name = slash != NULL ? slash + 1 : f->path;
  dpb_status status = dpb__temporary_sweep(folder, name);
  put_slash_back(slash);
  return status;
}

static dpb_status open_temporary(dpb__atomic_file *f, const char *path, mode_t mode) {
  dpb_status status = sweep(f);
  if (status != DPB_OK) return status;
  int error = dpb__temporary_create(f->path, f->temporary, &f->fd);
  if (error != 0) return dpb__fail_os(error, path, "write");
  /* Where the old file's permissions cannot be given to the new one, it is still written.
   */
  if (mode != 0) (void)fchmod(f->fd, mode);
  return DPB_OK;
}

static dpb_status begin(const char *path, dpb__atomic_file **file) {
  char *target = NULL;
  mode_t mode = 0;
  dpb_status status = find_target(path, &target, &mode);
  if (status != DPB_OK) return status;
  status = make_object(target != NULL ? target : path, file);
  free(target);
  if (status != DPB_OK) return status;
  status = open_temporary(*file, path, mode);
  if (status != DPB_OK) {
    dpb__atomic_file_abandon(*file);
    *file = NULL;
  }
  return status;
}

dpb_status dpb__atomic_file_open(const char *path, dpb__atomic_file **file) {
  *file = NULL;
  if (path[0] == '\0')
    return dpb__fail(DPB_ERR_ARG, "the path of a file to write is empty");
  int saved = errno;
  dpb_status status = begin(path, file);
  errno = saved;
  return status;
}

/* Writes what waits in the buffer, and count more bytes behind it. */
static void put(dpb__atomic_file *f, const void *bytes, size_t count) {
  if (f->error == 0)
    f->error = dpb__fd_write_at(f->fd, f->buffer, f->waiting, f->written);
  f->written += f->waiting;
  f->waiting = 0;
  if (f->error == 0) f->error = dpb__fd_write_at(f->fd, bytes, count, f->written);
  f->written += count;
}

dpb_status dpb__atomic_file_write(dpb__atomic_file *file, const void *bytes,
                                  size_t count) {
  if (count == 0) return DPB_OK;
  int saved = errno;
  dpb_status status = DPB_OK;
  if (count > BUFFER - file->waiting) {
    put(file, bytes, count);
  } else {
    memcpy(file->buffer + file->waiting, bytes, count);
    file->waiting += count;
  }
  if (file->error != 0) status = dpb__fail_os(file->error, file->path, "write");
  errno = saved;
  return status;
}

/* After a power cut the name must not lead to the old file's remains. The content is in
 * its place whether this works or not, and some file systems cannot do it. */
void dpb__sync_folder(char *path) {
  char *slash;
  int fd = -1;
  int error = dpb__fd_open(cut_folder(path, &slash), O_RDONLY | O_DIRECTORY, 0, &fd);
  put_slash_back(slash);
  if (error != 0) return;
  (void)dpb__fd_sync(fd);
  close(fd);
}

dpb_status dpb__atomic_file_commit(dpb__atomic_file *file) {
  int saved = errno;
  dpb_status status = DPB_OK;
  put(file, NULL, 0);
  if (file->error == 0) file->error = dpb__fd_sync(file->fd);
  /* The file is renamed while it is open, so that its lock holds till then. Closing can
   * tell nothing new: all bytes are on the disk. */
  if (file->error == 0 && rename(file->temporary, file->path) != 0) file->error = errno;
  if (file->error != 0) {
    status = dpb__fail_os(file->error, file->path, "write");
  } else {
    file->temporary[0] = '\0';
    dpb__sync_folder(file->path);
  }
  dpb__atomic_file_abandon(file);
  errno = saved;
  return status;
}

void dpb__atomic_file_abandon(dpb__atomic_file *file) {
  if (file == NULL) return;
  int saved = errno;
  /* removed while it is locked, as everywhere */
  if (file->temporary[0] != '\0') unlink(file->temporary);
  if (file->fd >= 0) close(file->fd);
  dpb__release(file);
  errno = saved;
}
