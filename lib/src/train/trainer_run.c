/* SPDX-License-Identifier: MIT
 *
 * The loop over epochs: steps, what the callback is told, measuring, and when to stop.
 */
#include <math.h>
#include <time.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "model/model.h"
#include "train/trainer.h"

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

/* -- measuring */

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

/* Of the one mini-batch that is trained on, or of the training set. */
static dpb_status measure_training(dpb_trainer *trainer, double *accuracy) {
  const dpb_trainer_config *config = &trainer->config;
  double unused; /* the loss of training is that of its steps */
  if (!config->overfit_batch)
    return measure_set(config->model, config->train, config->train_samples, &unused,
                       accuracy);
  dpb_batch batch;
  int correct = 0;
  dpb_status status = dpb_batcher_get(trainer->batcher, 0, &batch);
  if (status == DPB_OK) status = dpb_model_loss(config->model, &batch, &unused, &correct);
  if (status == DPB_OK) *accuracy = (double)correct / batch.n;
  return status;
}

static size_t count_of(const dpb_dataset *dataset) {
  return dataset ? dpb_dataset_count(dataset) : 0;
}

static dpb_status measure_all(dpb_trainer *trainer, dpb_epoch *record) {
  const dpb_trainer_config *config = &trainer->config;
  dpb_status status = DPB_OK;
  record->train_accuracy = (double)NAN;
  if (!record->partial) status = measure_training(trainer, &record->train_accuracy);
  if (status != DPB_OK) return dpb__fail_in(status, "measuring the training set: ");
  status = measure_set(config->model, config->validation, count_of(config->validation),
                       &record->validation_loss, &record->validation_accuracy);
  if (status != DPB_OK) return dpb__fail_in(status, "measuring the validation set: ");
  status = measure_set(config->model, config->test, count_of(config->test),
                       &record->test_loss, &record->test_accuracy);
  return status == DPB_OK ? DPB_OK : dpb__fail_in(status, "measuring the test set: ");
}

/* Sum and quotient in the library's rounding mode, unlike the callback. Compilers take
 * arithmetic to be the same in every mode and move it freely; what is volatile they leave
 * between the two changes of mode. */
static double add_loss(double sum, double loss) {
  volatile double a = sum, b = loss;
  const unsigned host_mode = dpb__float_enter_plain();
  const volatile double all = a + b;
  dpb__float_leave(host_mode);
  return all;
}

static double mean_loss(double sum, size_t count) {
  volatile double a = sum, b = (double)count;
  const unsigned host_mode = dpb__float_enter_plain();
  const volatile double mean = a / b;
  dpb__float_leave(host_mode);
  return mean;
}

/* The row of what has been done of the epoch so far. */
static dpb_status measure(dpb_trainer *trainer, const dpb_progress *progress,
                          dpb_epoch *record) {
  const unsigned host_mode = dpb__float_enter_plain();
  *record = (dpb_epoch){.epoch = progress->epoch,
                        .steps = trainer->steps,
                        .train_loss = mean_loss(trainer->place.loss_sum, progress->step),
                        .seconds = progress->seconds,
                        .learning_rate = progress->learning_rate,
                        .partial = progress->step < progress->steps};
  dpb_status status = measure_all(trainer, record);
  dpb__float_leave(host_mode);
  if (status != DPB_OK)
    return dpb__fail_in(status, "epoch %zu after step %zu: ", progress->epoch,
                        progress->step);
  trainer->history[trainer->history_count++] = *record;
  return DPB_OK;
}

static dpb_status measure_within(dpb_trainer *trainer, const dpb_progress *progress) {
  /* Room for another row, the epoch's own, comes first as well. */
  dpb_status status = dpb__history_reserve(trainer);
  dpb_epoch record;
  if (status == DPB_OK) status = measure(trainer, progress, &record);
  if (status != DPB_OK) return status;
  trainer->place.due = false;
  status = dpb__history_reserve(trainer);
  if (status != DPB_OK) return status;
  dpb_progress event = *progress;
  event.event = DPB_EVENT_EVALUATE;
  event.record = &record;
  return tell(trainer, &event);
}

/* -- epochs */

static bool is_due(const dpb_trainer *trainer, const dpb_progress *progress) {
  const size_t every = trainer->config.evaluate_every;
  return every > 0 && progress->step % every == 0 && progress->step < progress->steps;
}

/* One step, and its place kept: whoever is told of it may write a checkpoint. */
static dpb_status run_step(dpb_trainer *trainer, dpb_progress *progress) {
  const double begin = seconds_now();
  const dpb_status status = dpb__trainer_step(trainer, progress);
  if (status != DPB_OK) return status;
  progress->seconds += seconds_now() - begin;
  trainer->place =
      (dpb__standing){.step = progress->step,
                      .samples = progress->samples,
                      .loss_sum = add_loss(trainer->place.loss_sum, progress->loss),
                      .loss = progress->loss,
                      .seconds = progress->seconds,
                      .due = true};
  return tell(trainer, progress);
}

/* The steps of one epoch that are still to be done. */
static dpb_status run_steps(dpb_trainer *trainer, dpb_progress *progress) {
  const double begin = seconds_now();
  /* the order of an epoch is its own; one mini-batch for all comes from the first */
  const size_t order = trainer->config.overfit_batch ? 0 : progress->epoch - 1;
  dpb_status status = dpb_batcher_start(trainer->batcher, order);
  progress->seconds += seconds_now() - begin;
  while (status == DPB_OK) {
    if (trainer->place.due && is_due(trainer, progress))
      status = measure_within(trainer, progress);
    if (status != DPB_OK || progress->step == progress->steps) return status;
    status = run_step(trainer, progress);
  }
  return status;
}

static dpb_progress progress_of(const dpb_trainer *trainer) {
  const dpb__standing *place = &trainer->place;
  return (dpb_progress){.event = DPB_EVENT_STEP,
                        .epoch = trainer->epochs + 1,
                        .epochs = trainer->goal,
                        .step = place->step,
                        .steps = trainer->updates,
                        .samples = place->samples,
                        .loss = place->loss,
                        .seconds = place->seconds,
                        .learning_rate = dpb_optimizer_lr(trainer->config.optimizer),
                        .gradient_norm = (double)NAN};
}

/* The epoch that is under way, or the next one. */
static dpb_status run_epoch(dpb_trainer *trainer) {
  /* Room for the record comes first: memory that runs out costs no epoch of training. */
  dpb_status status = dpb__history_reserve(trainer);
  if (status != DPB_OK) return status;
  dpb_progress progress = progress_of(trainer);
  status = run_steps(trainer, &progress);
  if (status != DPB_OK) return status;
  dpb_epoch record;
  status = measure(trainer, &progress, &record);
  if (status != DPB_OK) return status;
  trainer->epochs++;
  trainer->place = (dpb__standing){0};
  if (trainer->schedule) dpb_schedule_observe(trainer->schedule, record.validation_loss);
  trainer->stopped_early = dpb__best_observe(trainer, &record);
  progress.event = DPB_EVENT_EPOCH;
  progress.record = &record;
  return tell(trainer, &progress);
}

static void begin_run(dpb_trainer *trainer) {
  trainer->goal = trainer->epochs + trainer->config.epochs;
  trainer->best.waited = 0;
  trainer->stopped_early = 0;
}

dpb_status dpb_trainer_run(dpb_trainer *trainer) {
  if (!trainer) return dpb__fail(DPB_ERR_ARG, "dpb_trainer_run: trainer is NULL");
  if (trainer->goal == 0) begin_run(trainer);
  while (trainer->epochs < trainer->goal && !trainer->stopped_early) {
    const dpb_status status = run_epoch(trainer);
    if (status != DPB_OK) return status;
  }
  trainer->goal = 0;
  dpb__best_restore(trainer);
  return DPB_OK;
}

dpb_status dpb_trainer_where(const dpb_trainer *trainer, dpb_trainer_place *place) {
  if (!trainer || !place)
    return dpb__fail(DPB_ERR_ARG, "dpb_trainer_where: %s is NULL",
                     trainer ? "place" : "trainer");
  *place = (dpb_trainer_place){.running = trainer->goal > 0,
                               .epochs = trainer->epochs,
                               .goal = trainer->goal,
                               .step = trainer->place.step,
                               .epoch_steps = trainer->updates,
                               .steps = trainer->steps};
  return DPB_OK;
}
