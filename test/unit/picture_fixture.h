/* SPDX-License-Identifier: MIT
 *
 * Small images for the tests of file/ and data/: PNG put together by hand, PGM, PPM.
 */
#ifndef TEST_PICTURE_FIXTURE_H
#define TEST_PICTURE_FIXTURE_H

#include "file_fixture.h"

enum { PNG_GREY = 0, PNG_RGB = 2, PNG_PALETTE = 3, PNG_GREY_ALPHA = 4, PNG_RGBA = 6 };

typedef struct png_spec {
  uint32_t width;
  uint32_t height;
  uint8_t bits;
  uint8_t type;
  const uint8_t *palette; /* or NULL */
  size_t colours;
} png_spec;

static inline void put_word(uint8_t *at, uint32_t value) {
  for (int i = 0; i < 4; i++) at[i] = (uint8_t)(value >> (24 - 8 * i));
}

static inline size_t put_chunk(uint8_t *out, const char *type, const uint8_t *data,
                               size_t size) {
  put_word(out, (uint32_t)size);
  memcpy(out + 4, type, 4);
  if (size > 0) memcpy(out + 8, data, size);
  put_word(out + 8 + size, (uint32_t)crc32(0, out + 4, (uInt)size + 4));
  return size + 12;
}

/* lines: height times line bytes, without filter bytes. Returns the size; at most 4000.
 */
static inline size_t make_png(const png_spec *spec, const uint8_t *lines, size_t line,
                              uint8_t out[4000]) {
  uint8_t head[13] = {0}, raw[1000], packed[1500];
  put_word(head, spec->width);
  put_word(head + 4, spec->height);
  head[8] = spec->bits;
  head[9] = spec->type;
  size_t rows = line > 0 ? (spec->height < 16 ? spec->height : 16) : 0, size = 0;
  for (size_t y = 0; y < rows; y++) {
    raw[size++] = 0;
    memcpy(raw + size, lines + y * line, line);
    size += line;
  }
  uLongf packed_size = sizeof packed;
  assert_int_equal(compress(packed, &packed_size, raw, (uLong)size), Z_OK);
  memcpy(out, "\x89PNG\r\n\x1a\n", 8);
  size_t at = 8;
  at += put_chunk(out + at, "IHDR", head, sizeof head);
  if (spec->palette) at += put_chunk(out + at, "PLTE", spec->palette, 3 * spec->colours);
  at += put_chunk(out + at, "IDAT", packed, packed_size);
  return at + put_chunk(out + at, "IEND", NULL, 0);
}

/* A grey image of 8 bits, bytes first, first + 1, ... */
static inline void write_png(const char *path, uint32_t width, uint32_t height,
                             uint8_t first) {
  uint8_t lines[256], png[4000];
  for (size_t i = 0; i < sizeof lines; i++) lines[i] = (uint8_t)(first + i);
  png_spec spec = {width, height, 8, PNG_GREY, NULL, 0};
  write_file(path, png, make_png(&spec, lines, width, png));
}

/* The same as a PGM. */
static inline void write_pgm(const char *path, int width, int height, uint8_t first) {
  uint8_t bytes[300];
  int at = snprintf((char *)bytes, sizeof bytes, "P5\n%d %d\n255\n", width, height);
  for (int i = 0; i < width * height; i++) bytes[at + i] = (uint8_t)(first + i);
  write_file(path, bytes, (size_t)(at + width * height));
}

/* Says so and gives 1 where there is no libpng. */
static inline int no_png(void) {
  if (dpb_png_version() != NULL) return 0;
  print_message("skipped: deepblas is built without libpng\n");
  return 1;
}

#endif
