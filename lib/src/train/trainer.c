/* SPDX-License-Identifier: MIT
 *
 * What a trainer needs, checked and made ahead of the first step.
 */
#include "train/trainer.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/size.h"
#include "model/model.h"

/* -- checking */

static dpb_status check_present(const dpb_trainer_config *config) {
  if (!config) return dpb__fail(DPB_ERR_ARG, "trainer: config is NULL");
  dpb_status status = dpb__model_ready(config->model, "dpb_trainer_create");
  if (status != DPB_OK) return status;
  if (!config->optimizer) return dpb__fail(DPB_ERR_ARG, "trainer: optimizer is NULL");
  if (!config->train) return dpb__fail(DPB_ERR_ARG, "trainer: train is NULL");
  if (config->epochs < 1)
    return dpb__fail(DPB_ERR_ARG, "trainer: epochs is 0, must be at least 1");
  if (config->sampling < DPB_SHUFFLE || config->sampling > DPB_WITH_REPLACEMENT)
    return dpb__fail(DPB_ERR_ARG, "trainer: sampling is %d, must be %d to %d",
                     (int)config->sampling, (int)DPB_SHUFFLE, (int)DPB_WITH_REPLACEMENT);
  if (config->monitor < DPB_MONITOR_LOSS || config->monitor > DPB_MONITOR_ACCURACY)
    return dpb__fail(DPB_ERR_ARG, "trainer: monitor is %d, must be %d to %d",
                     (int)config->monitor, (int)DPB_MONITOR_LOSS,
                     (int)DPB_MONITOR_ACCURACY);
  return DPB_OK;
}

static dpb_status check_real(const char *name, float value) {
  if (value >= 0.0f && isfinite(value)) return DPB_OK;
  char text[32];
  dpb__print_float(value, text);
  return dpb__fail(DPB_ERR_ARG, "trainer: %s is %s, must be at least 0 and finite", name,
                   text);
}

static dpb_status check_numbers(const dpb_trainer_config *config) {
  if (config->batch < 0)
    return dpb__fail(DPB_ERR_ARG, "trainer: batch is %d, must be at least 0",
                     config->batch);
  if (config->accumulate < 0)
    return dpb__fail(DPB_ERR_ARG, "trainer: accumulate is %d, must be at least 0",
                     config->accumulate);
  dpb_status status = check_real("clip_norm", config->clip_norm);
  return status == DPB_OK ? check_real("min_delta", config->min_delta) : status;
}

static dpb_status check_together(const dpb_trainer_config *config) {
  if (config->patience > 0 && !config->validation)
    return dpb__fail(DPB_ERR_ARG,
                     "trainer: a patience of %zu epochs needs a validation set",
                     config->patience);
  if (config->min_delta > 0 && config->patience == 0)
    return dpb__fail(DPB_ERR_ARG, "trainer: min_delta means nothing without patience");
  if (config->overfit_batch && (config->augment || config->accumulate > 1))
    return dpb__fail(DPB_ERR_ARG,
                     "trainer: overfit_batch is one mini-batch as it is, without %s",
                     config->augment ? "augment" : "accumulate");
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

static dpb_status check(const dpb_trainer_config *config) {
  dpb_status status = check_present(config);
  if (status == DPB_OK) status = check_numbers(config);
  if (status == DPB_OK) status = check_together(config);
  return status == DPB_OK ? check_fit(config) : status;
}

/* -- creating */

static void fill_defaults(dpb_trainer_config *config) {
  size_t count = dpb_dataset_count(config->train);
  if (config->batch == 0) config->batch = dpb_model_max_batch(config->model);
  if (config->accumulate == 0) config->accumulate = 1;
  if (config->train_samples == 0 || config->train_samples > count)
    config->train_samples = count;
}

static dpb_status make_schedule(dpb_trainer *trainer) {
  const dpb_trainer_config *config = &trainer->config;
  size_t total = 0;
  if (!config->schedule) return DPB_OK;
  if (!dpb__size_mul(trainer->updates, config->epochs, &total))
    return dpb__fail(DPB_ERR_SIZE, "%zu epochs of %zu steps are too many", config->epochs,
                     trainer->updates);
  dpb_status status =
      dpb_schedule_create(config->schedule, dpb_optimizer_lr(config->optimizer),
                          trainer->updates, total, &trainer->schedule);
  if (status == DPB_OK && dpb_schedule_needs_loss(trainer->schedule) &&
      !config->validation)
    return dpb__fail(DPB_ERR_ARG, "the schedule '%.64s' needs a validation set",
                     config->schedule);
  return status;
}

static dpb_status make_augment(dpb_trainer *trainer) {
  const dpb_trainer_config *config = &trainer->config;
  if (!config->augment) return DPB_OK;
  dpb_augment_config settings;
  dpb_hwc sample = dpb_dataset_sample_shape(config->train);
  dpb_status status = dpb_augment_parse(config->augment, &settings);
  if (status == DPB_OK)
    status = dpb_augment_create(&settings, sample, config->seed, &trainer->augment);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  const size_t count = (size_t)sample.h * (size_t)sample.w * (size_t)sample.c;
  const size_t batch = (size_t)config->batch;
  status = dpb__allocate(batch, count * sizeof(float), "augmented mini-batch", &memory);
  trainer->augmented = memory;
  if (status != DPB_OK) return status;
  status = dpb__allocate(batch, sizeof(int32_t), "augmented mini-batch", &memory);
  trainer->labels = memory;
  return status;
}

static dpb_status keep_text(const char **text, char **copy) {
  if (!*text) return DPB_OK;
  void *memory = NULL;
  const size_t size = strlen(*text) + 1;
  const dpb_status status = dpb__allocate(size, 1, "trainer: text", &memory);
  if (status == DPB_OK) *text = *copy = memcpy(memory, *text, size);
  return status;
}

static dpb_status keep_texts(dpb_trainer *trainer) {
  dpb_trainer_config *config = &trainer->config;
  const dpb_status status = keep_text(&config->schedule, &trainer->schedule_text);
  return status == DPB_OK ? keep_text(&config->augment, &trainer->augment_text) : status;
}

static dpb_status make_parts(dpb_trainer *trainer) {
  const dpb_trainer_config *config = &trainer->config;
  dpb_status status = dpb_batcher_create(config->train, config->batch, config->sampling,
                                         config->seed, &trainer->batcher);
  if (status != DPB_OK) return status;
  const size_t parts = (size_t)config->accumulate;
  trainer->lr = dpb_optimizer_lr(config->optimizer);
  trainer->updates = (dpb_batcher_steps(trainer->batcher) - 1) / parts + 1;
  status = make_schedule(trainer);
  if (status == DPB_OK) status = make_augment(trainer);
  if (status == DPB_OK && config->patience > 0) status = dpb__best_create(trainer);
  if (status == DPB_OK && parts > 1) status = dpb_model_gradient_clear(config->model);
  return status == DPB_OK ? DPB_OK : dpb__fail_in(status, "trainer: ");
}

dpb_status dpb_trainer_create(const dpb_trainer_config *config, dpb_trainer **trainer) {
  if (!trainer) return dpb__fail(DPB_ERR_ARG, "trainer: trainer is NULL");
  *trainer = NULL;
  dpb_status status = check(config);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  status = dpb__allocate(1, sizeof(dpb_trainer), "trainer", &memory);
  if (status != DPB_OK) return status;
  dpb_trainer *made = memory;
  made->config = *config;
  fill_defaults(&made->config);
  status = keep_texts(made);
  if (status == DPB_OK) status = make_parts(made);
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
  dpb_schedule_destroy(trainer->schedule);
  dpb_augment_destroy(trainer->augment);
  dpb__release(trainer->schedule_text);
  dpb__release(trainer->augment_text);
  dpb__release(trainer->augmented);
  dpb__release(trainer->labels);
  dpb__best_destroy(&trainer->best);
  dpb__release(trainer->history);
  dpb__release(trainer);
}
