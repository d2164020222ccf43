/* SPDX-License-Identifier: MIT
 *
 * Misuse of checkpoints, and of what a model and a dataset say of their data.
 */
#include <unistd.h>

#include "misuse.h"

static const dpb_hwc vector = {1, 1, 4};
static char folder[256], path[300], model_path[300];
static dpb_model *model;
static dpb_model *list; /* not built */
static dpb_dataset *data;
static dpb_optimizer *sgd;
static dpb_trainer *trainer;

static int set_up(void **state) {
  (void)state;
  size_t count = 0;
  const char *root = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/deepblas-misuse-XXXXXX", root ? root : "/tmp");
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/checkpoint.npz", folder);
  snprintf(model_path, sizeof model_path, "%s/model.npz", folder);
  model = misuse_model("affine 3", vector, 0);
  data = misuse_dataset(12);
  assert_int_equal(dpb_model_create(&(dpb_model_config){.input = vector}, &list), DPB_OK);
  assert_int_equal(dpb_model_flat(model, NULL, NULL, &count), DPB_OK);
  assert_int_equal(dpb_optimizer_create(&(dpb_optimizer_config){0}, count, &sgd), DPB_OK);
  const dpb_trainer_config config = {
      .model = model, .optimizer = sgd, .train = data, .epochs = 2};
  assert_int_equal(dpb_trainer_create(&config, &trainer), DPB_OK);
  assert_int_equal(dpb_model_save(model, model_path), DPB_OK);
  return 0;
}

/* The folder can be removed only if no refused call has left a file behind. */
static int tear_down(void **state) {
  (void)state;
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(sgd);
  dpb_dataset_destroy(data);
  dpb_model_destroy(list);
  dpb_model_destroy(model);
  unlink(model_path);
  unlink(path);
  return rmdir(folder);
}

static void test_saving(void **state) {
  (void)state;
  dpb_trainer_place place;
  refuse(dpb_trainer_where(NULL, &place), ARG, "trainer is NULL");
  refuse(dpb_trainer_where(trainer, NULL), ARG, "place is NULL");
  refuse(dpb_trainer_save_checkpoint(NULL, path, "note"), ARG, "trainer is NULL");
  refuse(dpb_trainer_save_checkpoint(trainer, NULL, "note"), ARG, "path is NULL");
  refuse(dpb_trainer_save_checkpoint(trainer, "", NULL), ARG, "empty");
  refuse(dpb_trainer_save_checkpoint(trainer, folder, NULL), IO, folder);
  refuse(dpb_trainer_save_checkpoint(trainer, "/no/such/folder/x", NULL), NOT_FOUND,
         "/no/such/folder");
  refuse(dpb_trainer_save_checkpoint(trainer, path, "\xff\xfe"), ARG, "note");
  accept(dpb_trainer_run(trainer)); /* it can go on */
}

static void test_loading(void **state) {
  (void)state;
  float before[12], after[12];
  char text[8] = "as it is";
  size_t length = 7;
  dpb_trainer *other = NULL;
  const dpb_trainer_config config = {
      .model = model, .optimizer = sgd, .train = data, .epochs = 2, .batch = 3};
  accept(dpb_trainer_save_checkpoint(trainer, path, "a note"));
  accept(dpb_model_get_parameter(model, "W1", before, 12));
  refuse(dpb_trainer_load_checkpoint(NULL, path), ARG, "trainer is NULL");
  refuse(dpb_trainer_load_checkpoint(trainer, NULL), ARG, "path is NULL");
  refuse(dpb_trainer_load_checkpoint(trainer, "/no/such/file"), NOT_FOUND, "/no/such");
  refuse(dpb_trainer_load_checkpoint(trainer, folder), IO, folder);
  refuse(dpb_trainer_load_checkpoint(trainer, model_path), FORMAT, model_path);
  accept(dpb_trainer_create(&config, &other));
  refuse(dpb_trainer_load_checkpoint(other, path), ARG, "batch");
  dpb_trainer_destroy(other);
  accept(dpb_model_get_parameter(model, "W1", after, 12));
  expect(memcmp(before, after, sizeof before) == 0);
  refuse(dpb_checkpoint_note(NULL, text, sizeof text, &length), ARG, "path is NULL");
  refuse(dpb_checkpoint_note(path, NULL, sizeof text, &length), ARG, "text is NULL");
  refuse(dpb_checkpoint_note(model_path, text, sizeof text, NULL), FORMAT, model_path);
  refuse(dpb_checkpoint_note("/no/such/file", text, sizeof text, &length), NOT_FOUND,
         "/no/such/file");
  accept(dpb_checkpoint_note(path, NULL, 0, &length));
  expect(length == 6);
  accept(dpb_checkpoint_note(path, text, 3, NULL));
  expect(strcmp(text, "a ") == 0);
}

static void test_notes_of_a_model(void **state) {
  (void)state;
  const double one[4] = {1, 1, 1, 1}, bad[4] = {1, (double)NAN, 1, 1},
               minus[4] = {1, 1, 1, -1};
  const double *mean = one, *deviation = one;
  const char *const names[3] = {"a", "b", "c"}, *const holes[3] = {"a", NULL, "c"};
  const char *const empty[3] = {"a", "", "c"};
  refuse(dpb_model_set_class_names(NULL, 3, names), ARG, "model is NULL");
  refuse(dpb_model_set_class_names(list, 3, names), STATE, "not built");
  refuse(dpb_model_set_class_names(model, 3, NULL), ARG, "NULL");
  refuse(dpb_model_set_class_names(model, 2, names), SHAPE, "2");
  refuse(dpb_model_set_class_names(model, INT_MIN, names), SHAPE, "-2147483648");
  refuse(dpb_model_set_class_names(model, 3, holes), ARG, "1");
  refuse(dpb_model_set_class_names(model, 3, empty), ARG, "1");
  expect(dpb_model_class_name(NULL, 0) == NULL);
  expect(dpb_model_class_name(model, 0) == NULL);
  expect(dpb_model_class_name(model, -1) == NULL);
  refuse(dpb_model_set_scaling(NULL, 4, one, one), ARG, "model is NULL");
  refuse(dpb_model_set_scaling(list, 4, one, one), STATE, "not built");
  refuse(dpb_model_set_scaling(model, 4, NULL, one), ARG, "mean is NULL");
  refuse(dpb_model_set_scaling(model, 4, one, NULL), ARG, "deviation is NULL");
  refuse(dpb_model_set_scaling(model, 3, one, one), SHAPE, "3");
  refuse(dpb_model_set_scaling(model, -1, one, one), SHAPE, "-1");
  refuse(dpb_model_set_scaling(model, 4, bad, one), DATA, "nan");
  refuse(dpb_model_set_scaling(model, 4, one, minus), DATA, "-1");
  expect(dpb_model_scaling(NULL, &mean, &deviation) == 0);
  expect(mean == NULL && deviation == NULL);
  expect(dpb_model_scaling(model, NULL, NULL) == 0);
  expect(dpb_model_scaling(model, &mean, NULL) == 0);
  expect(dpb_model_scaling(model, NULL, &deviation) == 0);
}

static void test_factors(void **state) {
  (void)state;
  const double two[2] = {1, 2};
  float scales[4] = {7}, offsets[4];
  dpb_scaling *scaling = NULL;
  expect(dpb_dataset_scaling(NULL) == NULL);
  expect(dpb_dataset_scaling(data) == NULL);
  accept(dpb_scaling_create(2, two, two, &scaling));
  refuse(dpb_scaling_factors(NULL, vector, scales, offsets), ARG, "scaling is NULL");
  refuse(dpb_scaling_factors(scaling, vector, NULL, offsets), ARG, "scales is NULL");
  refuse(dpb_scaling_factors(scaling, vector, scales, NULL), ARG, "offsets is NULL");
  refuse(dpb_scaling_factors(scaling, vector, scales, offsets), SHAPE, "2");
  refuse(dpb_scaling_factors(scaling, (dpb_hwc){-1, 1, 2}, scales, offsets), ARG,
         "-1x1x2");
  expect(scales[0] == 7.0f);
  dpb_scaling_destroy(scaling);
}

static void test_doubles(void **state) {
  (void)state;
  const dpb_shape two = {1, {2}};
  const double numbers[2] = {1, 2};
  double read[2];
  dpb_npz_writer *writer = NULL;
  dpb_npz *npz = NULL;
  accept(dpb_npz_writer_open(path, 0, &writer));
  refuse(dpb_npz_write_doubles(NULL, "x", &two, numbers), ARG, "writer is NULL");
  refuse(dpb_npz_write_doubles(writer, NULL, &two, numbers), ARG, "name is NULL");
  refuse(dpb_npz_write_doubles(writer, "x", NULL, numbers), ARG, "shape is NULL");
  refuse(dpb_npz_write_doubles(writer, "x", &two, NULL), ARG, "values is NULL");
  refuse(dpb_npz_write_doubles(writer, "x", &(dpb_shape){4, {INT_MAX, INT_MAX, 9, 9}},
                               numbers),
         SIZE, "2147483647");
  dpb_npz_writer_abandon(writer);
  accept(dpb_npz_open(model_path, &npz));
  refuse(dpb_npz_read_doubles(NULL, "b1", read, 2), ARG, "npz is NULL");
  refuse(dpb_npz_read_doubles(npz, NULL, read, 2), ARG, "name is NULL");
  refuse(dpb_npz_read_doubles(npz, "b1", NULL, 3), ARG, "values is NULL");
  refuse(dpb_npz_read_doubles(npz, "b1", read, 2), SHAPE, "b1");
  refuse(dpb_npz_read_doubles(npz, "b9", read, 2), NOT_FOUND, "b9");
  dpb_npz_close(npz);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      misuse_test(test_saving),           misuse_test(test_loading),
      misuse_test(test_notes_of_a_model), misuse_test(test_factors),
      misuse_test(test_doubles),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
