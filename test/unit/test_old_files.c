/* SPDX-License-Identifier: MIT
 *
 * Files of each format that there ever was, as the library of their time wrote them
 * (test/data/formats). They must load for ever, and mean what they meant.
 */
#include <math.h>

#include "file_fixture.h"
#include "train_fixture.h"

static dpb_dataset *sample(dpb_split split, size_t count) {
  char folder[512];
  dpb_dataset *all = NULL, *head = NULL;
  must(dpb_sample_folder(folder, sizeof folder));
  must(dpb_dataset_load_mnist(folder, split, &all));
  if (count == 0) return all;
  must(dpb_dataset_head(all, count, &head));
  dpb_dataset_destroy(all);
  return head;
}

static const char *path_of(const char *name) {
  static char path[1024];
  snprintf(path, sizeof path, DEEPBLAS_SOURCE_DIR "/test/data/formats/%s", name);
  return path;
}

/* What the library that wrote the file found; vector kernels of another CPU may round one
 * sample to the other side. */
typedef struct file {
  const char *name;
  int correct;
  double loss;
  int has_notes;
} file;

static const file files[] = {{"model-1-plain.npz", 419, 1.8024, 0},
                             {"model-1.npz", 419, 1.8024, 1},
                             {"model-1-half.npz", 419, 1.8024, 1},
                             {"checkpoint-1.npz", 458, 1.72845, 1}};

static void test_models(void **state) {
  (void)state;
  dpb_dataset *test = sample(DPB_TEST, 0);
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    dpb_model *m = NULL;
    dpb_evaluation result;
    must(dpb_model_load(path_of(files[i].name), NULL, &m));
    must(dpb_evaluate(m, test, &result, NULL));
    if (labs((long)result.correct - files[i].correct) > 3 ||
        fabs(result.loss - files[i].loss) > 2e-3)
      fail_msg("%s: %zu correct, loss %g", files[i].name, result.correct, result.loss);
    assert_int_equal(dpb_model_scaling(m, NULL, NULL), files[i].has_notes);
    const char *name = dpb_model_class_name(m, 9);
    assert_int_equal(name != NULL, files[i].has_notes);
    if (name) assert_string_equal(name, "nine");
    dpb_model_destroy(m);
  }
  dpb_dataset_destroy(test);
}

/* The run that wrote the file stopped after step 1 of epoch 4. */
static void test_checkpoint(void **state) {
  (void)state;
  const char *const path = path_of("checkpoint-1.npz");
  dpb_dataset *train = sample(DPB_TRAIN, 200), *validation = sample(DPB_TEST, 50);
  dpb_model *model = NULL;
  must(dpb_model_load(path, &(dpb_model_config){.seed = 5}, &model));
  dpb_optimizer *optimizer = fixture_optimizer(model, DPB_ADAM, 0.001f);
  dpb_trainer *trainer = NULL;
  must(dpb_trainer_create(&(dpb_trainer_config){.model = model,
                                                .optimizer = optimizer,
                                                .train = train,
                                                .validation = validation,
                                                .epochs = 6,
                                                .batch = 50,
                                                .seed = 5,
                                                .patience = 5,
                                                .schedule = "warmup 2, plateau 2 0.5",
                                                .augment = "shift 1",
                                                .evaluate_every = 2},
                          &trainer));
  must(dpb_trainer_load_checkpoint(trainer, path));
  dpb_trainer_place place;
  must(dpb_trainer_where(trainer, &place));
  assert_int_equal(place.epochs, 3);
  assert_int_equal(place.step, 1);
  assert_int_equal(place.goal, 6);
  assert_int_equal(place.steps, 3 * 4 + 1);
  must(dpb_trainer_run(trainer));
  size_t count = 0;
  const dpb_epoch *rows = dpb_trainer_history(trainer, &count);
  assert_int_equal(count, 12); /* an epoch and a measuring within each of six */
  assert_int_equal(rows[11].epoch, 6);
  char note[32];
  must(dpb_checkpoint_note(path, note, sizeof note, NULL));
  assert_string_equal(note, "--epochs=6");
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  dpb_dataset_destroy(validation);
  dpb_dataset_destroy(train);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_models),
      cmocka_unit_test(test_checkpoint),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
