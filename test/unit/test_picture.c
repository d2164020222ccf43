/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/memory.h"
#include "file/picture.h"
#include "picture_fixture.h"

static void check_picture(const char *path, dpb_hwc size, const uint8_t *bytes) {
  dpb__picture p;
  errno = 77;
  assert_ok(dpb__picture_read(path, &p));
  assert_int_equal(errno, 77);
  assert_true(p.size.h == size.h && p.size.w == size.w && p.size.c == size.c);
  assert_memory_equal(p.bytes, bytes, (size_t)size.h * (size_t)size.w * (size_t)size.c);
  dpb__release(p.bytes);
}

static void check_refused(const char *path, dpb_status status, const char *text) {
  dpb__picture p = {.bytes = (uint8_t *)&p};
  assert_fails(dpb__picture_read(path, &p), status, text);
  assert_null(p.bytes);
  assert_message(path);
}

static void write_text(const char *path, const char *text) {
  write_file(path, text, strlen(text));
}

static void reads_pnm(void **state) {
  (void)state;
  const char *path = in_folder("a.pgm");
  write_text(path, "P5 # a comment\n3 2\n255\nabcdef");
  check_picture(path, (dpb_hwc){2, 3, 1}, (const uint8_t *)"abcdef");
  write_text(path, "P6\n1 2\n255\nabcdef");
  check_picture(path, (dpb_hwc){2, 1, 3}, (const uint8_t *)"abcdef");
  write_file(path, "P5\n3 1\n3\n\0\1\3", 12);
  check_picture(path, (dpb_hwc){1, 3, 1}, (const uint8_t[]){0, 85, 255});
  write_file(path, "P5\n2 1\n65535\n\x80\x80\xff\xff", 17);
  check_picture(path, (dpb_hwc){1, 2, 1}, (const uint8_t[]){128, 255});
}

/* A packed file's size says nothing of the image's. */
static void reads_gzip(void **state) {
  (void)state;
  static uint8_t bytes[4096] = "P5 64 62 255 ", packed[4096];
  const size_t size = gzip_bytes(bytes, 13 + 64 * 62, packed, sizeof packed);
  assert_true(size < 100);
  write_file(in_folder("a.pgm.gz"), packed, size);
  dpb__picture picture;
  assert_ok(dpb__picture_read(in_folder("a.pgm.gz"), &picture));
  assert_int_equal(picture.size.h, 62);
  assert_int_equal(picture.size.w, 64);
  assert_int_equal(picture.bytes[64 * 62 - 1], 0);
  free(picture.bytes);
}

static void refuses_bad_pnm(void **state) {
  (void)state;
  const char *path = in_folder("a.pgm");
  write_text(path, "P5\n3 2\n255\nabcde");
  check_refused(path, DPB_ERR_FORMAT, "2x3x1, more than a file of its size");
  write_text(path, "P5\n16000 16000\n255\nabcde");
  check_refused(path, DPB_ERR_FORMAT, "16000x16000x1, more than");
  write_text(path, "P5\n99999 1\n255\nabcde");
  check_refused(path, DPB_ERR_SIZE, "1x99999 pixels, 1 to 16384");
  write_text(path, "P5\n0 1\n255\nabcde");
  check_refused(path, DPB_ERR_SIZE, "1x0 pixels");
  write_text(path, "P5\n3\n");
  check_refused(path, DPB_ERR_FORMAT, "malformed P5 header");
  write_text(path, "P5\n1 1\n0\na");
  check_refused(path, DPB_ERR_FORMAT, "malformed P5 header");
  write_text(path, "P5\n2 1\n99\n\x01z");
  check_refused(path, DPB_ERR_DATA, "value 1 is 122, above the largest, 99");
  write_text(path, "P2\n1 1\n255\n7\n");
  check_refused(path, DPB_ERR_UNSUPPORTED, "plain PGM");
  write_text(path, "\xff\xd8\xff\xe0 etc");
  check_refused(path, DPB_ERR_UNSUPPORTED, "JPEG");
  write_text(path, "something");
  check_refused(path, DPB_ERR_FORMAT, "is no PNG, PGM or PPM");
  write_text(path, "");
  check_refused(path, DPB_ERR_FORMAT, "empty");
  check_refused(in_folder("none.png"), DPB_ERR_NOT_FOUND, "cannot open");
}

static void reads_png(void **state) {
  (void)state;
  if (no_png()) skip();
  const char *path = in_folder("a.png");
  uint8_t png[4000];
  static const uint8_t lines[] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120};
  static const struct {
    png_spec spec;
    size_t line;
    dpb_hwc size;
    uint8_t bytes[12];
  } cases[] = {
      {{3, 2, 8, PNG_GREY, NULL, 0}, 3, {2, 3, 1}, {10, 20, 30, 40, 50, 60}},
      {{2, 2, 8, PNG_RGB, NULL, 0},
       6,
       {2, 2, 3},
       {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120}},
      {{1, 3, 8, PNG_RGBA, NULL, 0},
       4,
       {3, 1, 3},
       {10, 20, 30, 50, 60, 70, 90, 100, 110}},
      {{2, 3, 8, PNG_GREY_ALPHA, NULL, 0}, 4, {3, 2, 1}, {10, 30, 50, 70, 90, 110}},
      /* 16 bits: 0x0a14 of 0xffff is 10.04 of 255, and so on */
      {{2, 1, 16, PNG_GREY, NULL, 0}, 4, {1, 2, 1}, {10, 30}},
      /* 4 bits: 10 is 0, 10; 20 is 1, 4 */
      {{4, 1, 4, PNG_GREY, NULL, 0}, 2, {1, 4, 1}, {0, 170, 17, 68}},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    write_file(path, png, make_png(&cases[i].spec, lines, cases[i].line, png));
    check_picture(path, cases[i].size, cases[i].bytes);
  }
  static const uint8_t palette[] = {1, 2, 3, 250, 251, 252};
  png_spec coloured = {8, 1, 1, PNG_PALETTE, palette, 2};
  write_file(path, png, make_png(&coloured, (const uint8_t[]){0x40}, 1, png));
  check_picture(path, (dpb_hwc){1, 8, 3},
                (const uint8_t[]){1, 2, 3, 250, 251, 252, 1, 2, 3, 1, 2, 3,
                                  1, 2, 3, 1,   2,   3,   1, 2, 3, 1, 2, 3});
}

static void refuses_broken_png(void **state) {
  (void)state;
  if (no_png()) skip();
  const char *path = in_folder("a.png");
  uint8_t png[4000];
  png_spec spec = {8, 8, 8, PNG_GREY, NULL, 0};
  uint8_t lines[16 * 8]; /* make_png takes so many at most */
  for (size_t i = 0; i < sizeof lines; i++) lines[i] = (uint8_t)(i * i * 7);
  size_t size = make_png(&spec, lines, 8, png);
  for (size_t cut = 4; cut < size; cut++) { /* wherever it is cut */
    write_file(path, png, cut);
    check_refused(path, DPB_ERR_FORMAT, "broken PNG: ");
  }
  png[size - 12 - 4 - 10] ^= 0x55; /* in the packed lines: the checksum tells */
  write_file(path, png, size);
  check_refused(path, DPB_ERR_FORMAT, "broken PNG: ");
  spec.width = spec.height = 16384;
  write_file(path, png, make_png(&spec, lines, 8, png));
  check_refused(path, DPB_ERR_FORMAT, "16384x16384x1, more than a file of its size");
  spec.width = 20000; /* libpng's own limit, which is set to ours */
  write_file(path, png, make_png(&spec, lines, 8, png));
  check_refused(path, DPB_ERR_FORMAT, "broken PNG: ");
}

/* Texts are passed over, however much they would unpack to. */
static void passes_over_texts(void **state) {
  (void)state;
  if (no_png()) skip();
  static uint8_t zeros[1 << 20], text[8000] = "a\0";
  uint8_t png[4000], with_text[12000];
  const png_spec spec = {1, 1, 8, PNG_GREY, NULL, 0};
  const size_t size = make_png(&spec, (const uint8_t[]){7}, 1, png);
  uLongf length = sizeof text - 3;
  assert_int_equal(compress(text + 3, &length, zeros, sizeof zeros), Z_OK);
  memcpy(with_text, png, 33); /* signature and IHDR */
  size_t at = 33 + put_chunk(with_text + 33, "zTXt", text, length + 3);
  memcpy(with_text + at, png + 33, size - 33);
  write_file(in_folder("a.png"), with_text, at + size - 33);
  check_picture(in_folder("a.png"), (dpb_hwc){1, 1, 1}, (const uint8_t[]){7});
}

static void tells_when_png_is_missing(void **state) {
  (void)state;
  if (dpb_png_version() != NULL) {
    assert_true(dpb_png_version()[0] == '1');
    return;
  }
  const char *path = in_folder("a.png");
  write_png(path, 2, 2, 0);
  check_refused(path, DPB_ERR_UNSUPPORTED, "is built without libpng");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(reads_pnm, remove_files),
      cmocka_unit_test_teardown(reads_gzip, remove_files),
      cmocka_unit_test_teardown(refuses_bad_pnm, remove_files),
      cmocka_unit_test_teardown(reads_png, remove_files),
      cmocka_unit_test_teardown(refuses_broken_png, remove_files),
      cmocka_unit_test_teardown(passes_over_texts, remove_files),
      cmocka_unit_test_teardown(tells_when_png_is_missing, remove_files),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
