/* SPDX-License-Identifier: MIT
 *
 * What the epochs came to, and the same as CSV: a header line, one line per row, an empty
 * field where there was nothing to measure. The seconds stay out of the file, so
 * that two runs of the same seed write the same bytes.
 */
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/size.h"
#include "file/atomic_file.h"

static const char header[] =
    "epoch,steps,train_loss,train_accuracy,validation_loss,"
    "validation_accuracy,test_loss,test_accuracy,learning_rate\n";

dpb_status dpb__history_reserve(dpb_trainer *trainer) {
  if (trainer->history_count < trainer->history_capacity) return DPB_OK;
  size_t capacity = trainer->history_capacity;
  if (capacity == 0)
    capacity = 16;
  else if (!dpb__size_mul(capacity, 2, &capacity))
    return dpb__fail(DPB_ERR_SIZE, "history: %zu epochs are too many", capacity);
  void *memory = NULL;
  dpb_status status = dpb__allocate(capacity, sizeof(dpb_epoch), "history", &memory);
  if (status != DPB_OK) return status;
  if (trainer->history_count > 0)
    memcpy(memory, trainer->history, trainer->history_count * sizeof(dpb_epoch));
  dpb__release(trainer->history);
  trainer->history = memory;
  trainer->history_capacity = capacity;
  return DPB_OK;
}

const dpb_epoch *dpb_trainer_history(const dpb_trainer *trainer, size_t *count) {
  size_t finished = trainer ? trainer->history_count : 0;
  if (count) *count = finished;
  return finished > 0 ? trainer->history : NULL;
}

/* A comma and the number; nothing behind the comma for NaN. */
static char *put_number(char *at, double value) {
  *at++ = ',';
  return isnan(value) ? at : at + dpb__print_double(value, at);
}

static dpb_status write_epoch(dpb__atomic_file *file, const dpb_epoch *epoch) {
  const double numbers[] = {epoch->train_loss,      epoch->train_accuracy,
                            epoch->validation_loss, epoch->validation_accuracy,
                            epoch->test_loss,       epoch->test_accuracy};
  enum { NUMBERS = sizeof numbers / sizeof *numbers };
  char line[2 * 24 + NUMBERS * 33 + 33 + 2];
  char *at = line + snprintf(line, 2 * 24, "%zu,%zu", epoch->epoch, epoch->steps);
  for (size_t i = 0; i < NUMBERS; i++) at = put_number(at, numbers[i]);
  *at++ = ',';
  at += dpb__print_float(epoch->learning_rate, at);
  *at++ = '\n';
  return dpb__atomic_file_write(file, line, (size_t)(at - line));
}

dpb_status dpb_trainer_save_history(const dpb_trainer *trainer, const char *path) {
  if (!trainer || !path)
    return dpb__fail(DPB_ERR_ARG, "dpb_trainer_save_history: %s is NULL",
                     trainer ? "path" : "trainer");
  dpb__atomic_file *file = NULL;
  dpb_status status = dpb__atomic_file_open(path, &file);
  if (status != DPB_OK) return status;
  status = dpb__atomic_file_write(file, header, sizeof header - 1);
  for (size_t i = 0; status == DPB_OK && i < trainer->history_count; i++)
    status = write_epoch(file, &trainer->history[i]);
  if (status == DPB_OK) return dpb__atomic_file_commit(file);
  dpb__atomic_file_abandon(file);
  return status;
}
