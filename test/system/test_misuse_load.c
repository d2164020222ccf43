/* SPDX-License-Identifier: MIT
 *
 * Misuse of the readers of data: nothing to read from, settings that cannot be, paths of
 * all wrong kinds. And OpenBLAS's settings.
 */
#include <unistd.h>

#include "misuse.h"

static dpb_dataset *made, *other;
static char csv[300];

static int set_up(void **state) {
  (void)state;
  const char *root = getenv("TMPDIR");
  snprintf(csv, sizeof csv, "%s/deepblas-misuse-XXXXXX", root ? root : "/tmp");
  const int file = mkstemp(csv);
  const char text[] = "1,2,0\n3,4,1\n5,6,0\n";
  assert_true(file >= 0);
  assert_int_equal(write(file, text, sizeof text - 1), sizeof text - 1);
  close(file);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  return unlink(csv);
}

/* A path that is no such thing, whatever the reader. */
#define not_there "/no/such/place"

static void test_readers(void **state) {
  (void)state;
  refuse_made(made, dpb_dataset_load_idx(NULL, csv, &made), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_idx(csv, NULL, &made), ARG, "NULL");
  refuse(dpb_dataset_load_idx(csv, csv, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_idx(not_there, not_there, &made), NOT_FOUND,
              not_there);
  refuse_made(made, dpb_dataset_load_idx(csv, csv, &made), FORMAT, csv);
  refuse_made(made, dpb_dataset_load_idx("", "", &made), NOT_FOUND, "");
  refuse_made(made, dpb_dataset_load_mnist(NULL, DPB_TRAIN, &made), ARG, "NULL");
  refuse(dpb_dataset_load_mnist(not_there, DPB_TRAIN, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_mnist(not_there, DPB_TRAIN, &made), NOT_FOUND,
              not_there);
  refuse_made(made, dpb_dataset_load_mnist(not_there, (dpb_split)2, &made), ARG, "2");
  refuse_made(made, dpb_dataset_load_mnist(csv, (dpb_split)-1, &made), ARG, "-1");
  refuse_made(made, dpb_dataset_load_cifar10(NULL, DPB_TRAIN, &made), ARG, "NULL");
  refuse(dpb_dataset_load_cifar10(csv, DPB_TRAIN, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_cifar10(not_there, DPB_TRAIN, &made), NOT_FOUND,
              not_there);
  refuse_made(made, dpb_dataset_load_cifar10(csv, DPB_TRAIN, &made), FORMAT, csv);
  refuse_made(made, dpb_dataset_load_cifar10(csv, (dpb_split)7, &made), ARG, "7");
  refuse_made(made, dpb_dataset_load_images(NULL, NULL, &made), ARG, "NULL");
  refuse(dpb_dataset_load_images("/tmp", NULL, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_images(not_there, NULL, &made), NOT_FOUND,
              not_there);
  refuse_made(made, dpb_dataset_load_images("/tmp", not_there, &made), NOT_FOUND,
              not_there);
  expect(dpb_png_version() == NULL || strlen(dpb_png_version()) > 2);
}

#define csv_with(...) dpb_dataset_load_csv(csv, &(dpb_csv_config){__VA_ARGS__}, &made)

static void test_csv(void **state) {
  (void)state;
  const dpb_csv_config plain = {0};
  accept(dpb_dataset_load_csv(csv, NULL, &made)); /* as all zero */
  dpb_dataset_destroy(made);
  refuse_made(made, dpb_dataset_load_csv(NULL, &plain, &made), ARG, "path is NULL");
  refuse(dpb_dataset_load_csv(csv, &plain, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_csv(not_there, &plain, &made), NOT_FOUND, not_there);
  refuse_made(made, dpb_dataset_load_csv("/tmp", &plain, &made), IO, "/tmp");
  refuse_made(made, csv_with(.label = ""), DATA, "column ''");
  refuse_made(made, csv_with(.label = "0"), DATA, "column 0");
  refuse_made(made, csv_with(.label = "4"), DATA, "column 4");
  refuse_made(made, csv_with(.label = "99999999999999999999"), DATA, "9999");
  refuse_made(made, csv_with(.label = "species"), DATA, "species");
  refuse_made(made, csv_with(.header = 2), ARG, "header is 2");
  refuse_made(made, csv_with(.header = INT_MIN), ARG, "header is -2147483648");
  refuse_made(made, csv_with(.separator = '"'), ARG, "character 34");
  refuse_made(made, csv_with(.separator = '\n'), ARG, "character 10");
  refuse_made(made, csv_with(.sample = {1, 1, 3}), SHAPE, "1x1x3");
  refuse_made(made, csv_with(.sample = {-1, 1, 2}), SHAPE, "-1x1x2");
  refuse_made(made, csv_with(.sample = {INT_MAX, INT_MAX, INT_MAX}), SHAPE, "2147483647");
}

static void test_arrays(void **state) {
  (void)state;
  const dpb_array_config plain = {0};
  refuse_made(made, dpb_dataset_load_npz(NULL, DPB_TRAIN, &plain, &made), ARG,
              "path is NULL");
  refuse_made(made, dpb_dataset_load_npz(not_there, DPB_TRAIN, NULL, &made), NOT_FOUND,
              not_there);
  refuse(dpb_dataset_load_npz(csv, DPB_TRAIN, &plain, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_npz(csv, (dpb_split)2, &plain, &made), ARG, "2");
  refuse_made(made, dpb_dataset_load_npz(csv, DPB_TRAIN, &plain, &made), FORMAT, csv);
  refuse_made(made, dpb_dataset_load_npy(NULL, csv, &plain, &made), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_npy(csv, NULL, &plain, &made), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_npy(csv, csv, NULL, &made), FORMAT, csv);
  refuse(dpb_dataset_load_npy(csv, csv, &plain, NULL), ARG, "NULL");
  refuse_made(made, dpb_dataset_load_npy(not_there, not_there, &plain, &made), NOT_FOUND,
              not_there);
}

#define data_with(...)                                                                   \
  dpb_data_load(&(dpb_data_config){__VA_ARGS__}, DPB_TRAIN, &made, NULL)

static void test_data(void **state) {
  (void)state;
  const dpb_data_config config = {.path = csv};
  accept(dpb_data_load(&config, DPB_TRAIN, &made, NULL));
  dpb_dataset_destroy(made);
  refuse_made(made, dpb_data_load(NULL, DPB_TRAIN, &made, NULL), ARG, "config is NULL");
  refuse(dpb_data_load(&config, DPB_TRAIN, NULL, NULL), ARG, "NULL");
  refuse_made(made, dpb_data_load(&config, (dpb_split)2, &made, NULL), ARG, "split 2");
  refuse_made(made, data_with(.path = NULL), ARG, "path is NULL");
  refuse_made(made, data_with(.path = ""), ARG, "path is empty");
  refuse_made(made, data_with(.path = not_there), NOT_FOUND, not_there);
  refuse_made(made, data_with(.path = csv, .format = (dpb_data_format)7), ARG, "7");
  refuse_made(made, data_with(.path = csv, .format = (dpb_data_format)-1), ARG, "-1");
  refuse_made(made, data_with(.path = csv, .scaling = (dpb_scaling_kind)3), ARG, "3");
  refuse_made(made, data_with(.path = csv, .test_share = 1), ARG, "test_share is 1");
  refuse_made(made, data_with(.path = csv, .test_share = -0.1), ARG,
              "test_share is -0.1");
  refuse_made(made, data_with(.path = csv, .test_share = (double)NAN), ARG,
              "test_share is nan");
  refuse_made(made, data_with(.path = csv, .format = DPB_DATA_NPZ), FORMAT, csv);
  refuse_made(made, dpb_data_load_both(NULL, &made, &other, NULL), ARG, "config is NULL");
  refuse_made(other, dpb_data_load_both(&config, NULL, &other, NULL), ARG, "NULL");
  refuse_made(made, dpb_data_load_both(&config, &made, NULL, NULL), ARG, "NULL");
  expect(strcmp(dpb_data_format_name((dpb_data_format)-1), "unknown") == 0);
  expect(strcmp(dpb_data_format_name((dpb_data_format)INT_MAX), "unknown") == 0);
}

static void test_images(void **state) {
  (void)state;
  const dpb_hwc size = {2, 3, 1}; /* 18 bytes of CSV are three such images */
  dpb_images *images;
  dpb_batch batch;
  refuse_made(images, dpb_images_load(NULL, DPB_IMAGES_RAW, size, &images), ARG,
              "path is NULL");
  refuse(dpb_images_load(csv, DPB_IMAGES_RAW, size, NULL), ARG, "images is NULL");
  refuse_made(images, dpb_images_load(csv, (dpb_images_format)2, size, &images), ARG,
              "format 2");
  refuse_made(images, dpb_images_load(csv, (dpb_images_format)-1, size, &images), ARG,
              "-1");
  refuse_made(images, dpb_images_load(csv, DPB_IMAGES_RAW, (dpb_hwc){0, 3, 1}, &images),
              ARG, "0x3x1");
  refuse_made(
      images,
      dpb_images_load(csv, DPB_IMAGES_RAW, (dpb_hwc){INT_MAX, INT_MAX, INT_MAX}, &images),
      ARG, "2147483647");
  refuse_made(images, dpb_images_load(csv, DPB_IMAGES_RAW, (dpb_hwc){5, 1, 1}, &images),
              SHAPE, csv);
  refuse_made(images, dpb_images_load(not_there, DPB_IMAGES_RAW, size, &images),
              NOT_FOUND, not_there);
  expect(dpb_images_count(NULL) == 0);
  refuse(dpb_images_batch(NULL, 0, 1, &batch), ARG, "images is NULL");
  accept(dpb_images_load(csv, DPB_IMAGES_RAW, size, &images));
  expect(dpb_images_count(images) == 3);
  refuse(dpb_images_batch(images, 0, 1, NULL), ARG, "batch is NULL");
  refuse(dpb_images_batch(images, 0, 0, &batch), ARG, "0 from image 0");
  refuse(dpb_images_batch(images, 0, INT_MIN, &batch), ARG, "-2147483648");
  refuse(dpb_images_batch(images, 3, 1, &batch), ARG, "image 3");
  refuse(dpb_images_batch(images, SIZE_MAX, 1, &batch), ARG, "18446744073709551615");
  refuse(dpb_images_batch(images, 1, INT_MAX, &batch), ARG, "2147483647");
  dpb_images_destroy(images);
  dpb_images_destroy(NULL);
}

static void test_places_and_blas(void **state) {
  (void)state;
  char text[4] = "was";
  refuse(dpb_sample_folder(NULL, 10), ARG, "NULL");
  refuse(dpb_sample_folder(text, 0), ARG, "0");
  dpb_blas_get_info(NULL);
  dpb_blas_advise(NULL);
  expect(dpb_default_threads() >= 1);
  /* The user's choice is respected: nothing is done, and argv is not looked at. */
  assert_int_equal(setenv("OPENBLAS_CORETYPE", "Haswell", 1), 0);
  accept(dpb_blas_use_best_core(NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_readers), misuse_test(test_csv),
      misuse_test(test_arrays),  misuse_test(test_data),
      misuse_test(test_images),  misuse_test(test_places_and_blas),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
