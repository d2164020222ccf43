/* SPDX-License-Identifier: MIT
 *
 * One training run of the program, from its data to the saved model.
 */
#ifndef APP_TRAIN_RUN_H
#define APP_TRAIN_RUN_H

#include "train_job.h"

/* Reads the data, builds model, optimiser and trainer. Nothing is written yet. Each of
 * these returns EXIT_OK, or another exit code with the reason printed. */
int train_prepare(train_job *job);

/* Trains, saves what was learned, measures it on the test set. EXIT_CHECK when training
 * diverged, 128 + the signal when it was stopped. */
int train_run(train_job *job);

void train_free(train_job *job);

#endif
