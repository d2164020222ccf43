/* SPDX-License-Identifier: MIT
 *
 * The bytes of a regular file, plain or gzip.
 *
 * zlib's own gzread would do most of this, but it takes what follows a gzip member for
 * padding, and a file that ends within one for a whole one unless it is closed with care.
 */
#include "file/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/error.h"
#include "base/memory.h"
#include "file/descriptor.h"
#include "file/os_error.h"

enum {
  BUFFER = 256 * 1024,
  GZIP_WINDOW = 15 + 16, /* the largest window, gzip header and trailer */
  PIECE = 1 << 30,       /* zlib counts in unsigned int */
  DEFLATE_RATIO = 1032,  /* 258 bytes for 2 bits: more cannot be packed into a byte */
  MOST_RATIO = 100,      /* what is believed of files that unpack to more than */
  ANY_RATIO = 1 << 20,   /* this */
  FIRST_PIECE = 64 * 1024
};

struct dpb__byte_source {
  const char *path;
  int fd;
  bool gzip;
  bool inside; /* a gzip member has begun and not ended */
  uint64_t file_size;
  uint64_t given; /* bytes handed out */
  z_stream z;     /* next_in and avail_in are the unread part of buffer, gzip or not */
  unsigned char buffer[BUFFER];
};

dpb_status dpb__open_regular(const char *path, int *fd, uint64_t *size) {
  /* opening a pipe would wait for its writer */
  int opened = -1;
  int error = dpb__fd_open(path, O_RDONLY | O_NONBLOCK, 0, &opened);
  if (error != 0) return dpb__fail_os(error, path, "open");
  struct stat info;
  dpb_status status = DPB_OK;
  if (fstat(opened, &info) != 0) {
    status = dpb__fail_os(errno, path, "look up");
  } else if (S_ISDIR(info.st_mode)) {
    status = dpb__fail(DPB_ERR_IO, "%s: is a folder, a file was expected", path);
  } else if (!S_ISREG(info.st_mode)) {
    status = dpb__fail(DPB_ERR_IO, "%s: is not a regular file", path);
  }
  if (status != DPB_OK) {
    close(opened);
    return status;
  }
  *fd = opened;
  *size = (uint64_t)info.st_size;
  return DPB_OK;
}

static dpb_status read_some(dpb__byte_source *s, void *out, size_t capacity,
                            size_t *count) {
  int error = dpb__fd_read(s->fd, out, capacity, count);
  return error != 0 ? dpb__fail_os(error, s->path, "read") : DPB_OK;
}

/* Makes sure that at least count bytes (few) lie in the buffer, unless the file ends. */
static dpb_status fill(dpb__byte_source *s, size_t count) {
  if (s->z.avail_in >= count) return DPB_OK;
  memmove(s->buffer, s->z.next_in, s->z.avail_in);
  s->z.next_in = s->buffer;
  while (s->z.avail_in < count) {
    size_t got = 0;
    dpb_status status =
        read_some(s, s->buffer + s->z.avail_in, BUFFER - s->z.avail_in, &got);
    if (status != DPB_OK) return status;
    if (got == 0) break;
    s->z.avail_in += (uInt)got;
  }
  return DPB_OK;
}

static bool at_gzip_member(const dpb__byte_source *s) {
  return s->z.avail_in >= 2 && s->z.next_in[0] == 0x1f && s->z.next_in[1] == 0x8b;
}

static dpb_status prepare(dpb__byte_source *s) {
  s->z.next_in = s->buffer;
  dpb_status status = fill(s, 2);
  if (status != DPB_OK) return status;
  if (!at_gzip_member(s)) return DPB_OK;
  if (inflateInit2(&s->z, GZIP_WINDOW) != Z_OK) {
    return dpb__fail(DPB_ERR_MEMORY, "%s: no memory to unpack it", s->path);
  }
  s->gzip = true;
  s->inside = true;
  return DPB_OK;
}

dpb_status dpb__byte_source_open(const char *path, dpb__byte_source **source) {
  *source = NULL;
  int saved = errno;
  int fd = -1;
  uint64_t size = 0;
  dpb_status status = dpb__open_regular(path, &fd, &size);
  if (status == DPB_OK) {
    void *memory = NULL;
    status = dpb__allocate(1, sizeof(dpb__byte_source), "a file's buffer", &memory);
    dpb__byte_source *s = memory;
    if (status != DPB_OK) {
      close(fd);
    } else {
      s->path = path;
      s->fd = fd;
      s->file_size = size;
      status = prepare(s);
      if (status == DPB_OK) {
        *source = s;
      } else {
        dpb__byte_source_close(s);
      }
    }
  }
  errno = saved;
  return status;
}

void dpb__byte_source_close(dpb__byte_source *source) {
  if (source == NULL) return;
  int saved = errno;
  if (source->gzip) inflateEnd(&source->z);
  close(source->fd);
  dpb__release(source);
  errno = saved;
}

uint64_t dpb__unpacked_limit(uint64_t size) {
  if (size > UINT64_MAX / DEFLATE_RATIO) return UINT64_MAX;
  if (size * DEFLATE_RATIO <= ANY_RATIO) return size * DEFLATE_RATIO;
  return size * MOST_RATIO > ANY_RATIO ? size * MOST_RATIO : ANY_RATIO;
}

uint64_t dpb__byte_source_limit(const dpb__byte_source *source) {
  return source->gzip ? dpb__unpacked_limit(source->file_size) : source->file_size;
}

static dpb_status take_plain(dpb__byte_source *s, unsigned char *out, size_t capacity,
                             size_t *count) {
  if (s->z.avail_in == 0 && capacity >= BUFFER) return read_some(s, out, capacity, count);
  dpb_status status = fill(s, 1);
  if (status != DPB_OK) return status;
  *count = s->z.avail_in < capacity ? s->z.avail_in : capacity;
  memcpy(out, s->z.next_in, *count);
  s->z.next_in += *count;
  s->z.avail_in -= (uInt)*count;
  return DPB_OK;
}

/* One call of inflate; *count is 0 also when a header or trailer was all there was. */
static dpb_status inflate_some(dpb__byte_source *s, unsigned char *out, size_t capacity,
                               size_t *count) {
  dpb_status status = fill(s, 1);
  if (status != DPB_OK) return status;
  bool file_ended = s->z.avail_in == 0;
  s->z.next_out = out;
  s->z.avail_out = capacity < PIECE ? (uInt)capacity : PIECE;
  uInt room = s->z.avail_out;
  int result = inflate(&s->z, Z_NO_FLUSH);
  *count = room - s->z.avail_out;
  uint64_t done = s->given + *count;
  if (result == Z_STREAM_END) s->inside = false;
  if (result == Z_OK || result == Z_STREAM_END) return DPB_OK;
  if (result == Z_MEM_ERROR) {
    return dpb__fail(DPB_ERR_MEMORY, "%s: no memory to unpack it", s->path);
  }
  if (result == Z_BUF_ERROR) { /* no progress: nothing to read, or nothing was wanted */
    if (!file_ended) return DPB_OK;
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: the gzip data is cut short after %" PRIu64 " unpacked bytes",
                     s->path, done);
  }
  return dpb__fail(DPB_ERR_FORMAT,
                   "%s: corrupt gzip data after %" PRIu64 " unpacked bytes: %s", s->path,
                   done, s->z.msg ? s->z.msg : "invalid stream");
}

/* Between two members: goes into the next one, if there is one. */
static dpb_status next_member(dpb__byte_source *s) {
  dpb_status status = fill(s, 2);
  if (status != DPB_OK || s->z.avail_in == 0) return status;
  if (!at_gzip_member(s)) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: goes on behind the end of its gzip data",
                     s->path);
  }
  inflateReset(&s->z);
  s->inside = true;
  return DPB_OK;
}

/* At most capacity bytes, at least 1 unless the file ends. */
static dpb_status take(dpb__byte_source *s, unsigned char *out, size_t capacity,
                       size_t *count) {
  *count = 0;
  if (!s->gzip) return take_plain(s, out, capacity, count);
  while (*count == 0) {
    dpb_status status = s->inside ? DPB_OK : next_member(s);
    if (status != DPB_OK || !s->inside) return status;
    status = inflate_some(s, out, capacity, count);
    if (status != DPB_OK) return status;
  }
  const uint64_t limit = dpb__byte_source_limit(s);
  if (*count <= limit && s->given <= limit - *count) return DPB_OK;
  return dpb__fail(DPB_ERR_SIZE,
                   "%s: unpacks to more than %" PRIu64 " bytes, which is more than %d "
                   "times its size: if that is right, unpack it first",
                   s->path, limit, MOST_RATIO);
}

dpb_status dpb__byte_source_read(dpb__byte_source *source, void *out, size_t count) {
  int saved = errno;
  dpb_status status = DPB_OK;
  unsigned char *to = out;
  size_t left = count;
  while (left > 0 && status == DPB_OK) {
    size_t got;
    status = take(source, to, left, &got);
    if (status != DPB_OK) break;
    if (got == 0) {
      status = dpb__fail(DPB_ERR_FORMAT,
                         "%s: ends after %" PRIu64 " bytes, %" PRIu64 " were expected",
                         source->path, source->given, source->given + left);
    }
    source->given += got;
    to += got;
    left -= got;
  }
  errno = saved;
  return status;
}

dpb_status dpb__byte_source_some(dpb__byte_source *source, void *out, size_t capacity,
                                 size_t *count) {
  int saved = errno;
  dpb_status status = take(source, out, capacity, count);
  if (status == DPB_OK) source->given += *count;
  errno = saved;
  return status;
}

dpb_status dpb__byte_source_all(dpb__byte_source *source, uint8_t **bytes,
                                size_t *count) {
  size_t capacity = 0, more = 1;
  *bytes = NULL;
  *count = 0;
  while (more > 0) {
    if (*count == capacity) {
      const size_t larger = capacity == 0 ? FIRST_PIECE : 2 * capacity;
      void *memory = NULL;
      const dpb_status status = dpb__allocate(larger, 1, source->path, &memory);
      if (status != DPB_OK) return status;
      if (*count > 0) memcpy(memory, *bytes, *count);
      dpb__release(*bytes);
      *bytes = memory;
      capacity = larger;
    }
    const dpb_status status =
        dpb__byte_source_some(source, *bytes + *count, capacity - *count, &more);
    if (status != DPB_OK) return status;
    *count += more;
  }
  return DPB_OK;
}

dpb_status dpb__byte_source_end(dpb__byte_source *source) {
  int saved = errno;
  unsigned char extra;
  size_t got;
  dpb_status status = take(source, &extra, 1, &got);
  if (status == DPB_OK && got > 0) {
    status = dpb__fail(DPB_ERR_FORMAT,
                       "%s: goes on after the %" PRIu64 " bytes that its header declares",
                       source->path, source->given);
  }
  errno = saved;
  return status;
}
