/* SPDX-License-Identifier: MIT
 *
 * A checkpoint: taken over by a trainer of the same settings, which then goes on; and its
 * note.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/deepblas.h>

#include "fuzz.h"
#include "mutate.h"

enum { SAMPLES = 8, INPUTS = 3, CLASSES = 2, EPOCHS = 2 };

typedef struct work {
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_dataset *data;
  dpb_trainer *trainer;
  int steps; /* until the callback stops it */
} work;

static int count_down(const dpb_progress *progress, void *user) {
  work *w = user;
  (void)progress;
  return --w->steps == 0;
}

static void begin(work *w, int steps) {
  float features[SAMPLES * INPUTS];
  int32_t labels[SAMPLES];
  size_t count = 0;
  float *parameters = NULL, *gradients = NULL;
  for (int i = 0; i < SAMPLES * INPUTS; i++) features[i] = (float)(i * 5 % 7) / 8.0f;
  for (int i = 0; i < SAMPLES; i++) labels[i] = i % CLASSES;
  *w = (work){.steps = steps};
  const dpb_model_config config = {
      .input = {1, 1, INPUTS}, .max_batch = SAMPLES, .threads = 1, .seed = 1};
  FUZZ_EXPECT(dpb_dataset_from_floats(SAMPLES, config.input, features, labels, CLASSES,
                                      &w->data) == DPB_OK);
  FUZZ_EXPECT(dpb_model_create(&config, &w->model) == DPB_OK);
  FUZZ_EXPECT(dpb_add_text(w->model, "affine 2, batchnorm, relu, affine 2") == DPB_OK);
  FUZZ_EXPECT(dpb_model_build(w->model) == DPB_OK);
  FUZZ_EXPECT(dpb_model_flat(w->model, &parameters, &gradients, &count) == DPB_OK);
  const dpb_optimizer_config adam = {.kind = DPB_ADAM, .lr = 0.01f};
  FUZZ_EXPECT(dpb_optimizer_create(&adam, count, &w->optimizer) == DPB_OK);
  const dpb_trainer_config run = {.model = w->model,
                                  .optimizer = w->optimizer,
                                  .train = w->data,
                                  .validation = w->data,
                                  .epochs = EPOCHS,
                                  .batch = 3,
                                  .seed = 1,
                                  .callback = count_down,
                                  .user = w,
                                  .schedule = "plateau 1 0.5",
                                  .patience = 3};
  FUZZ_EXPECT(dpb_trainer_create(&run, &w->trainer) == DPB_OK);
}

static void end(work *w) {
  dpb_trainer_destroy(w->trainer);
  dpb_optimizer_destroy(w->optimizer);
  dpb_model_destroy(w->model);
  dpb_dataset_destroy(w->data);
}

/* A checkpoint as the library writes it after so many steps: where what there is is none
 * of these settings any more, mutations begin with this. */
static size_t write_new(uint8_t *data, size_t max_size, int steps) {
  char path[] = "/tmp/deepblas-fuzz-XXXXXX";
  const int fd = mkstemp(path);
  FUZZ_EXPECT(fd >= 0);
  close(fd);
  work w;
  begin(&w, steps);
  dpb_trainer_run(w.trainer);
  FUZZ_EXPECT(dpb_trainer_save_checkpoint(w.trainer, path, "a note") == DPB_OK);
  end(&w);
  FILE *file = fopen(path, "rb");
  FUZZ_EXPECT(file != NULL);
  const size_t size = fread(data, 1, max_size, file);
  fclose(file);
  unlink(path);
  return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  mutate_parts parts;
  const uint32_t how = mutate_draw(&seed, 32);
  if (how == 0) return write_new(data, max_size, 1 + (int)mutate_draw(&seed, 9));
  if (how == 1 || !mutate_unzip(data, size, &parts))
    return LLVMFuzzerMutate(data, size, max_size);
  mutate_array(&parts, &seed);
  const size_t made = mutate_zip(&parts, mutate_draw(&seed, 2) != 0, data, max_size);
  mutate_release(&parts);
  return made > 0 ? made : LLVMFuzzerMutate(data, size, max_size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char note[32];
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  dpb_checkpoint_note(path, note, sizeof note, NULL);
  work w;
  begin(&w, 20);
  if (dpb_trainer_load_checkpoint(w.trainer, path) == DPB_OK) {
    dpb_trainer_place place;
    FUZZ_EXPECT(dpb_trainer_where(w.trainer, &place) == DPB_OK);
    FUZZ_EXPECT(!place.running || place.goal <= place.epochs + EPOCHS);
    dpb_trainer_run(w.trainer);
  }
  end(&w);
  dpb_model *model = NULL;
  dpb_model_load(path, &(dpb_model_config){.threads = 1}, &model);
  dpb_model_destroy(model);
  fuzz_end();
  return 0;
}
