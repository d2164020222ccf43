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
#include "file/os_error.h"

enum { SUFFIX = 48, TRIES = 100, NEW_MODE = 0666 };

struct dpb__atomic_file {
  FILE *stream;
  size_t length; /* of path */
  char *path;    /* where the file goes, symbolic links followed */
  char *temporary;
  char text[]; /* both of them */
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
  *mode = info.st_mode & 0777;
  if (status != DPB_OK) {
    free(*target);
    *target = NULL;
  }
  return status;
}

static dpb_status make_object(const char *path, dpb__atomic_file **file) {
  size_t length = strlen(path);
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb__atomic_file) + 2 * length + 2 + SUFFIX,
                                    "a file to write", &memory);
  if (status != DPB_OK) return status;
  dpb__atomic_file *f = memory;
  f->length = length;
  f->path = f->text;
  f->temporary = f->text + length + 1;
  memcpy(f->path, path, length + 1);
  *file = f;
  return DPB_OK;
}

/* Not mkstemp: a new file gets the permissions that any other new file would get. */
static int create_temporary(dpb__atomic_file *f) {
  static _Atomic unsigned counter;
  int fd = -1;
  for (int i = 0; i < TRIES && fd < 0; i++) {
    snprintf(f->temporary, f->length + 1 + SUFFIX, "%s.%ld-%u.tmp", f->path,
             (long)getpid(), counter++);
    fd = open(f->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, NEW_MODE);
    if (fd < 0 && errno != EEXIST) break;
  }
  return fd;
}

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 10
/* gcc 12's analyser takes the stream, which the object owns from here on, for lost. */
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
#endif

static dpb_status open_stream(dpb__atomic_file *f, const char *path, mode_t mode) {
  int fd = create_temporary(f);
  if (fd < 0) {
    int error = errno;
    f->temporary[0] = '\0';
    return dpb__fail_os(error, path, "write");
  }
  /* Where the old file's permissions cannot be given to the new one, it is still written.
   */
  if (mode != 0) (void)fchmod(fd, mode);
  f->stream = fdopen(fd, "wb");
  if (f->stream != NULL) return DPB_OK;
  int error = errno;
  close(fd);
  return dpb__fail_os(error, path, "write");
}

static dpb_status begin(const char *path, dpb__atomic_file **file) {
  char *target = NULL;
  mode_t mode = 0;
  dpb_status status = find_target(path, &target, &mode);
  if (status != DPB_OK) return status;
  status = make_object(target != NULL ? target : path, file);
  free(target);
  if (status != DPB_OK) return status;
  status = open_stream(*file, path, mode);
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

dpb_status dpb__atomic_file_write(dpb__atomic_file *file, const void *bytes,
                                  size_t count) {
  if (count == 0) return DPB_OK;
  int saved = errno;
  dpb_status status = DPB_OK;
  if (fwrite(bytes, 1, count, file->stream) != count) {
    status = dpb__fail_os(errno, file->path, "write");
  }
  errno = saved;
  return status;
}

/* After a power cut the name must not lead to the old file's remains. The content is in
 * its place whether this works or not, and some file systems cannot do it. */
void dpb__sync_folder(char *path) {
  char *slash = strrchr(path, '/');
  const char *folder = ".";
  if (slash == path) {
    folder = "/";
  } else if (slash != NULL) {
    *slash = '\0';
    folder = path;
  }
  int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (slash != NULL) *slash = '/';
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

/* Flushes and closes; 0 or an errno value. */
static int finish(dpb__atomic_file *f) {
  int error = 0;
  if (ferror(f->stream)) error = EIO; /* a write failed, and its caller went on */
  if (error == 0 && fflush(f->stream) != 0) error = errno;
  if (error == 0 && fsync(fileno(f->stream)) != 0 && errno != EINVAL) error = errno;
  if (fclose(f->stream) != 0 && error == 0) error = errno;
  f->stream = NULL;
  return error;
}

dpb_status dpb__atomic_file_commit(dpb__atomic_file *file) {
  int saved = errno;
  dpb_status status = DPB_OK;
  int error = finish(file);
  if (error == 0 && rename(file->temporary, file->path) != 0) error = errno;
  if (error != 0) {
    status = dpb__fail_os(error, file->path, "write");
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
  if (file->stream != NULL) fclose(file->stream);
  if (file->temporary[0] != '\0') unlink(file->temporary);
  dpb__release(file);
  errno = saved;
}
