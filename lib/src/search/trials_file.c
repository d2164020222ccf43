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
#include "file/descriptor.h"
#include "file/os_error.h"

enum { NEW_MODE = 0666, SHOWN = 120, TRIES = 10 };

struct dpb__trials_file {
  int fd;
  bool made;       /* this object made the file */
  bool rest;       /* there is more in it than finished lines */
  uint64_t length; /* of finished lines */
  char path[];
};

/* Cuts off what is behind the finished lines; 0 or an errno value. */
static int cut(dpb__trials_file *f) {
  int error = dpb__fd_truncate(f->fd, f->length);
  f->rest = error != 0;
  return error;
}

static dpb_status append(dpb__trials_file *f, const char *line, size_t length) {
  /* A shorter line over the rest of a longer one would leave the end of that. */
  int error = f->rest ? cut(f) : 0;
  if (error == 0) error = dpb__fd_write_at(f->fd, line, length, f->length);
  if (error == 0) error = dpb__fd_sync(f->fd);
  if (error != 0) {
    (void)cut(f);
    return dpb__fail_os(error, f->path, "write");
  }
  f->length += length;
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
  if (info.st_nlink == 0) /* by one that failed, see give_up */
    return dpb__fail(DPB_ERR_STATE, "%s: another process has removed it", f->path);
  size_t size = (size_t)info.st_size;
  void *memory;
  dpb_status status = dpb__allocate(1, size + 1, f->path, &memory);
  if (status != DPB_OK) return status;
  *text = memory;
  int error = dpb__fd_read_at(f->fd, *text, size, 0, length);
  return error != 0 ? dpb__fail_os(error, f->path, "read") : DPB_OK;
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
  f->length = start;
  while (start < length) {
    const char *line = text + start;
    const char *end = memchr(line, '\n', length - start);
    if (end == NULL) break;
    dpb_status status = take(user, line, (size_t)(end - line), number++);
    if (status != DPB_OK) return dpb__fail_in(status, "%s: ", f->path);
    start += (size_t)(end - line) + 1;
    f->length = start;
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
  int error = status == DPB_OK && f->length < length ? cut(f) : 0;
  return error != 0 ? dpb__fail_os(error, f->path, "write") : status;
}

static dpb_status open_at(dpb__trials_file *f, bool resume) {
  int flags = O_RDWR | O_NOCTTY | O_NONBLOCK, error = ENOENT;
  for (int i = 0; i < TRIES; i++) {
    if (resume) error = dpb__fd_open(f->path, flags, 0, &f->fd);
    if (error != ENOENT) break;
    error = dpb__fd_open(f->path, flags | O_CREAT | O_EXCL, NEW_MODE, &f->fd);
    f->made = error == 0;
    /* somebody else may make it, or remove it, between the two */
    if (error != EEXIST || !resume) break;
    error = ENOENT;
  }
  /* a symbolic link that leads to nothing yet */
  if (error == ENOENT && resume)
    error = dpb__fd_open(f->path, flags | O_CREAT, NEW_MODE, &f->fd);
  if (error == 0) return DPB_OK;
  if (error == EEXIST)
    return dpb__fail(DPB_ERR_STATE,
                     "%s: it is there already, and may hold a search to "
                     "be resumed",
                     f->path);
  return dpb__fail_os(error, f->path, "open");
}

/* A file that was made just now and has no head yet must not stand in the way when the
 * search is begun once more. */
static void give_up(dpb__trials_file *f) {
  if (f->made && f->length == 0) unlink(f->path);
  dpb__trials_file_close(f);
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
  if (status == DPB_OK) {
    *file = f;
  } else {
    give_up(f);
  }
  errno = saved;
  return status;
}

void dpb__trials_file_close(dpb__trials_file *file) {
  if (file == NULL) return;
  int saved = errno;
  if (file->fd >= 0) close(file->fd);
  dpb__release(file);
  errno = saved;
}
