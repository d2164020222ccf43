/* SPDX-License-Identifier: MIT
 *
 * The errands with files, and the files: small ones, of every format that is read.
 */
#include "byte_order.h"
#include "errands_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { N = 12, ROW = 4 };
static char folder[4200];

const char *errands_folder(void) {
  return folder;
}

const char *errand_path(const char *name) {
  static _Thread_local char path[4300];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  return path;
}

int errand_fold_file(uint64_t *sum, const char *name) {
  char bytes[512];
  const int host_errno = errno;
  FILE *file = fopen(errand_path(name), "rb");
  if (!file) errand_status = DPB_ERR_MEMORY; /* of the C library */
  if (!file) return __LINE__;
  for (size_t n; (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
    errand_fold(sum, bytes, n);
  fclose(file);
  errno = host_errno;
  return 0;
}

/* -- the files */

static int write_file(const char *name, const void *bytes, size_t count) {
  FILE *file = fopen(errand_path(name), "wb");
  if (!file) return 1;
  const size_t written = fwrite(bytes, 1, count, file);
  return (fclose(file) != 0) | (written != count);
}

static int write_csv(void) {
  static const char text[] =
      "a,b,c,class\n0.1,-2.5e-3,1e-39,red\n1234567.891,0.30000000000000004,"
      "-7,blue\n3.4028234e38,1.17549435e-38,16777217,red\n"
      "0.333333333333,2e-45,1e-50,blue\n";
  return write_file("data.csv", text, sizeof text - 1);
}

static int write_pictures(void) {
  static const char *const classes[] = {"cats", "dogs"};
  for (int i = 0; i < 4; i++) {
    char name[64], picture[32] = "P5 3 2 255\n";
    const size_t head = strlen(picture);
    for (int j = 0; j < 6; j++) picture[head + (size_t)j] = (char)(i * 40 + j);
    snprintf(name, sizeof name, "pictures/%s", classes[i % 2]);
    mkdir(errand_path("pictures"), 0700);
    mkdir(errand_path(name), 0700);
    snprintf(name, sizeof name, "pictures/%s/%d.pgm", classes[i % 2], i);
    if (write_file(name, picture, head + 6)) return 1;
  }
  return 0;
}

static int write_cifar10(void) {
  static unsigned char records[2 * 3073];
  for (size_t i = 0; i < sizeof records; i++) records[i] = (unsigned char)(i * 31);
  records[0] = 3;
  records[3073] = 9;
  return write_file("cifar.bin", records, sizeof records);
}

/* An array of float64 as NumPy writes it. */
static int write_doubles(const char *name, double last) {
  unsigned char bytes[128 + 6 * 8];
  char head[119];
  memcpy(bytes, "\x93NUMPY\1\0\x76\0", 10);
  snprintf(head, sizeof head, "%-117s\n",
           "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }");
  memcpy(bytes + 10, head, 118);
  const double values[6] = {0.1, -1e-40, 16777217.0, 1.0 / 3.0, 3e-46, last};
  memcpy(bytes + 128, values, sizeof values);
  little_endian(bytes + 128, sizeof *values, sizeof values);
  return write_file(name, bytes, sizeof bytes);
}

static int write_arrays(void) {
  float x[N * ROW];
  int64_t y[N];
  dpb_npz_writer *writer = NULL;
  int line = 0;
  for (int i = 0; i < N * ROW; i++) x[i] = errand_number(i);
  for (int i = 0; i < N; i++) y[i] = i % 3;
  must(dpb_npz_writer_open(errand_path("data.npz"), 1, &writer));
  must(dpb_npz_write_floats(writer, "x", &(dpb_shape){2, {N, ROW}}, x));
  must(dpb_npz_write_ints(writer, "y", &(dpb_shape){1, {N}}, y));
  line = dpb_npz_writer_close(writer) != DPB_OK;
  writer = NULL;
  must(dpb_npy_save_bytes(errand_path("y.npy"), &(dpb_shape){1, {3}},
                          (const uint8_t[]){0, 1, 2}));
out:
  dpb_npz_writer_abandon(writer);
  return line || write_doubles("x.npy", 3.4e38) || write_doubles("large.npy", 1e300);
}

int errands_begin_named(const char *name) {
  const char *root = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/%sXXXXXX", root ? root : "/tmp", name);
  if (!mkdtemp(folder)) return 1;
  errand_make_numbers();
  return write_csv() || write_pictures() || write_cifar10() || write_arrays();
}

void errands_use(const char *path) {
  snprintf(folder, sizeof folder, "%s", path);
  errand_make_numbers();
}

int errands_begin(void) {
  return errands_begin_named("deepblas-errands-");
}

static void remove_below(const char *path) {
  DIR *dir = opendir(path);
  if (!dir) return;
  for (struct dirent *entry; (entry = readdir(dir));) {
    char below[4600];
    if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..")) continue;
    snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
    if (unlink(below) != 0) remove_below(below);
  }
  closedir(dir);
  rmdir(path);
}

void errands_end(void) {
  remove_below(folder);
}

/* -- the errands */

static int fold_dataset(uint64_t *sum, dpb_dataset *data, int line) {
  dpb_batch batch;
  const dpb_hwc shape = dpb_dataset_sample_shape(data);
  const size_t numbers =
      dpb_dataset_count(data) * (size_t)shape.h * (size_t)shape.w * (size_t)shape.c;
  if (line == 0 &&
      dpb_dataset_batch(data, 0, (int)dpb_dataset_count(data), &batch) == DPB_OK) {
    if (batch.features)
      errand_fold(sum, batch.features, numbers * sizeof(float));
    else
      errand_fold(sum, batch.pixels, numbers);
    errand_fold(sum, &batch.scale, sizeof batch.scale);
    errand_fold(sum, batch.labels, dpb_dataset_count(data) * sizeof *batch.labels);
  }
  dpb_dataset_destroy(data);
  return line;
}

#define load(call)                                                                       \
  dpb_dataset *data = NULL;                                                              \
  int line = 0;                                                                          \
  must(call);                                                                            \
  out:                                                                                   \
  return fold_dataset(sum, data, line)

int errand_csv(uint64_t *sum) {
  load(dpb_dataset_load_csv(errand_path("data.csv"), NULL, &data));
}

int errand_idx(uint64_t *sum) {
  dpb_dataset *data = NULL, *head = NULL;
  char sample[512];
  int line = 0;
  must(dpb_sample_folder(sample, sizeof sample));
  must(dpb_dataset_load_mnist(sample, DPB_TEST, &data));
  must(dpb_dataset_head(data, 50, &head));
out:
  dpb_dataset_destroy(data);
  return fold_dataset(sum, head, line);
}

int errand_npy(uint64_t *sum) {
  char labels[4300];
  snprintf(labels, sizeof labels, "%s/y.npy", folder);
  load(dpb_dataset_load_npy(errand_path("x.npy"), labels, NULL, &data));
}

int errand_npz(uint64_t *sum) {
  load(dpb_data_load(&(dpb_data_config){.path = errand_path("data.npz"),
                                        .scaling = DPB_SCALING_CHANNELS,
                                        .test_share = 0.3},
                     DPB_TRAIN, &data, NULL));
}

int errand_cifar10(uint64_t *sum) {
  load(dpb_dataset_load_cifar10(errand_path("cifar.bin"), DPB_TRAIN, &data));
}

int errand_images_folder(uint64_t *sum) {
  load(dpb_dataset_load_images(errand_path("pictures"), NULL, &data));
}

int errand_picture(uint64_t *sum) {
  dpb_images *images = NULL;
  dpb_batch batch;
  int line = 0;
  must(dpb_images_load(errand_path("pictures/cats/2.pgm"), DPB_IMAGES_BY_CONTENT,
                       (dpb_hwc){2, 3, 1}, &images));
  must(dpb_images_batch(images, 0, 1, &batch));
  if (batch.features)
    errand_fold(sum, batch.features, 6 * sizeof(float));
  else
    errand_fold(sum, batch.pixels, 6);
out:
  dpb_images_destroy(images);
  return line;
}

static int save(uint64_t *sum, int half) {
  dpb_model *model = NULL, *again = NULL;
  const char *name = half ? "half.npz" : "model.npz";
  float w[10 * 4];
  int line = 0;
  must(dpb_model_create(&(dpb_model_config){.input = {1, 1, 10}, .threads = 1}, &model));
  must(dpb_add_text(model, "affine 4, dropout 0.1, batchnorm momentum 0.7, affine 3"));
  must(dpb_model_build(model));
  for (int i = 0; i < 40; i++) w[i] = errand_number(i);
  must(dpb_model_set_parameter(model, "W1", w, 40));
  must(half ? dpb_model_save_half(model, errand_path(name))
            : dpb_model_save(model, errand_path(name)));
  must(dpb_model_load(errand_path(name),
                      &(dpb_model_config){.threads = 2, .inference = 1}, &again));
  must(dpb_model_get_parameter(again, "W1", w, 40));
  errand_fold(sum, w, sizeof w);
  line = errand_fold_file(sum, name);
out:
  dpb_model_destroy(again);
  dpb_model_destroy(model);
  return line;
}

int errand_save(uint64_t *sum) {
  return save(sum, 0);
}

int errand_save_half(uint64_t *sum) {
  return save(sum, 1);
}

/* Numbers that a float cannot hold, files that are none. */
int errand_refused(uint64_t *sum) {
  dpb_dataset *data = NULL;
  dpb_model *model = NULL;
  char labels[4300];
  int line = 0;
  snprintf(labels, sizeof labels, "%s/y.npy", folder);
  must_not(dpb_dataset_load_npy(errand_path("large.npy"), labels, NULL, &data),
           DPB_ERR_DATA);
  must_not(dpb_model_load(errand_path("data.csv"), NULL, &model), DPB_ERR_FORMAT);
  must_not(dpb_model_load(errand_path("none"), NULL, &model), DPB_ERR_NOT_FOUND);
  must_not(dpb_dataset_load_csv(errand_path("y.npy"), NULL, &data), DPB_ERR_FORMAT);
  errand_fold(sum, "refused", 7);
out:
  dpb_dataset_destroy(data);
  dpb_model_destroy(model);
  return line;
}

int errand_scaling(uint64_t *sum) {
  dpb_dataset *data = NULL;
  dpb_scaling *scaling = NULL;
  float x[N * ROW];
  int32_t labels[N];
  int line = 0;
  for (int i = 0; i < N * ROW; i++) x[i] = errand_number(i);
  for (int i = 0; i < N; i++) labels[i] = i % 3;
  must(dpb_dataset_from_floats(N, (dpb_hwc){1, 1, ROW}, x, labels, 3, &data));
  must(dpb_scaling_measure(data, DPB_SCALING_CHANNELS, &scaling));
  errand_fold(sum, dpb_scaling_mean(scaling), ROW * sizeof(double));
  errand_fold(sum, dpb_scaling_deviation(scaling), ROW * sizeof(double));
  must(dpb_scaling_apply(scaling, N, (dpb_hwc){1, 1, ROW}, x, x));
  errand_fold(sum, x, sizeof x);
out:
  dpb_scaling_destroy(scaling);
  dpb_dataset_destroy(data);
  return line;
}
