/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include <deepblas/images.h>
#include <deepblas/npz.h>

#include "picture_fixture.h"

static const dpb_hwc size = {2, 3, 1};

static dpb_images *load(const char *path, dpb_images_format format, dpb_hwc of) {
  dpb_images *images = NULL;
  assert_ok(dpb_images_load(path, format, of, &images));
  return images;
}

static void check_refused(const char *path, dpb_images_format format, dpb_hwc of,
                          dpb_status status, const char *text) {
  dpb_images *images = (dpb_images *)&images;
  assert_fails(dpb_images_load(path, format, of, &images), status, text);
  assert_null(images);
}

static void reads_pictures(void **state) {
  (void)state;
  dpb_batch batch;
  const char *const paths[] = {in_folder("a.png"), in_folder("a.pgm")};
  write_png(paths[0], 3, 2, 7);
  write_pgm(paths[1], 3, 2, 7);
  for (int i = 0; i < 2; i++) {
    dpb_images *images = load(paths[i], DPB_IMAGES_BY_CONTENT, size);
    assert_int_equal(dpb_images_count(images), 1);
    assert_ok(dpb_images_batch(images, 0, 1, &batch));
    assert_int_equal(batch.n, 1);
    assert_null(batch.features);
    assert_true(batch.scale == 1.0f / 255.0f);
    assert_memory_equal(batch.pixels, ((uint8_t[]){7, 8, 9, 10, 11, 12}), 6);
    dpb_images_destroy(images);
  }
  check_refused(paths[0], DPB_IMAGES_BY_CONTENT, (dpb_hwc){3, 2, 1}, DPB_ERR_SHAPE,
                "is 2x3x1 (height, width, channels), the network takes 3x2x1");
}

static void reads_arrays(void **state) {
  (void)state;
  const char *path = in_folder("a.npy");
  const float numbers[12] = {0, 0.5f, 1, -1, 2, 3, 4, 5, 6, 7, 8, 9};
  const dpb_shape shapes[] = {{2, {2, 3}},    {3, {2, 3, 1}},    {1, {6}},
                              {3, {2, 2, 3}}, {4, {2, 2, 3, 1}}, {2, {2, 6}}};
  dpb_batch batch;
  for (int i = 0; i < 6; i++) {
    assert_ok(dpb_npy_save_floats(path, &shapes[i], numbers));
    dpb_images *images = load(path, DPB_IMAGES_BY_CONTENT, size);
    assert_int_equal(dpb_images_count(images), i < 3 ? 1 : 2);
    assert_ok(dpb_images_batch(images, i < 3 ? 0 : 1, 1, &batch));
    assert_null(batch.pixels);
    assert_memory_equal(batch.features, numbers + (i < 3 ? 0 : 6), 6 * sizeof(float));
    dpb_images_destroy(images);
  }
  const uint8_t bytes[6] = {1, 2, 3, 4, 5, 255};
  assert_ok(dpb_npy_save_bytes(path, &(dpb_shape){2, {2, 3}}, bytes));
  dpb_images *images = load(path, DPB_IMAGES_BY_CONTENT, size);
  assert_ok(dpb_images_batch(images, 0, 1, &batch));
  assert_memory_equal(batch.pixels, bytes, 6);
  dpb_images_destroy(images);
}

static void refuses_arrays(void **state) {
  (void)state;
  const char *path = in_folder("bad.npy");
  float numbers[12] = {0};
  assert_ok(dpb_npy_save_floats(path, &(dpb_shape){2, {3, 2}}, numbers));
  check_refused(path, DPB_IMAGES_BY_CONTENT, size, DPB_ERR_SHAPE,
                "its array is (3, 2), and the network takes images of 2x3x1");
  assert_ok(dpb_npy_save_floats(path, &(dpb_shape){4, {1, 2, 2, 3}}, numbers));
  check_refused(path, DPB_IMAGES_BY_CONTENT, size, DPB_ERR_SHAPE, "(1, 2, 2, 3)");
  numbers[8] = NAN;
  assert_ok(dpb_npy_save_floats(path, &(dpb_shape){3, {2, 2, 3}}, numbers));
  check_refused(path, DPB_IMAGES_BY_CONTENT, size, DPB_ERR_DATA,
                "number 2 of image 1 is nan");
}

static void reads_raw(void **state) {
  (void)state;
  const char *path = in_folder("a.raw");
  dpb_batch batch;
  write_file(path, "abcdefABCDEF", 12);
  dpb_images *images = load(path, DPB_IMAGES_RAW, size);
  assert_int_equal(dpb_images_count(images), 2);
  assert_ok(dpb_images_batch(images, 0, 2, &batch));
  assert_memory_equal(batch.pixels, "abcdefABCDEF", 12);
  assert_fails(dpb_images_batch(images, 1, 2, &batch), DPB_ERR_ARG,
               "2 from image 1 on, of 2");
  assert_fails(dpb_images_batch(images, 2, 1, &batch), DPB_ERR_ARG, "image 2");
  assert_fails(dpb_images_batch(images, 0, 0, &batch), DPB_ERR_ARG, "0 from");
  dpb_images_destroy(images);
  write_file(path, "abcdefA", 7);
  check_refused(path, DPB_IMAGES_RAW, size, DPB_ERR_SHAPE,
                "holds 7 bytes, which are no whole images of 2x3x1 (6 bytes each)");
  write_file(path, "", 0);
  check_refused(path, DPB_IMAGES_RAW, size, DPB_ERR_SHAPE, "holds 0 bytes");
}

/* More than one piece, and memory that grows with it. */
static void reads_much_raw(void **state) {
  (void)state;
  const char *path = in_folder("much.raw");
  static char bytes[300000];
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (char)(i * 7 % 251);
  write_file(path, bytes, sizeof bytes);
  dpb_images *images = load(path, DPB_IMAGES_RAW, (dpb_hwc){100, 100, 3});
  dpb_batch batch;
  assert_int_equal(dpb_images_count(images), 10);
  assert_ok(dpb_images_batch(images, 9, 1, &batch));
  assert_memory_equal(batch.pixels, bytes + 270000, 30000);
  dpb_images_destroy(images);
}

static void refuses(void **state) {
  (void)state;
  dpb_images *images;
  dpb_batch batch;
  const char *path = in_folder("x.txt");
  write_file(path, "hello", 5);
  check_refused(path, DPB_IMAGES_BY_CONTENT, size, DPB_ERR_FORMAT, "is no PNG, PGM");
  check_refused(in_folder("none"), DPB_IMAGES_BY_CONTENT, size, DPB_ERR_NOT_FOUND,
                "none");
  check_refused(in_folder("none"), DPB_IMAGES_RAW, size, DPB_ERR_NOT_FOUND, "none");
  check_refused(NULL, DPB_IMAGES_RAW, size, DPB_ERR_ARG, "path is NULL");
  check_refused(path, (dpb_images_format)7, size, DPB_ERR_ARG, "format 7");
  check_refused(path, DPB_IMAGES_RAW, (dpb_hwc){0, 1, 1}, DPB_ERR_ARG, "0x1x1");
  check_refused(path, DPB_IMAGES_RAW, (dpb_hwc){1, 0, 1}, DPB_ERR_ARG, "1x0x1");
  check_refused(path, DPB_IMAGES_RAW, (dpb_hwc){1, 1, 0}, DPB_ERR_ARG, "1x1x0");
  check_refused(path, DPB_IMAGES_RAW, (dpb_hwc){INT32_MAX, INT32_MAX, INT32_MAX},
                DPB_ERR_ARG, "2147483647x");
  assert_fails(dpb_images_load(path, DPB_IMAGES_RAW, size, NULL), DPB_ERR_ARG, "NULL");
  assert_fails(dpb_images_batch(NULL, 0, 1, &batch), DPB_ERR_ARG, "images is NULL");
  write_file(path, "abcdef", 6);
  images = load(path, DPB_IMAGES_RAW, size);
  assert_fails(dpb_images_batch(images, 0, 1, NULL), DPB_ERR_ARG, "batch is NULL");
  dpb_images_destroy(images);
  dpb_images_destroy(NULL);
  assert_int_equal(dpb_images_count(NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_pictures), cmocka_unit_test(reads_arrays),
      cmocka_unit_test(refuses_arrays), cmocka_unit_test(reads_raw),
      cmocka_unit_test(reads_much_raw), cmocka_unit_test(refuses),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
