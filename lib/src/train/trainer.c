/* SPDX-License-Identifier: MIT
 *
 * The loop over epochs: mini-batches, steps, what the callback is told, and measuring.
 */
#include "train/trainer.h"

#include <math.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

/* -- creating
 * ------------------------------------------------------------------------ */

static dpb_status check_present(const dpb_trainer_config *config) {
  if (!config) return dpb__fail(DPB_ERR_ARG, "trainer: config is NULL");
  dpb_status status = dpb__model_ready(config->model, "dpb_trainer_create");
  if (status != DPB_OK) return status;
  if (!config->optimizer) return dpb__fail(DPB_ERR_ARG, "trainer: optimizer is NULL");
  if (!config->train) return dpb__fail(DPB_ERR_ARG, "trainer: train is NULL");
  if (config->epochs < 1)
    return dpb__fail(DPB_ERR_ARG, "trainer: epochs is 0, must be at least 1");
  if (config->batch < 0)
    return dpb__fail(DPB_ERR_ARG, "trainer: batch is %d, must be at least 0",
                     config->batch);
  if (config->sampling < DPB_SHUFFLE || config->sampling > DPB_WITH_REPLACEMENT)
    return dpb__fail(DPB_ERR_ARG, "trainer: sampling is %d, must be %d to %d",
                     (int)config->sampling, (int)DPB_SHUFFLE, (int)DPB_WITH_REPLACEMENT);
  return DPB_OK;
}

static dpb_status check_fit(const dpb_trainer_config *config) {
  int max_batch = dpb_model_max_batch(config->model);
  if (config->batch > max_batch)
    return dpb__fail(DPB_ERR_SHAPE, "trainer: batch is %d, the model's max_batch is %d",
                     config->batch, max_batch);
  const struct {
    const dpb_dataset *dataset;
    const char *what;
  } sets[] = {{config->train, "training set"},
              {config->validation, "validation set"},
              {config->test, "test set"}};
  dpb_status status = dpb__optimizer_fits(config->model, config->optimizer);
  for (size_t i = 0; status == DPB_OK && i < sizeof sets / sizeof *sets; i++)
    if (sets[i].dataset)
      status = dpb__dataset_fits(config->model, sets[i].dataset, sets[i].what);
  return status == DPB_OK ? DPB_OK : dpb__fail_in(status, "trainer: ");
}

static void fill_defaults(dpb_trainer_config *config) {
  size_t count = dpb_dataset_count(config->train);
  if (config->batch == 0) config->batch = dpb_model_max_batch(config->model);
  if (config->train_samples == 0 || config->train_samples > count)
    config->train_samples = count;
}

dpb_status dpb_trainer_create(const dpb_trainer_config *config, dpb_trainer **trainer) {
  if (!trainer) return dpb__fail(DPB_ERR_ARG, "trainer: trainer is NULL");
  *trainer = NULL;
  dpb_status status = check_present(config);
  if (status == DPB_OK) status = check_fit(config);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  status = dpb__allocate(1, sizeof(dpb_trainer), "trainer", &memory);
  if (status != DPB_OK) return status;
  dpb_trainer *made = memory;
  made->config = *config;
  fill_defaults(&made->config);
  status = dpb_batcher_create(config->train, made->config.batch, config->sampling,
                              config->seed, &made->batcher);
  if (status != DPB_OK) {
    dpb_trainer_destroy(made);
    return status;
  }
  *trainer = made;
  return DPB_OK;
}

void dpb_trainer_destroy(dpb_trainer *trainer) {
  if (!trainer) return;
  dpb_batcher_destroy(trainer->batcher);
  dpb__release(trainer->history);
  dpb__release(trainer);
}

/* -- running
 * ------------------------------------------------------------------------- */

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static dpb_status tell(const dpb_trainer *trainer, const dpb_progress *progress) {
  dpb_trainer_callback callback = trainer->config.callback;
  if (!callback || callback(progress, trainer->config.user) == 0) return DPB_OK;
  return dpb__fail(
      DPB_ERR_STOPPED,
      "training was stopped by the caller in epoch %zu after step %zu of %zu",
      progress->epoch, progress->step, progress->steps);
}

/* One step, timed; the callback is not. *loss is its loss, before the update. */
static dpb_status run_step(dpb_trainer *trainer, dpb_progress *progress) {
  const dpb_trainer_config *config = &trainer->config;
  double begin = seconds_now();
  dpb_batch batch;
  dpb_status status = dpb_batcher_get(trainer->batcher, progress->step, &batch);
  if (status == DPB_OK)
    status = dpb_train_step(config->model, config->optimizer, &batch, &progress->loss);
  if (status != DPB_OK)
    return dpb__fail_in(status, "epoch %zu step %zu: ", progress->epoch,
                        progress->step + 1);
  progress->seconds += seconds_now() - begin;
  progress->step++;
  progress->samples += (size_t)batch.n;
  trainer->steps++;
  return DPB_OK;
}

/* The steps of one epoch; *loss is the mean of theirs. */
static dpb_status run_steps(dpb_trainer *trainer, dpb_progress *progress, double *loss) {
  double begin = seconds_now();
  double sum = 0;
  dpb_status status = dpb_batcher_start(trainer->batcher, progress->epoch - 1);
  if (status != DPB_OK) return status;
  progress->seconds = seconds_now() - begin;
  while (progress->step < progress->steps) {
    status = run_step(trainer, progress);
    if (status != DPB_OK) return status;
    sum += progress->loss;
    status = tell(trainer, progress);
    if (status != DPB_OK) return status;
  }
  *loss = sum / (double)progress->steps;
  return DPB_OK;
}

/* Loss and accuracy of the first count samples; NaN without a dataset. */
static dpb_status measure_set(dpb_model *model, const dpb_dataset *dataset, size_t count,
                              double *loss, double *accuracy) {
  *loss = *accuracy = (double)NAN;
  if (!dataset) return DPB_OK;
  dpb_evaluation result;
  dpb_status status = dpb__evaluate_rows(model, dataset, count, &result, NULL);
  if (status != DPB_OK) return status;
  *loss = result.loss;
  *accuracy = (double)result.correct / (double)result.total;
  return DPB_OK;
}

static size_t count_of(const dpb_dataset *dataset) {
  return dataset ? dpb_dataset_count(dataset) : 0;
}

static dpb_status measure(const dpb_trainer_config *config, dpb_epoch *record) {
  double unused; /* the loss of training is that of its steps */
  dpb_status status = measure_set(config->model, config->train, config->train_samples,
                                  &unused, &record->train_accuracy);
  if (status != DPB_OK) return dpb__fail_in(status, "measuring the training set: ");
  status = measure_set(config->model, config->validation, count_of(config->validation),
                       &record->validation_loss, &record->validation_accuracy);
  if (status != DPB_OK) return dpb__fail_in(status, "measuring the validation set: ");
  status = measure_set(config->model, config->test, count_of(config->test),
                       &record->test_loss, &record->test_accuracy);
  if (status != DPB_OK) return dpb__fail_in(status, "measuring the test set: ");
  return DPB_OK;
}

static dpb_status run_epoch(dpb_trainer *trainer, size_t last) {
  /* Room for the record comes first: memory that runs out costs no epoch of training. */
  dpb_status status = dpb__history_reserve(trainer);
  if (status != DPB_OK) return status;
  dpb_progress progress = {.event = DPB_EVENT_STEP,
                           .epoch = trainer->history_count + 1,
                           .epochs = last,
                           .steps = dpb_batcher_steps(trainer->batcher)};
  dpb_epoch record = {.epoch = progress.epoch};
  status = run_steps(trainer, &progress, &record.train_loss);
  if (status != DPB_OK) return status;
  record.steps = trainer->steps;
  record.seconds = progress.seconds;
  status = measure(&trainer->config, &record);
  if (status != DPB_OK)
    return dpb__fail_in(status, "epoch %zu after step %zu: ", progress.epoch,
                        progress.step);
  trainer->history[trainer->history_count++] = record;
  progress.event = DPB_EVENT_EPOCH;
  progress.record = &record;
  return tell(trainer, &progress);
}

dpb_status dpb_trainer_run(dpb_trainer *trainer) {
  if (!trainer) return dpb__fail(DPB_ERR_ARG, "dpb_trainer_run: trainer is NULL");
  size_t last = trainer->history_count + trainer->config.epochs;
  for (size_t left = trainer->config.epochs; left > 0; left--) {
    dpb_status status = run_epoch(trainer, last);
    if (status != DPB_OK) return status;
  }
  return DPB_OK;
}
