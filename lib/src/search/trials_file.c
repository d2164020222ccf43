/* SPDX-License-Identifier: MIT
 *
 * The file of finished trials: appended, flushed, and mended when it is opened again.
 */
#include "search/trials_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/memory.h"
#include "file/atomic_file.h"
#include "file/os_error.h"

enum { NEW_MODE = 0666, SHOWN = 120 };

struct dpb__trials_file {
  int fd;
  off_t length; /* of finished lines */
  char path[];
};

static int write_all(int fd, const char *bytes, size_t count, off_t at) {
  while (count > 0) {
    ssize_t done = pwrite(fd, bytes, count, at);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    if (done == 0) return EIO;
    bytes += done;
    at += done;
    count -= (size_t)done;
  }
  return 0;
}

/* Not every file system can flush, and then there is nothing to be done. */
static int flush(int fd) {
  return fsync(fd) != 0 && errno != EINVAL ? errno : 0;
}

static dpb_status append(dpb__trials_file *f, const char *line, size_t length) {
  int error = write_all(f->fd, line, length, f->length);
  if (error == 0) error = flush(f->fd);
  if (error != 0) {
    /* If cutting fails too, the rest has no line feed and is cut when opened again. */
    if (ftruncate(f->fd, f->length) != 0) error = error != 0 ? error : errno;
    return dpb__fail_os(error, f->path, "write");
  }
  f->length += (off_t)length;
  return DPB_OK;
}

dpb_status dpb__trials_file_append(dpb__trials_file *file, const char *line,
                                   size_t length) {
  int saved = errno;
  dpb_status status = append(file, line, length);
  errno = saved;
  return status;
}

/* Locks belong to the process and end with it, however it ends. */
static dpb_status lock(const dpb__trials_file *f) {
  struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(f->fd, F_SETLK, &all) == 0) return DPB_OK;
  if (errno == EACCES || errno == EAGAIN)
    return dpb__fail(DPB_ERR_STATE, "%s: another process is writing to it", f->path);
  /* Some network file systems have no locks. */
  return DPB_OK;
}

static dpb_status read_all(const dpb__trials_file *f, char **text, size_t *length) {
  struct stat info;
  if (fstat(f->fd, &info) != 0) return dpb__fail_os(errno, f->path, "read");
  if (!S_ISREG(info.st_mode))
    return dpb__fail(DPB_ERR_IO, "%s: it is not a regular file", f->path);
  if ((uintmax_t)info.st_size > PTRDIFF_MAX / 2)
    return dpb__fail(DPB_ERR_SIZE, "%s: it is too large", f->path);
  size_t size = (size_t)info.st_size;
  void *memory;
  dpb_status status = dpb__allocate(1, size + 1, f->path, &memory);
  if (status != DPB_OK) return status;
  *text = memory;
  for (*length = 0; *length < size;) {
    ssize_t got = pread(f->fd, *text + *length, size - *length, (off_t)*length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return dpb__fail_os(errno, f->path, "read");
    if (got == 0) break;
    *length += (size_t)got;
  }
  return DPB_OK;
}

static size_t field_length(const char *text) {
  return strcspn(text, "\t\n");
}

/* The first field in which two heads differ; of a long one, from a little ahead of the
 * difference. */
static dpb_status fail_head(const dpb__trials_file *f, const char *there,
                            const char *wanted) {
  size_t a = field_length(there), b = field_length(wanted);
  while (a == b && memcmp(there, wanted, a) == 0 && there[a] == wanted[a] &&
         there[a] != '\0') {
    there += a + 1;
    wanted += b + 1;
    a = field_length(there);
    b = field_length(wanted);
  }
  size_t same = 0;
  while (same < a && same < b && there[same] == wanted[same]) same++;
  size_t skip = same > SHOWN / 2 ? same - SHOWN / 2 : 0;
  size_t first = a - skip < SHOWN ? a - skip : SHOWN;
  size_t second = b - skip < SHOWN ? b - skip : SHOWN;
  const char *dots = skip > 0 ? "..." : "";
  return dpb__fail(DPB_ERR_STATE,
                   "%s: it belongs to another search: '%s%.*s', not '%s%.*s'", f->path,
                   dots, (int)first, there + skip, dots, (int)second, wanted + skip);
}

static dpb_status give_lines(dpb__trials_file *f, const char *text, size_t length,
                             size_t start, dpb__take_line take, void *user) {
  int number = 1;
  for (size_t i = 0; i < start; i++) number += text[i] == '\n';
  f->length = (off_t)start;
  while (start < length) {
    const char *line = text + start;
    const char *end = memchr(line, '\n', length - start);
    if (end == NULL) break;
    dpb_status status = take(user, line, (size_t)(end - line), number++);
    if (status != DPB_OK) return dpb__fail_in(status, "%s: ", f->path);
    start += (size_t)(end - line) + 1;
    f->length = (off_t)start;
  }
  return DPB_OK;
}

static dpb_status take_over(dpb__trials_file *f, const char *text, size_t length,
                            const char *head, dpb__take_line take, void *user) {
  size_t wanted = strlen(head);
  size_t common = length < wanted ? length : wanted;
  DPB__KNOWN(text != NULL);
  if (common > 0 && memcmp(text, head, common) != 0) return fail_head(f, text, head);
  /* A head that was cut short is written anew. */
  if (length < wanted) return append(f, head, wanted);
  dpb_status status = give_lines(f, text, length, wanted, take, user);
  if (status == DPB_OK && f->length < (off_t)length && ftruncate(f->fd, f->length) != 0)
    status = dpb__fail_os(errno, f->path, "write");
  return status;
}

static dpb_status open_at(dpb__trials_file *f, bool resume) {
  int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  f->fd = open(f->path, resume ? flags : flags | O_EXCL, NEW_MODE);
  if (f->fd >= 0) return DPB_OK;
  if (errno == EEXIST)
    return dpb__fail(DPB_ERR_STATE,
                     "%s: it is there already, and may hold a search to "
                     "be resumed",
                     f->path);
  return dpb__fail_os(errno, f->path, "open");
}

static dpb_status begin(dpb__trials_file *f, bool resume, const char *head,
                        dpb__take_line take, void *user) {
  dpb_status status = open_at(f, resume);
  if (status == DPB_OK) status = lock(f);
  char *text = NULL;
  size_t length = 0;
  if (status == DPB_OK) status = read_all(f, &text, &length);
  if (status == DPB_OK) status = take_over(f, text, length, head, take, user);
  dpb__release(text);
  if (status == DPB_OK && length == 0) dpb__sync_folder(f->path);
  return status;
}

dpb_status dpb__trials_file_open(const char *path, bool resume, const char *head,
                                 dpb__take_line take, void *user,
                                 dpb__trials_file **file) {
  *file = NULL;
  void *memory;
  dpb_status status =
      dpb__allocate(1, sizeof(dpb__trials_file) + strlen(path) + 1, "a file", &memory);
  if (status != DPB_OK) return status;
  dpb__trials_file *f = memory;
  f->fd = -1;
  strcpy(f->path, path);
  int saved = errno;
  status = begin(f, resume, head, take, user);
  errno = saved;
  if (status == DPB_OK) {
    *file = f;
  } else {
    dpb__trials_file_close(f);
  }
  return status;
}

void dpb__trials_file_close(dpb__trials_file *file) {
  if (file == NULL) return;
  int saved = errno;
  if (file->fd >= 0) close(file->fd);
  dpb__release(file);
  errno = saved;
}
