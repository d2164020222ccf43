/* SPDX-License-Identifier: MIT
 *
 * Misuse of files of arrays and models: npy, npz, saving and loading. (test_misuse_load
 * has the data formats.)
 */
#include <unistd.h>

#include "misuse.h"

static const dpb_hwc vector = {1, 1, 4};
static const dpb_shape two = {1, {2}};
static const float numbers[2] = {1, 2};
static const int64_t whole[2] = {1, 2};
static char folder[256], model_path[300], path[300];
static dpb_model *model; /* affine 3 */
static dpb_model *list;  /* not built */

static int set_up(void **state) {
  (void)state;
  const char *root = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/deepblas-misuse-XXXXXX", root ? root : "/tmp");
  assert_non_null(mkdtemp(folder));
  snprintf(model_path, sizeof model_path, "%s/model.npz", folder);
  snprintf(path, sizeof path, "%s/other.npz", folder);
  model = misuse_model("affine 3", vector, 0);
  assert_int_equal(dpb_model_save(model, model_path), DPB_OK);
  const dpb_model_config config = {.input = vector, .threads = 1};
  assert_int_equal(dpb_model_create(&config, &list), DPB_OK);
  return 0;
}

/* The folder can be removed only if no refused call has left a file behind. */
static int tear_down(void **state) {
  (void)state;
  dpb_model_destroy(model);
  dpb_model_destroy(list);
  unlink(model_path);
  return rmdir(folder);
}

static void test_npy(void **state) {
  (void)state;
  const uint8_t bytes[2] = {1, 2};
  refuse(dpb_npy_save_floats(NULL, &two, numbers), ARG, "path is NULL");
  refuse(dpb_npy_save_floats(path, NULL, numbers), ARG, "shape is NULL");
  refuse(dpb_npy_save_floats(path, &two, NULL), ARG, "values is NULL");
  refuse(dpb_npy_save_floats(path, &(dpb_shape){-1, {1}}, numbers), SHAPE, "rank is -1");
  refuse(dpb_npy_save_floats(path, &(dpb_shape){1, {0}}, numbers), SHAPE,
         "extent 0 is 0");
  refuse(dpb_npy_save_floats(path, &(dpb_shape){2, {INT_MAX, INT_MIN}}, numbers), SHAPE,
         "extent 1 is");
  refuse(dpb_npy_save_floats(path, &(dpb_shape){4, {INT_MAX, INT_MAX, INT_MAX, INT_MAX}},
                             numbers),
         SIZE, "2147483647");
  refuse(dpb_npy_save_floats("", &two, numbers), ARG, "empty");
  refuse(dpb_npy_save_floats(folder, &two, numbers), IO, folder);
  refuse(dpb_npy_save_bytes(NULL, &two, bytes), ARG, "path is NULL");
  refuse(dpb_npy_save_bytes(path, NULL, bytes), ARG, "shape is NULL");
  refuse(dpb_npy_save_bytes(path, &two, NULL), ARG, "values is NULL");
  refuse(dpb_npy_save_bytes(path, &(dpb_shape){INT_MAX, {1}}, bytes), SHAPE, "rank is");
}

static void test_reading(void **state) {
  (void)state;
  dpb_npz *npz;
  dpb_shape shape;
  float x[12];
  int64_t i[3];
  char text[8] = "as it is";
  size_t length = 7;
  refuse_made(npz, dpb_npz_open(NULL, &npz), ARG, "path is NULL");
  refuse(dpb_npz_open(model_path, NULL), ARG, "NULL");
  refuse_made(npz, dpb_npz_open("", &npz), NOT_FOUND, "");
  refuse_made(npz, dpb_npz_open("/no/such/file", &npz), NOT_FOUND, "/no/such/file");
  refuse_made(npz, dpb_npz_open(folder, &npz), IO, folder);
  refuse_made(npz, dpb_npz_open("/dev/null", &npz), IO, "/dev/null");
  expect(dpb_npz_count(NULL) == 0);
  expect(dpb_npz_name(NULL, 0) == NULL);
  accept(dpb_npz_open(model_path, &npz));
  expect(dpb_npz_name(npz, -1) == NULL && dpb_npz_name(npz, INT_MAX) == NULL);
  refuse(dpb_npz_shape(NULL, "W1", &shape), ARG, "npz is NULL");
  refuse(dpb_npz_shape(npz, NULL, &shape), ARG, "name is NULL");
  refuse(dpb_npz_shape(npz, "W1", NULL), ARG, "shape is NULL");
  refuse(dpb_npz_shape(npz, "", &shape), NOT_FOUND, "");
  refuse(dpb_npz_shape(npz, "../W1", &shape), NOT_FOUND, "../W1");
  refuse(dpb_npz_read_floats(NULL, "W1", x, 12), ARG, "npz is NULL");
  refuse(dpb_npz_read_floats(npz, NULL, x, 12), ARG, "name is NULL");
  refuse(dpb_npz_read_floats(npz, "W1", NULL, 12), ARG, "values is NULL");
  refuse(dpb_npz_read_floats(npz, "W1", x, 0), SHAPE, "W1");
  refuse(dpb_npz_read_floats(npz, "W1", x, SIZE_MAX), SHAPE, "W1");
  refuse(dpb_npz_read_floats(npz, "deepblas_net", x, 1), UNSUPPORTED, "deepblas_net");
  refuse(dpb_npz_read_ints(NULL, "deepblas_input", i, 3), ARG, "npz is NULL");
  refuse(dpb_npz_read_ints(npz, NULL, i, 3), ARG, "name is NULL");
  refuse(dpb_npz_read_ints(npz, "deepblas_input", NULL, 3), ARG, "values is NULL");
  refuse(dpb_npz_read_ints(npz, "deepblas_input", i, 2), SHAPE, "deepblas_input");
  refuse(dpb_npz_read_text(NULL, "deepblas_net", text, sizeof text, NULL), ARG,
         "npz is NULL");
  refuse(dpb_npz_read_text(npz, NULL, text, sizeof text, NULL), ARG, "name is NULL");
  refuse(dpb_npz_read_text(npz, "deepblas_net", NULL, 8, &length), ARG, "text is NULL");
  refuse(dpb_npz_read_text(npz, "W1", text, sizeof text, &length), SHAPE, "W1");
  accept(dpb_npz_read_text(npz, "deepblas_net", NULL, 0, &length));
  expect(length == 8);
  accept(dpb_npz_read_text(npz, "deepblas_net", text, 1, NULL));
  expect(text[0] == '\0');
  dpb_npz_close(npz);
  dpb_npz_close(NULL);
}

#define written(name, shape) dpb_npz_write_floats(writer, name, shape, numbers)

static void test_writing(void **state) {
  (void)state;
  dpb_npz_writer *writer;
  const float large[2] = {1, 70000};
  refuse_made(writer, dpb_npz_writer_open(NULL, 0, &writer), ARG, "path is NULL");
  refuse(dpb_npz_writer_open(path, 0, NULL), ARG, "NULL");
  accept(dpb_npz_writer_open(path, 0, &writer));
  refuse(dpb_npz_write_floats(NULL, "x", &two, numbers), ARG, "writer is NULL");
  refuse(dpb_npz_write_floats(writer, NULL, &two, numbers), ARG, "name is NULL");
  refuse(dpb_npz_write_floats(writer, "x", NULL, numbers), ARG, "shape is NULL");
  refuse(dpb_npz_write_floats(writer, "x", &two, NULL), ARG, "values is NULL");
  refuse(written("", &two), ARG, "name");
  refuse(written("x", (&(dpb_shape){5, {1}})), SHAPE, "rank is 5");
  refuse(written("x", (&(dpb_shape){1, {-1}})), SHAPE, "extent 0 is -1");
  refuse(written("x", (&(dpb_shape){3, {INT_MAX, INT_MAX, INT_MAX}})), SIZE,
         "2147483647");
  refuse(dpb_npz_write_halfs(NULL, "x", &two, numbers), ARG, "writer is NULL");
  refuse(dpb_npz_write_halfs(writer, NULL, &two, numbers), ARG, "name is NULL");
  refuse(dpb_npz_write_halfs(writer, "x", NULL, numbers), ARG, "shape is NULL");
  refuse(dpb_npz_write_halfs(writer, "x", &two, NULL), ARG, "values is NULL");
  refuse(dpb_npz_write_halfs(writer, "x", &two, large), DATA, "70000");
  refuse(dpb_npz_write_ints(NULL, "x", &two, whole), ARG, "writer is NULL");
  refuse(dpb_npz_write_ints(writer, NULL, &two, whole), ARG, "name is NULL");
  refuse(dpb_npz_write_ints(writer, "x", NULL, whole), ARG, "shape is NULL");
  refuse(dpb_npz_write_ints(writer, "x", &two, NULL), ARG, "values is NULL");
  refuse(dpb_npz_write_text(NULL, "x", "text"), ARG, "writer is NULL");
  refuse(dpb_npz_write_text(writer, NULL, "text"), ARG, "name is NULL");
  refuse(dpb_npz_write_text(writer, "x", NULL), ARG, "text is NULL");
  accept(written("x", &two));
  refuse(written("x", &two), ARG, "x");
  refuse(dpb_npz_write_text(writer, "x", "text"), ARG, "x");
  dpb_npz_writer_abandon(writer);
  dpb_npz_writer_abandon(NULL);
  accept(dpb_npz_writer_close(NULL));
  accept(dpb_npz_writer_open(path, 0, &writer));
  refuse(dpb_npz_writer_close(writer), STATE, path);
  accept(dpb_npz_writer_open("/no/such/folder/x.npz", 1, &writer));
  accept(written("x", &two));
  refuse(dpb_npz_writer_close(writer), NOT_FOUND, "/no/such/folder");
}

static void test_saving(void **state) {
  (void)state;
  refuse(dpb_model_save(NULL, path), ARG, "model is NULL");
  refuse(dpb_model_save(model, NULL), ARG, "path is NULL");
  refuse(dpb_model_save(list, path), STATE, "not built");
  refuse(dpb_model_save(model, ""), ARG, "empty");
  refuse(dpb_model_save(model, folder), IO, folder);
  refuse(dpb_model_save(model, "/no/such/folder/x.npz"), NOT_FOUND, "/no/such/folder");
  refuse(dpb_model_save_half(NULL, path), ARG, "model is NULL");
  refuse(dpb_model_save_half(model, NULL), ARG, "path is NULL");
  refuse(dpb_model_save_half(list, path), STATE, "not built");
  refuse(dpb_model_save_half(model, folder), IO, folder);
}

#define loaded(...) dpb_model_load(model_path, &(dpb_model_config){__VA_ARGS__}, &made)

static void test_loading(void **state) {
  (void)state;
  dpb_model *made, *other = misuse_model("affine 4", vector, 0);
  float before[4], after[4];
  accept(dpb_model_get_parameter(other, "b1", before, 4));
  refuse_made(made, dpb_model_load(NULL, NULL, &made), ARG, "path is NULL");
  refuse(dpb_model_load(model_path, NULL, NULL), ARG, "model is NULL");
  refuse_made(made, dpb_model_load("", NULL, &made), NOT_FOUND, "");
  refuse_made(made, dpb_model_load(folder, NULL, &made), IO, folder);
  refuse_made(made, dpb_model_load("/dev/null", NULL, &made), IO, "/dev/null");
  refuse_made(made, loaded(.input = {1, 1, 5}), SHAPE, "1x1x5");
  refuse_made(made, loaded(.input = {-1, 1, 4}), SHAPE, "-1x1x4");
  refuse_made(made, loaded(.max_batch = -1), ARG, "max_batch is -1");
  refuse_made(made, loaded(.threads = INT_MAX), ARG, "threads is 2147483647");
  refuse_made(made, loaded(.weight_decay = NAN), ARG, "weight_decay is nan");
  refuse(dpb_model_load_weights(NULL, model_path), ARG, "model is NULL");
  refuse(dpb_model_load_weights(other, NULL), ARG, "path is NULL");
  refuse(dpb_model_load_weights(list, model_path), STATE, "not built");
  refuse(dpb_model_load_weights(other, "/no/such/file"), NOT_FOUND, "/no/such/file");
  refuse(dpb_model_load_weights(other, model_path), SHAPE, "(4, 3)");
  accept(dpb_model_get_parameter(other, "b1", after, 4));
  expect(memcmp(before, after, sizeof before) == 0);
  dpb_model_destroy(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_npy),    misuse_test(test_reading), misuse_test(test_writing),
      misuse_test(test_saving), misuse_test(test_loading),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
