/* SPDX-License-Identifier: MIT
 *
 * The numbers of a training run, as history.csv has them.
 */
#ifndef APP_RUN_HISTORY_H
#define APP_RUN_HISTORY_H

#include <deepblas/trainer.h>

enum run_column {
  RUN_EPOCH,
  RUN_STEPS,
  RUN_TRAIN_LOSS,
  RUN_TRAIN_ACCURACY,
  RUN_VALIDATION_LOSS,
  RUN_VALIDATION_ACCURACY,
  RUN_TEST_LOSS,
  RUN_TEST_ACCURACY,
  RUN_COLUMNS
};

/* NaN where the file has an empty field: nothing was measured. */
typedef struct run_history {
  char *name; /* what a legend calls it */
  size_t count, capacity;
  double (*rows)[RUN_COLUMNS];
} run_history;

/* Reads the file; further columns are passed over. Returns EXIT_OK, or EXIT_DATA with the
 * reason printed. */
int run_history_read(const char *path, run_history *run);

/* The same numbers from a trainer. */
void run_history_take(const dpb_trainer *trainer, run_history *run);

void run_history_free(run_history *run);

/* Steps in an epoch, or 0 where the rows do not tell: within the first epoch. */
double run_history_epoch_steps(const run_history *run);

#endif
