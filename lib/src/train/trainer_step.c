/* SPDX-License-Identifier: MIT
 *
 * A step of the trainer: one mini-batch or several, augmented where that is wanted, their
 * mean gradient, clipped, and the update at the learning rate of the schedule.
 */
#include <math.h>

#include "base/error.h"
#include "model/model.h"
#include "train/trainer.h"

/* Puts the augmented samples of the batch in the place of its own. first is the batch's
 * place in the epoch. */
static void augment(dpb_trainer *trainer, size_t epoch, size_t first, dpb_batch *batch) {
  dpb__augment_batch(trainer->augment, trainer->config.model->pool, batch, epoch, first,
                     trainer->augmented);
  for (int i = 0; i < batch->n; i++)
    trainer->labels[i] = batch->labels[batch->rows ? batch->rows[i] : (uint32_t)i];
  *batch = (dpb_batch){
      .n = batch->n, .features = trainer->augmented, .labels = trainer->labels};
}

/* Mini-batch number index of the epoch. */
static dpb_status fetch(dpb_trainer *trainer, const dpb_progress *progress, size_t index,
                        dpb_batch *batch) {
  if (trainer->config.overfit_batch) index = 0;
  dpb_status status = dpb_batcher_get(trainer->batcher, index, batch);
  if (status == DPB_OK && trainer->augment)
    augment(trainer, progress->epoch - 1, index * (size_t)trainer->config.batch, batch);
  return status;
}

/* The mean gradient and loss over mini-batches first .. end - 1. */
static dpb_status accumulate(dpb_trainer *trainer, dpb_progress *progress, size_t first,
                             size_t end) {
  dpb_model *model = trainer->config.model;
  dpb_batch batch;
  int samples = 0;
  dpb_status status = DPB_OK;
  for (size_t i = first; status == DPB_OK && i < end; i++) {
    status = dpb_batcher_get(trainer->batcher, i, &batch);
    samples += batch.n;
  }
  if (status == DPB_OK) status = dpb_model_gradient_clear(model);
  double sum = 0;
  for (size_t i = first; status == DPB_OK && i < end; i++) {
    double loss = 0;
    status = fetch(trainer, progress, i, &batch);
    if (status == DPB_OK)
      status =
          dpb_model_gradient_add(model, &batch, (float)batch.n / (float)samples, &loss);
    sum += loss * batch.n;
  }
  progress->loss = sum / samples;
  progress->samples += (size_t)samples;
  return status;
}

static dpb_status gradient(dpb_trainer *trainer, dpb_progress *progress) {
  const size_t parts = (size_t)trainer->config.accumulate;
  const size_t first = progress->step * parts;
  if (parts > 1) {
    const size_t all = dpb_batcher_steps(trainer->batcher);
    return accumulate(trainer, progress, first,
                      all - first < parts ? all : first + parts);
  }
  dpb_batch batch;
  dpb_status status = fetch(trainer, progress, first, &batch);
  if (status != DPB_OK) return status;
  progress->samples += (size_t)batch.n;
  return dpb_model_gradient(trainer->config.model, &batch, &progress->loss);
}

/* The rate of this step. */
static dpb_status set_rate(dpb_trainer *trainer, dpb_progress *progress) {
  dpb_optimizer *optimizer = trainer->config.optimizer;
  dpb_status status = DPB_OK;
  if (trainer->schedule) {
    const uint64_t step = (uint64_t)trainer->epochs * trainer->updates + progress->step;
    status = dpb_optimizer_set_lr(optimizer, dpb_schedule_lr(trainer->schedule, step));
  }
  progress->learning_rate = dpb_optimizer_lr(optimizer);
  return status;
}

dpb_status dpb__trainer_step(dpb_trainer *trainer, dpb_progress *progress) {
  const dpb_trainer_config *config = &trainer->config;
  const size_t samples = progress->samples;
  progress->gradient_norm = (double)NAN;
  dpb_status status = set_rate(trainer, progress);
  if (status == DPB_OK) status = gradient(trainer, progress);
  if (status == DPB_OK && config->clip_norm > 0)
    status = dpb_clip_gradients(config->model, (double)config->clip_norm,
                                &progress->gradient_norm);
  if (status == DPB_OK) status = dpb_train_update(config->model, config->optimizer);
  if (status != DPB_OK) {
    progress->samples = samples;
    return dpb__fail_in(status, "epoch %zu step %zu: ", progress->epoch,
                        progress->step + 1);
  }
  progress->step++;
  trainer->steps++;
  return DPB_OK;
}
