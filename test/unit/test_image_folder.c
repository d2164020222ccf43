/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "picture_fixture.h"

static void folder(const char *name) {
  assert_int_equal(mkdir(in_folder(name), 0700), 0);
}

/* Removes the folders of the folder as well. */
static int remove_tree(void **state) {
  char command[300];
  (void)state;
  snprintf(command, sizeof command, "rm -rf '%s'/*", file_folder);
  return system(command);
}

static void reads_classes_in_order(void **state) {
  (void)state;
  folder("dog");
  folder("cat");
  write_pgm(in_folder("dog/b.pgm"), 3, 2, 50);
  write_pgm(in_folder("dog/a.PGM"), 3, 2, 40);
  write_pgm(in_folder("cat/z.pgm"), 3, 2, 10);
  write_file(in_folder("cat/readme.txt"), "x", 1);
  write_file(in_folder("cat/.hidden.pgm"), "x", 1);
  write_file(in_folder("note.pgm"), "x", 1);
  dpb_dataset *d;
  errno = 77;
  assert_ok(dpb_dataset_load_images(file_folder, NULL, &d));
  assert_int_equal(errno, 77);
  assert_int_equal(dpb_dataset_count(d), 3);
  assert_int_equal(dpb_dataset_classes(d), 2);
  assert_string_equal(dpb_dataset_class_name(d, 0), "cat");
  assert_string_equal(dpb_dataset_class_name(d, 1), "dog");
  dpb_hwc s = dpb_dataset_sample_shape(d);
  assert_true(s.h == 2 && s.w == 3 && s.c == 1);
  dpb_batch b;
  assert_ok(dpb_dataset_batch(d, 0, 3, &b));
  static const uint8_t pixels[] = {10, 11, 12, 13, 14, 15, 40, 41, 42,
                                   43, 44, 45, 50, 51, 52, 53, 54, 55};
  assert_memory_equal(b.pixels, pixels, sizeof pixels);
  assert_memory_equal(b.labels, ((int32_t[]){0, 1, 1}), 12);
  assert_true(b.scale == 1.0f / 255.0f);
  dpb_dataset_destroy(d);
}

static void reads_png(void **state) {
  (void)state;
  if (no_png()) skip();
  char name[32];
  folder("one");
  folder("two");
  for (int i = 0; i < 40; i++) { /* more than the first guess */
    snprintf(name, sizeof name, "%s/%02d.png", i < 30 ? "one" : "two", i);
    write_png(in_folder(name), 4, 4, (uint8_t)i);
  }
  dpb_dataset *d;
  assert_ok(dpb_dataset_load_images(file_folder, NULL, &d));
  assert_int_equal(dpb_dataset_count(d), 40);
  dpb_batch b;
  assert_ok(dpb_dataset_batch(d, 0, 40, &b));
  for (int i = 0; i < 40; i++) {
    assert_int_equal(b.pixels[16 * i + 5], i + 5);
    assert_int_equal(b.labels[i], i >= 30);
  }
  dpb_dataset_destroy(d);
  assert_int_equal(truncate(in_folder("two/35.png"), 60), 0);
  assert_fails(dpb_dataset_load_images(file_folder, NULL, &d), DPB_ERR_FORMAT,
               "two/35.png: broken PNG: ");
  assert_null(d);
}

static void classes_may_come_from_another_folder(void **state) {
  (void)state;
  static const char *const folders[] = {"train", "train/a", "train/b", "train/c",
                                        "test",  "test/c",  "test/a"};
  for (size_t i = 0; i < 7; i++) folder(folders[i]);
  write_pgm(in_folder("test/c/1.pgm"), 1, 1, 3);
  write_pgm(in_folder("test/a/1.pgm"), 1, 1, 1);
  dpb_dataset *d;
  assert_ok(dpb_dataset_load_images(in_folder("test"), in_folder("train"), &d));
  assert_int_equal(dpb_dataset_classes(d), 3);
  assert_memory_equal(dpb_dataset_labels(d), ((int32_t[]){0, 2}), 8);
  assert_string_equal(dpb_dataset_class_name(d, 1), "b");
  dpb_dataset_destroy(d);
  folder("test/x");
  assert_fails(dpb_dataset_load_images(in_folder("test"), in_folder("train"), &d),
               DPB_ERR_DATA, "test/x: there is no such class in ");
}

static void refuses(void **state) {
  (void)state;
  dpb_dataset *d = (dpb_dataset *)&d;
  assert_fails(dpb_dataset_load_images(file_folder, NULL, &d), DPB_ERR_DATA,
               "holds 0 class folders");
  assert_null(d);
  folder("a");
  folder("b");
  write_pgm(in_folder("a/1.pgm"), 3, 2, 0);
  assert_fails(dpb_dataset_load_images(file_folder, NULL, &d), DPB_ERR_DATA,
               "/b: the folder of a class holds no images");
  write_pgm(in_folder("b/1.pgm"), 2, 3, 0);
  assert_fails(dpb_dataset_load_images(file_folder, NULL, &d), DPB_ERR_DATA,
               "b/1.pgm: is 3x2x1 (height, width, channels), but ");
  assert_message("a/1.pgm is 2x3x1; all images must have one size");
  write_file(in_folder("b/1.pgm"), "P6\n3 2\n255\n123456789012345678", 29);
  assert_fails(dpb_dataset_load_images(file_folder, NULL, &d), DPB_ERR_DATA,
               "b/1.pgm: is 2x3x3 ");
  write_file(in_folder("b/1.pgm"), "nothing", 7);
  assert_fails(dpb_dataset_load_images(file_folder, NULL, &d), DPB_ERR_FORMAT,
               "b/1.pgm: is no PNG, PGM or PPM image");
  write_file(in_folder("b/0.JPG"), "nothing", 7);
  assert_fails(dpb_dataset_load_images(file_folder, NULL, &d), DPB_ERR_UNSUPPORTED,
               "b/0.JPG: only PNG, PGM and PPM");
  assert_fails(dpb_dataset_load_images(in_folder("none"), NULL, &d), DPB_ERR_NOT_FOUND,
               "none: cannot open");
  assert_fails(dpb_dataset_load_images(NULL, NULL, &d), DPB_ERR_ARG, "folder is NULL");
  assert_fails(dpb_dataset_load_images("x", NULL, NULL), DPB_ERR_ARG, "out-pointer");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(reads_classes_in_order, remove_tree),
      cmocka_unit_test_teardown(reads_png, remove_tree),
      cmocka_unit_test_teardown(classes_may_come_from_another_folder, remove_tree),
      cmocka_unit_test_teardown(refuses, remove_tree),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
