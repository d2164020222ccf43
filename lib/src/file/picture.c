/* SPDX-License-Identifier: MIT
 *
 * Images: the file's bytes, and which format they are in.
 */
#include "file/picture.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "file/byte_source.h"

/* An image is read whole, so that libpng never waits for a file. */
enum { MAX_FILE = 1 << 30 };

dpb_status dpb__picture_make(const char *name, size_t h, size_t w, int c, uint64_t limit,
                             dpb__picture *picture) {
  if (h < 1 || w < 1 || h > DPB__PICTURE_SIDE || w > DPB__PICTURE_SIDE) {
    return dpb__fail(DPB_ERR_SIZE, "%s: image of %zux%zu pixels, 1 to %d are known", name,
                     h, w, DPB__PICTURE_SIDE);
  }
  /* fits: 2^14 * 2^14 * 3 */
  size_t total = h * w * (size_t)c;
  if (total > limit) {
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: declares an image of %zux%zux%d, more than a file of its size "
                     "can hold",
                     name, h, w, c);
  }
  void *memory = NULL;
  dpb_status status = dpb__allocate(total, 1, name, &memory);
  if (status != DPB_OK) return status;
  *picture = (dpb__picture){{(int)h, (int)w, c}, memory};
  return DPB_OK;
}

/* Images by their first bytes that are no use here. */
static const char *other_format(const uint8_t *bytes, size_t count) {
  static const struct {
    const char *magic;
    const char *name;
  } known[] = {
      {"\xff\xd8\xff", "JPEG"}, {"GIF8", "GIF"}, {"BM", "BMP"},       {"RIFF", "WebP"},
      {"II*", "TIFF"},          {"MM", "TIFF"},  {"P1", "plain PBM"}, {"P2", "plain PGM"},
      {"P3", "plain PPM"},      {"P4", "PBM"}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    size_t length = strlen(known[i].magic);
    if (count >= length && memcmp(bytes, known[i].magic, length) == 0)
      return known[i].name;
  }
  return NULL;
}

static dpb_status decode(const char *path, const uint8_t *bytes, size_t count,
                         dpb__picture *picture) {
  static const uint8_t png[] = {0x89, 'P', 'N', 'G'};
  if (count >= sizeof png && memcmp(bytes, png, sizeof png) == 0) {
    return dpb__picture_png(path, bytes, count, picture);
  }
  if (count >= 2 && bytes[0] == 'P' && (bytes[1] == '5' || bytes[1] == '6')) {
    return dpb__picture_pnm(path, bytes, count, picture);
  }
  const char *other = other_format(bytes, count);
  if (other != NULL) {
    return dpb__fail(DPB_ERR_UNSUPPORTED, "%s: is a %s image; PNG, PGM and PPM are read",
                     path, other);
  }
  return dpb__fail(DPB_ERR_FORMAT, "%s: is no PNG, PGM or PPM image", path);
}

dpb_status dpb__picture_read(const char *path, dpb__picture *picture) {
  *picture = (dpb__picture){.bytes = NULL};
  dpb__byte_source *source = NULL;
  dpb_status status = dpb__byte_source_open(path, &source);
  if (status != DPB_OK) return status;
  uint8_t *bytes = NULL;
  size_t count = 0;
  if (dpb__byte_source_limit(source) > MAX_FILE) {
    status = dpb__fail(DPB_ERR_SIZE, "%s: %llu bytes are too many for an image", path,
                       (unsigned long long)dpb__byte_source_limit(source));
  }
  if (status == DPB_OK) status = dpb__byte_source_all(source, &bytes, &count);
  dpb__byte_source_close(source);
  if (status == DPB_OK && count == 0)
    status = dpb__fail(DPB_ERR_FORMAT, "%s: the file is empty", path);
  if (status == DPB_OK) status = decode(path, bytes, count, picture);
  dpb__release(bytes);
  return status;
}
