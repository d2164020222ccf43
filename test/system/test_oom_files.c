/* SPDX-License-Identifier: MIT
 *
 * Datasets and files when memory runs out. A file that is being written is then the old
 * one, with nothing left beside it.
 */
#include "oom.h"

#include <unistd.h>
#include <zlib.h>

#include <deepblas/deepblas.h>

enum { COUNT = 12, SIDE = 4, PIXELS = COUNT * SIDE * SIDE };

static char folder[256];
static uint8_t pixels[PIXELS];
static float features[PIXELS];
static int32_t labels[COUNT];
static char images_path[512], labels_path[512], packed_path[512], out_path[512];
static dpb_model *model;

static void path_of(const char *name, char path[512]) {
  snprintf(path, 512, "%s/%s", folder, name);
}

/* An IDX file; through zlib, which writes plain files too. */
static void write_idx(const char *path, const char *mode, uint32_t magic,
                      const uint32_t *extents, const uint8_t *bytes, unsigned count) {
  gzFile file = gzopen(path, mode);
  assert_non_null(file);
  for (uint32_t i = 0; i <= (magic & 0xff); i++) {
    uint32_t word = i == 0 ? magic : extents[i - 1];
    const uint8_t big_endian[] = {(uint8_t)(word >> 24), (uint8_t)(word >> 16),
                                  (uint8_t)(word >> 8), (uint8_t)word};
    assert_int_equal(gzwrite(file, big_endian, 4), 4);
  }
  assert_int_equal(gzwrite(file, bytes, count), (int)count);
  assert_int_equal(gzclose(file), Z_OK);
}

static int set_up(void **state) {
  (void)state;
  static const uint32_t extents[] = {COUNT, SIDE, SIDE};
  uint8_t classes[COUNT];
  const char *base = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/deepblas-oom-XXXXXX", base ? base : "/tmp");
  if (!mkdtemp(folder)) return -1;
  work_in(folder);
  for (int i = 0; i < PIXELS; i++) {
    pixels[i] = (uint8_t)(i * 37);
    features[i] = (float)pixels[i];
  }
  for (int i = 0; i < COUNT; i++) {
    labels[i] = i % 3;
    classes[i] = (uint8_t)labels[i];
  }
  path_of("t10k-images-idx3-ubyte", images_path);
  path_of("t10k-labels-idx1-ubyte", labels_path);
  path_of("images.gz", packed_path);
  path_of("out", out_path);
  write_idx(images_path, "wbT", 0x803, extents, pixels, PIXELS);
  write_idx(labels_path, "wbT", 0x801, extents, classes, COUNT);
  write_idx(packed_path, "wb", 0x803, extents, pixels, PIXELS);
  model = fixture_model("affine 5, relu, affine 3", (dpb_hwc){SIDE, SIDE, 1}, 4, 1);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  dpb_model_destroy(model);
  unlink(images_path);
  unlink(labels_path);
  unlink(packed_path);
  unlink(out_path);
  /* fails when something was left behind */
  return rmdir(folder) != 0 || !work_was_done();
}

static void outcome_of_model(dpb_model *m) {
  float *parameters = NULL;
  size_t count = fixture_flat(m, &parameters);
  outcome(parameters, count * sizeof *parameters);
}

/* -- datasets */

static const dpb_hwc sample = {SIDE, SIDE, 1};

static dpb_status from_floats(void) {
  dpb_dataset *dataset = POISON;
  dpb_status status =
      dpb_dataset_from_floats(COUNT, sample, features, labels, 3, &dataset);
  check_out(status, dataset);
  dpb_dataset_destroy(dataset);
  return status;
}

static dpb_status cut_whole(const dpb_dataset *whole) {
  dpb_dataset *head = POISON, *rest = POISON, *part = POISON;
  dpb_status status = dpb_dataset_head(whole, 5, &head);
  check_out(status, head);
  dpb_dataset_destroy(head);
  if (status != DPB_OK) return status;
  status = dpb_dataset_split(whole, 0.25, 1, &rest, &part);
  check_out(status, rest);
  check_out(status, part);
  dpb_dataset_destroy(rest);
  dpb_dataset_destroy(part);
  return status;
}

static dpb_status cut(void) {
  dpb_dataset *whole = POISON;
  dpb_status status =
      dpb_dataset_from_pixels(COUNT, sample, pixels, 0.5f, labels, 3, &whole);
  check_out(status, whole);
  if (status == DPB_OK) status = cut_whole(whole);
  dpb_dataset_destroy(whole);
  return status;
}

static dpb_status load_plain(void) {
  dpb_dataset *dataset = POISON;
  dpb_status status = dpb_dataset_load_idx(images_path, labels_path, &dataset);
  check_out(status, dataset);
  outcome_of_dataset(dataset);
  dpb_dataset_destroy(dataset);
  return status;
}

static dpb_status load_packed(void) {
  dpb_dataset *dataset = POISON;
  dpb_status status = dpb_dataset_load_idx(packed_path, labels_path, &dataset);
  check_out(status, dataset);
  outcome_of_dataset(dataset);
  dpb_dataset_destroy(dataset);
  return status;
}

static dpb_status load_mnist(void) {
  dpb_dataset *dataset = POISON;
  dpb_status status = dpb_dataset_load_mnist(folder, DPB_TEST, &dataset);
  check_out(status, dataset);
  outcome_of_dataset(dataset);
  dpb_dataset_destroy(dataset);
  return status;
}

static void test_datasets(void **state) {
  (void)state;
  fail_each(from_floats, 3);
  fail_each(cut, 9);
  fail_each(load_plain, 3);
  fail_each(load_packed, 4);
  fail_each(load_mnist, 3);
}

static dpb_sampling sampling;
static dpb_dataset *data;

static dpb_status draw(void) {
  dpb_batcher *batcher = POISON;
  dpb_status status = dpb_batcher_create(data, 5, sampling, 1, &batcher);
  check_out(status, batcher);
  dpb_batch batch;
  if (status == DPB_OK) status = dpb_batcher_start(batcher, 0);
  if (status == DPB_OK) status = dpb_batcher_get(batcher, 1, &batch);
  dpb_batcher_destroy(batcher);
  return status;
}

static void test_batcher(void **state) {
  (void)state;
  must(dpb_dataset_from_floats(COUNT, sample, features, labels, 3, &data));
  for (int i = DPB_SHUFFLE; i <= DPB_WITH_REPLACEMENT; i++) {
    sampling = (dpb_sampling)i;
    fail_each(draw, i == DPB_IN_ORDER ? 1 : 2);
  }
  dpb_dataset_destroy(data);
}

/* -- writing: out holds "old" before each attempt */

static void put_old(void) {
  FILE *file = fopen(out_path, "wb");
  assert_non_null(file);
  fputs("old", file);
  fclose(file);
}

static bool is_old(void) {
  char text[8] = "";
  FILE *file = fopen(out_path, "rb");
  assert_non_null(file);
  size_t count = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  return count == 3 && strcmp(text, "old") == 0;
}

static dpb_status save_npy(void) {
  const dpb_shape shape = {2, {COUNT, SIDE * SIDE}};
  return dpb_npy_save_floats(out_path, &shape, features);
}

static dpb_status save_npy_bytes(void) {
  const dpb_shape shape = {1, {PIXELS}};
  return dpb_npy_save_bytes(out_path, &shape, pixels);
}

static dpb_status save_npz(int deflate) {
  static const int64_t numbers[] = {1, 2, 3};
  const dpb_shape matrix = {2, {COUNT, SIDE * SIDE}};
  const dpb_shape vector = {1, {3}};
  dpb_npz_writer *writer = POISON;
  dpb_status status = dpb_npz_writer_open(out_path, deflate, &writer);
  check_out(status, writer);
  if (status == DPB_OK) status = dpb_npz_write_floats(writer, "x", &matrix, features);
  if (status == DPB_OK) status = dpb_npz_write_ints(writer, "n", &vector, numbers);
  if (status == DPB_OK) status = dpb_npz_write_text(writer, "text", "gr\xc3\xbc\xc3\x9f");
  if (status == DPB_OK) return dpb_npz_writer_close(writer);
  dpb_npz_writer_abandon(writer);
  return status;
}

static dpb_status save_stored(void) {
  return save_npz(0);
}

static dpb_status save_deflated(void) {
  return save_npz(1);
}

static dpb_status save_model(void) {
  return dpb_model_save(model, out_path);
}

static dpb_status save_model_half(void) {
  return dpb_model_save_half(model, out_path);
}

static dpb_trainer *trainer;

/* With a line for each of two epochs. */
static void train(dpb_dataset *dataset, dpb_optimizer *optimizer) {
  dpb_trainer_config config = {
      .model = model, .optimizer = optimizer, .train = dataset, .epochs = 2, .batch = 4};
  must(dpb_trainer_create(&config, &trainer));
  must(dpb_trainer_run(trainer));
}

static dpb_status save_history(void) {
  return dpb_trainer_save_history(trainer, out_path);
}

static dpb_status save_checkpoint(void) {
  return dpb_trainer_save_checkpoint(trainer, out_path, "a note");
}

static dpb_status load_checkpoint(void) {
  dpb_status status = dpb_trainer_load_checkpoint(trainer, out_path);
  outcome_of_model(model);
  return status;
}

static dpb_status read_note(void) {
  char note[32] = "";
  dpb_status status = dpb_checkpoint_note(out_path, note, sizeof note, NULL);
  outcome(note, sizeof note);
  return status;
}

static dpb_status (*saving)(void);

static dpb_status save_over_old(void) {
  work_pause();
  put_old();
  work_resume();
  dpb_status status = saving();
  work_pause();
  assert_int_equal(is_old(), status != DPB_OK);
  work_resume();
  if (status == DPB_OK) outcome_of_file(out_path);
  return status;
}

static void test_writing(void **state) {
  (void)state;
  static dpb_status (*const all[])(void) = {
      save_npy, save_npy_bytes, save_stored, save_deflated, save_model, save_model_half};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    saving = all[i];
    fail_each(save_over_old, 3);
  }
}

static void test_run(void **state) {
  (void)state;
  dpb_dataset *dataset = fixture_blobs(COUNT, sample, 3, 1);
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_ADAM, 0.1f);
  train(dataset, optimizer);
  saving = save_history;
  fail_each(save_over_old, 2);
  saving = save_checkpoint;
  fail_each(save_over_old, 5);
  fail_each(read_note, 5);
  fail_each(load_checkpoint, 5);
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  dpb_dataset_destroy(dataset);
}

/* -- reading */

static dpb_status read_npz(void) {
  static float values[PIXELS];
  int64_t numbers[3] = {0};
  char text[32] = "";
  dpb_shape shape;
  dpb_npz *npz = POISON;
  dpb_status status = dpb_npz_open(out_path, &npz);
  check_out(status, npz);
  if (status == DPB_OK) status = dpb_npz_shape(npz, "x", &shape);
  if (status == DPB_OK) status = dpb_npz_read_floats(npz, "x", values, PIXELS);
  if (status == DPB_OK) status = dpb_npz_read_ints(npz, "n", numbers, 3);
  if (status == DPB_OK) status = dpb_npz_read_text(npz, "text", text, 32, NULL);
  dpb_npz_close(npz);
  outcome(values, sizeof values);
  outcome(numbers, sizeof numbers);
  outcome(text, sizeof text);
  return status;
}

static dpb_status load_model(void) {
  dpb_model *loaded = POISON;
  dpb_status status =
      dpb_model_load(out_path, &(dpb_model_config){.threads = 2}, &loaded);
  check_out(status, loaded);
  if (status == DPB_OK) outcome_of_model(loaded);
  dpb_model_destroy(loaded);
  return status;
}

static dpb_status load_weights(void) {
  dpb_status status = dpb_model_load_weights(model, out_path);
  outcome_of_model(model);
  return status;
}

static void test_reading(void **state) {
  (void)state;
  must(save_npz(0));
  fail_each(read_npz, 6);
  must(save_npz(1));
  fail_each(read_npz, 6);

  must(save_model());
  fail_each(load_model, 15);
  size_t count = 0;
  float *before = fixture_copy(model, &count);
  fail_each(load_weights, 4);
  float *now = NULL;
  fixture_flat(model, &now);
  assert_memory_equal(now, before, count * sizeof *now);
  free(before);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_datasets), cmocka_unit_test(test_batcher),
      cmocka_unit_test(test_writing),  cmocka_unit_test(test_run),
      cmocka_unit_test(test_reading),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
