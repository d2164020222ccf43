/* SPDX-License-Identifier: MIT
 *
 * checkpoint.npz of a training run: written now and then, and gone on from.
 */
#ifndef APP_TRAIN_CHECKPOINT_H
#define APP_TRAIN_CHECKPOINT_H

#include "train_job.h"

#define CHECKPOINT_NAME "checkpoint.npz"

/* Writes it to --out. A failure is told, once for each reason, and training goes on: the
 * last good one is still there. */
void checkpoint_write(train_job *job);

/* After a step or an epoch: writes it when it is time. */
void checkpoint_when_due(train_job *job, const dpb_progress *now);

/* The options of the run that wrote the one in folder, as option_lines, in *lines; NULL
 * where there is none. *path is its path. The caller frees both. Returns EXIT_OK, or
 * EXIT_DATA with the reason printed. */
int checkpoint_options(const char *folder, char **path, char **lines);

/* Puts the prepared job where the checkpoint job->resume_path was written. Returns
 * EXIT_OK or another exit code, with the reason printed. */
int checkpoint_resume(train_job *job);

/* A run that has come to its end and was not to write checkpoints leaves none behind: it
 * would be of an older run, or of this one before its end. */
void checkpoint_tidy(const train_job *job);

#endif
