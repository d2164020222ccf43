/* SPDX-License-Identifier: MIT
 *
 * Loss and accuracy over the epochs of training runs.
 */
#ifndef APP_TRAIN_PLOT_H
#define APP_TRAIN_PLOT_H

#include "run_history.h"
#include "train_job.h"

enum train_plot { PLOT_FILES = 1, PLOT_TEXT }; /* of train_options */

/* Draws the figures "loss" and "accuracy" into folder, or as text on stdout where it is
 * NULL. One run: training, validation and test as curves of one panel; several: a panel
 * for each of these, with a curve for each run. quiet: nothing is said on stdout. */
int train_plot_runs(const run_history runs[], int count, const char *folder, int quiet);

/* For a job that has run and come to code: draws its history, from the file where one was
 * written. Returns code unless that was EXIT_OK and drawing fails. */
int train_plot(const train_job *job, int code);

#endif
