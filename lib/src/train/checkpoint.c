/* SPDX-License-Identifier: MIT
 *
 * The numbers of a run, between the trainer and a file.
 */
#include "train/checkpoint.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "optim/update.h"

const char *const dpb__run_wholes[DPB__RUN_WHOLES] = {
    "epochs",     "steps",          "goal",        "length",
    "epoch_step", "epoch_samples",  "measure_due", "stopped_early",
    "waited",     "plateau_waited", "model_steps", "optimizer_steps"};

const char *const dpb__run_reals[DPB__RUN_REALS] = {"epoch_loss_sum", "step_loss",
                                                    "epoch_seconds",  "learning_rate",
                                                    "plateau_best",   "plateau_factor"};

void dpb__state_prefix(int index, char prefix[32]) {
  snprintf(prefix, 32, DPB__OWN_NAME "optimizer%d_", index);
}

void dpb__run_name(const char *key, char name[64]) {
  snprintf(name, 64, DPB__RUN_PREFIX "%s", key);
}

void dpb__run_get(const dpb_trainer *trainer, dpb__run *run) {
  const dpb__standing *place = &trainer->place;
  const dpb_optimizer *optimizer = trainer->config.optimizer;
  dpb_schedule_state plateau = {.best = HUGE_VAL, .factor = 1.0};
  if (trainer->schedule) (void)dpb_schedule_get_state(trainer->schedule, &plateau);
  const uint64_t whole[DPB__RUN_WHOLES] = {
      [DPB__RUN_EPOCHS] = trainer->epochs,
      [DPB__RUN_STEPS] = trainer->steps,
      [DPB__RUN_GOAL] = trainer->goal,
      [DPB__RUN_LENGTH] = trainer->config.epochs,
      [DPB__RUN_STEP] = place->step,
      [DPB__RUN_SAMPLES] = place->samples,
      [DPB__RUN_DUE] = place->due,
      [DPB__RUN_STOPPED] = trainer->stopped_early != 0,
      [DPB__RUN_WAITED] = trainer->best.waited,
      [DPB__RUN_PLATEAU_WAITED] = plateau.waited,
      [DPB__RUN_MODEL_STEPS] = trainer->config.model->step,
      [DPB__RUN_OPTIMIZER_STEPS] = dpb__optimizer_steps(optimizer)};
  for (int i = 0; i < DPB__RUN_WHOLES; i++)
    run->whole[i] = whole[i] < INT64_MAX ? (int64_t)whole[i] : INT64_MAX;
  run->real[DPB__RUN_LOSS_SUM] = place->loss_sum;
  run->real[DPB__RUN_LOSS] = place->loss;
  run->real[DPB__RUN_SECONDS] = place->seconds;
  run->real[DPB__RUN_LR] = (double)dpb_optimizer_lr(optimizer);
  run->real[DPB__RUN_PLATEAU_BEST] = plateau.best;
  run->real[DPB__RUN_PLATEAU_FACTOR] = plateau.factor;
}

/* Where this run ends: as long as the trainer wants it, from where it began. */
static int64_t goal_of(const dpb_trainer *trainer, const dpb__run *run) {
  const int64_t goal = run->whole[DPB__RUN_GOAL];
  if (goal == 0) return 0;
  return goal - run->whole[DPB__RUN_LENGTH] + (int64_t)trainer->config.epochs;
}

void dpb__run_put(dpb_trainer *trainer, const dpb__run *run) {
  const int64_t *whole = run->whole;
  trainer->epochs = (size_t)whole[DPB__RUN_EPOCHS];
  trainer->steps = (size_t)whole[DPB__RUN_STEPS];
  trainer->goal = (size_t)goal_of(trainer, run);
  trainer->place = (dpb__standing){.step = (size_t)whole[DPB__RUN_STEP],
                                   .samples = (size_t)whole[DPB__RUN_SAMPLES],
                                   .loss_sum = run->real[DPB__RUN_LOSS_SUM],
                                   .loss = run->real[DPB__RUN_LOSS],
                                   .seconds = run->real[DPB__RUN_SECONDS],
                                   .due = whole[DPB__RUN_DUE] != 0};
  trainer->stopped_early = (int)whole[DPB__RUN_STOPPED];
  trainer->best.waited = (size_t)whole[DPB__RUN_WAITED];
  const dpb_schedule_state plateau = {.best = run->real[DPB__RUN_PLATEAU_BEST],
                                      .factor = run->real[DPB__RUN_PLATEAU_FACTOR],
                                      .waited = (uint64_t)whole[DPB__RUN_PLATEAU_WAITED]};
  if (trainer->schedule) (void)dpb_schedule_set_state(trainer->schedule, &plateau);
  trainer->config.model->step = (uint64_t)whole[DPB__RUN_MODEL_STEPS];
  dpb_optimizer *optimizer = trainer->config.optimizer;
  dpb__optimizer_set_steps(optimizer, (uint64_t)whole[DPB__RUN_OPTIMIZER_STEPS]);
  (void)dpb_optimizer_set_lr(optimizer, (float)run->real[DPB__RUN_LR]);
}

/* -- checking */

static dpb_status bad_whole(const char *path, const dpb__run *run, int index) {
  return dpb__fail(DPB_ERR_DATA, "%s: " DPB__RUN_PREFIX "%s is %lld", path,
                   dpb__run_wholes[index], (long long)run->whole[index]);
}

static dpb_status check_wholes(const dpb_trainer *trainer, const char *path,
                               const dpb__run *run) {
  const int64_t *whole = run->whole;
  const int64_t most = (int64_t)(SIZE_MAX / 4); /* sums of two do not overflow */
  for (int i = 0; i < DPB__RUN_WHOLES; i++)
    if (whole[i] < 0 || whole[i] > most) return bad_whole(path, run, i);
  const int64_t goal = whole[DPB__RUN_GOAL], step = whole[DPB__RUN_STEP];
  const bool due = whole[DPB__RUN_DUE] == 1;
  if (whole[DPB__RUN_LENGTH] < 1) return bad_whole(path, run, DPB__RUN_LENGTH);
  const int64_t begun = goal - whole[DPB__RUN_LENGTH]; /* epochs before this run */
  if (goal != 0 &&
      (begun < 0 || begun > whole[DPB__RUN_EPOCHS] || goal < whole[DPB__RUN_EPOCHS]))
    return bad_whole(path, run, DPB__RUN_GOAL);
  if (step > (int64_t)trainer->updates || (step > 0 && goal == 0) ||
      (step == (int64_t)trainer->updates && !due))
    return bad_whole(path, run, DPB__RUN_STEP);
  if (whole[DPB__RUN_DUE] > 1 || (due && step == 0))
    return bad_whole(path, run, DPB__RUN_DUE);
  if (whole[DPB__RUN_STEPS] < step) return bad_whole(path, run, DPB__RUN_STEPS);
  return whole[DPB__RUN_STOPPED] > 1 ? bad_whole(path, run, DPB__RUN_STOPPED) : DPB_OK;
}

static dpb_status check_reals(const char *path, const dpb__run *run) {
  const double lr = run->real[DPB__RUN_LR];
  const double factor = run->real[DPB__RUN_PLATEAU_FACTOR];
  int wrong = -1;
  for (int i = 0; i < DPB__RUN_REALS; i++) {
    const bool may_be_infinite = i == DPB__RUN_PLATEAU_BEST;
    if (!isfinite(run->real[i]) && !may_be_infinite) wrong = i;
  }
  if (!((float)lr > 0.0f && lr <= (double)FLT_MAX)) wrong = DPB__RUN_LR;
  if (!(factor > 0.0 && factor <= 1.0)) wrong = DPB__RUN_PLATEAU_FACTOR;
  if (isnan(run->real[DPB__RUN_PLATEAU_BEST])) wrong = DPB__RUN_PLATEAU_BEST;
  if (wrong < 0) return DPB_OK;
  return dpb__fail(DPB_ERR_DATA, "%s: " DPB__RUN_PREFIX "%s is %g", path,
                   dpb__run_reals[wrong], run->real[wrong]);
}

static dpb_status check_length(const dpb_trainer *trainer, const char *path,
                               const dpb__run *run) {
  const int64_t length = run->whole[DPB__RUN_LENGTH];
  const int64_t wanted = (int64_t)trainer->config.epochs;
  if (run->whole[DPB__RUN_GOAL] == 0 || wanted == length) return DPB_OK;
  if (trainer->schedule && dpb__schedule_takes_total(trainer->schedule))
    return dpb__fail(
        DPB_ERR_ARG,
        "%s: its run has %lld epochs, and its schedule spans them all: not %lld", path,
        (long long)length, (long long)wanted);
  if (goal_of(trainer, run) >=
      run->whole[DPB__RUN_EPOCHS] + (run->whole[DPB__RUN_STEP] > 0))
    return DPB_OK;
  return dpb__fail(
      DPB_ERR_ARG, "%s: its run is in epoch %lld already, beyond the end at %lld", path,
      (long long)run->whole[DPB__RUN_EPOCHS] + 1, (long long)goal_of(trainer, run));
}

dpb_status dpb__run_check(const dpb_trainer *trainer, const char *path,
                          const dpb__run *run) {
  dpb_status status = check_wholes(trainer, path, run);
  if (status == DPB_OK) status = check_reals(path, run);
  return status == DPB_OK ? check_length(trainer, path, run) : status;
}

/* -- the history */

void dpb__row_get(const dpb_epoch *epoch, double row[DPB__ROW]) {
  const double numbers[DPB__ROW] = {
      (double)epoch->epoch,  (double)epoch->steps,      epoch->train_loss,
      epoch->train_accuracy, epoch->validation_loss,    epoch->validation_accuracy,
      epoch->test_loss,      epoch->test_accuracy,      (double)epoch->learning_rate,
      epoch->seconds,        epoch->partial ? 1.0 : 0.0};
  for (int i = 0; i < DPB__ROW; i++) row[i] = numbers[i];
}

/* A whole number from 1 on that a double holds exactly. */
static bool is_count(double x) {
  return x >= 1.0 && x <= 0x1p53 && x == floor(x);
}

bool dpb__row_put(const double row[DPB__ROW], dpb_epoch *epoch) {
  const double lr = row[8];
  if (!is_count(row[0]) || !is_count(row[1]) || !(lr > 0.0 && lr <= (double)FLT_MAX) ||
      !(row[9] >= 0.0) || (row[10] != 0.0 && row[10] != 1.0))
    return false;
  *epoch = (dpb_epoch){.epoch = (size_t)row[0],
                       .steps = (size_t)row[1],
                       .train_loss = row[2],
                       .train_accuracy = row[3],
                       .validation_loss = row[4],
                       .validation_accuracy = row[5],
                       .test_loss = row[6],
                       .test_accuracy = row[7],
                       .learning_rate = (float)lr,
                       .seconds = row[9],
                       .partial = row[10] != 0.0};
  return true;
}
