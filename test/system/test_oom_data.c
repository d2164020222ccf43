/* SPDX-License-Identifier: MIT
 *
 * Data of every format when memory runs out: nothing is held, and that is what is said.
 */
#include "oom.h"

#include <sys/stat.h>
#include <unistd.h>

#include <deepblas/deepblas.h>

static char folder[256];
static char csv_path[512], npz_path[512], npy_folder[512], images_folder[512],
    cifar_path[512], csv_folder[512];

static void path_of(const char *name, char path[512]) {
  snprintf(path, 512, "%s/%s", folder, name);
}

static void put(const char *name, const void *bytes, size_t size) {
  char path[512];
  path_of(name, path);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(bytes, 1, size, file), size);
  assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name, char path[512]) {
  path_of(name, path);
  assert_int_equal(mkdir(path, 0700), 0);
}

/* A grey PNG of 2 x 2 pixels. */
static const uint8_t png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d,
    0x49, 0x48, 0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x02,
    0x08, 0x00, 0x00, 0x00, 0x00, 0x57, 0xdd, 0x52, 0xf8, 0x00, 0x00, 0x00,
    0x0e, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0x60, 0x60, 0x64, 0x60,
    0x62, 0x06, 0x00, 0x00, 0x11, 0x00, 0x07, 0x83, 0xca, 0x64, 0x64, 0x00,
    0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82};

static void make_images(void) {
  static const char pgm[] = "P5\n2 2\n255\nabcd";
  char path[512];
  make_folder("images", images_folder);
  make_folder("images/a", path);
  make_folder("images/b", path);
  for (int i = 0; i < 4; i++) {
    char name[32];
    snprintf(name, sizeof name, "images/%c/%d", i % 2 ? 'a' : 'b', i);
    strcat(name, dpb_png_version() && i > 1 ? ".png" : ".pgm");
    if (dpb_png_version() && i > 1)
      put(name, png, sizeof png);
    else
      put(name, pgm, sizeof pgm - 1);
  }
}

static void make_arrays(void) {
  static const float x[] = {1, 2, 3, 4, 5, 6};
  static const int64_t y[] = {0, 1, 0, 1, 0, 1};
  char path[512];
  const dpb_shape shape = {1, {6}};
  dpb_npz_writer *writer;
  path_of("a.npz", npz_path);
  must(dpb_npz_writer_open(npz_path, 1, &writer));
  must(dpb_npz_write_floats(writer, "x", &shape, x));
  must(dpb_npz_write_ints(writer, "y", &shape, y));
  must(dpb_npz_writer_close(writer));
  make_folder("npy", npy_folder);
  path_of("npy/x.npy", path);
  must(dpb_npy_save_floats(path, &shape, x));
  path_of("npy/y.npy", path);
  must(dpb_npy_save_bytes(path, &shape, (const uint8_t[]){0, 1, 0, 1, 0, 1}));
}

static int set_up(void **state) {
  (void)state;
  static const char csv[] = "f,class\n1,a\n2,b\n3,a\n4,b\n5,a\n6,b\n";
  static uint8_t records[4 * 3073];
  static const char names[] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n";
  const char *base = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/deepblas-oom-XXXXXX", base ? base : "/tmp");
  if (!mkdtemp(folder)) return -1;
  work_in(folder);
  path_of("a.csv", csv_path);
  path_of("a.bin", cifar_path);
  put("a.csv", csv, sizeof csv - 1);
  make_folder("set", csv_folder);
  put("set/train.csv", csv, sizeof csv - 1);
  put("set/test.csv", csv, sizeof csv - 1);
  for (size_t i = 0; i < 4; i++) records[i * 3073] = i % 2;
  put("a.bin", records, sizeof records);
  put("batches.meta.txt", names, sizeof names - 1);
  make_images();
  make_arrays();
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  char command[300];
  snprintf(command, sizeof command, "rm -r '%s'", folder);
  return system(command) != 0 || !work_was_done();
}

static dpb_data_config config;

static dpb_status load(void) {
  dpb_dataset *train = POISON, *test = POISON;
  dpb_status status = dpb_data_load_both(&config, &train, &test, NULL);
  check_out(status, train);
  check_out(status, test);
  outcome_of_dataset(train);
  outcome_of_dataset(test);
  dpb_dataset_destroy(train);
  dpb_dataset_destroy(test);
  return status;
}

static void test_formats(void **state) {
  (void)state;
  static const struct {
    const char *path;
    dpb_data_format format;
    long requests;
  } cases[] = {
      {csv_path, DPB_DATA_CSV, 12},         {csv_folder, DPB_DATA_CSV, 20},
      {npz_path, DPB_DATA_NPZ, 15},         {npy_folder, DPB_DATA_NPY, 15},
      {images_folder, DPB_DATA_IMAGES, 25}, {cifar_path, DPB_DATA_CIFAR10, 10},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    config = (dpb_data_config){
        .path = cases[i].path, .test_share = 0.5, .scaling = DPB_SCALING_CHANNELS};
    fail_each(load, cases[i].requests);
    dpb_dataset *data;
    dpb_data_info info;
    must(dpb_data_load(&config, DPB_TEST, &data, &info));
    assert_int_equal(info.format, cases[i].format);
    dpb_dataset_destroy(data);
  }
}

static dpb_status turn(void) {
  dpb_dataset *data = POISON;
  const dpb_array_config array = {.channels_first = 1};
  dpb_status status = dpb_dataset_load_npz(npz_path, DPB_TRAIN, &array, &data);
  check_out(status, data);
  if (status == DPB_OK) {
    status = dpb_dataset_set_class_names(data, (const char *const[]){"no", "yes"});
  }
  dpb_dataset *some = POISON;
  if (status == DPB_OK) {
    status = dpb_dataset_select(data, (const uint32_t[]){1, 2}, 2, &some);
    check_out(status, some);
    dpb_dataset_destroy(status == DPB_OK ? some : NULL);
  }
  outcome_of_dataset(data);
  dpb_dataset_destroy(data);
  return status;
}

static void test_turning_and_choosing(void **state) {
  (void)state;
  fail_each(turn, 10);
}

static char image_path[512];
static dpb_images_format image_format;

static dpb_status load_image(void) {
  dpb_images *images = POISON;
  dpb_batch batch;
  dpb_status status =
      dpb_images_load(image_path, image_format, (dpb_hwc){2, 2, 1}, &images);
  check_out(status, images);
  if (status == DPB_OK) {
    must(dpb_images_batch(images, 0, (int)dpb_images_count(images), &batch));
    outcome_of_batch(&batch, 4);
  }
  dpb_images_destroy(images);
  return status;
}

static void test_images(void **state) {
  (void)state;
  const dpb_shape shape = {3, {3, 2, 2}};
  static const float pixels[12] = {1, 0, 0.5f, 0.25f};
  for (int i = 0; i < 4; i++) {
    path_of(i < 2 ? "i" : i == 2 ? "i.npy" : "images/a/3.png", image_path);
    image_format = i == 1 ? DPB_IMAGES_RAW : DPB_IMAGES_BY_CONTENT;
    if (i == 0) put("i", "P5\n2 2\n255\nabcd", 15);
    if (i == 1) put("i", "abcdefgh", 8);
    if (i == 2) must(dpb_npy_save_floats(image_path, &shape, pixels));
    if (i < 3 || dpb_png_version()) fail_each(load_image, 2);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_formats),
      cmocka_unit_test(test_turning_and_choosing),
      cmocka_unit_test(test_images),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
