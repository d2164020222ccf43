/* SPDX-License-Identifier: MIT
 *
 * Early stopping: the parameters of the best epoch so far are kept in memory that was
 * allocated at the beginning, and put back at the end (section 6.4 on overfitting).
 */
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"
#include "train/trainer.h"

dpb_status dpb__best_create(dpb_trainer *trainer) {
  const dpb_model *model = trainer->config.model;
  void *memory = NULL;
  dpb_status status =
      dpb__allocate(model->flat_count, sizeof(float), "best parameters", &memory);
  trainer->best.params = memory;
  if (status != DPB_OK || model->state_count == 0) return status;
  status = dpb__allocate(model->state_count, sizeof(float), "best state", &memory);
  trainer->best.state = memory;
  return status;
}

void dpb__best_destroy(dpb__best *best) {
  dpb__release(best->params);
  dpb__release(best->state);
}

static bool is_better(const dpb_trainer *trainer, const dpb_epoch *record) {
  const dpb_epoch *best = &trainer->best.record;
  const double least = (double)trainer->config.min_delta;
  if (best->epoch == 0) return true;
  if (trainer->config.monitor == DPB_MONITOR_ACCURACY)
    return record->validation_accuracy > best->validation_accuracy + least;
  return record->validation_loss < best->validation_loss - least;
}

static void copy(size_t count, const float *from, float *to) {
  if (count > 0) memcpy(to, from, count * sizeof *to);
}

int dpb__best_observe(dpb_trainer *trainer, const dpb_epoch *record) {
  dpb__best *best = &trainer->best;
  if (!best->params) return 0;
  if (!is_better(trainer, record)) return ++best->waited >= trainer->config.patience;
  const dpb_model *model = trainer->config.model;
  copy(model->flat_count, model->params, best->params);
  copy(model->state_count, model->state, best->state);
  best->record = *record;
  best->waited = 0;
  return 0;
}

void dpb__best_restore(dpb_trainer *trainer) {
  const dpb__best *best = &trainer->best;
  if (!best->params || best->record.epoch == 0) return;
  const dpb_model *model = trainer->config.model;
  copy(model->flat_count, best->params, model->params);
  copy(model->state_count, best->state, model->state);
}

const dpb_epoch *dpb_trainer_best(const dpb_trainer *trainer) {
  return trainer && trainer->best.record.epoch > 0 ? &trainer->best.record : NULL;
}

int dpb_trainer_stopped_early(const dpb_trainer *trainer) {
  return trainer ? trainer->stopped_early : 0;
}
