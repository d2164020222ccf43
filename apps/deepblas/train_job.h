/* SPDX-License-Identifier: MIT
 *
 * One training run of the program: what was asked for, and all it holds.
 */
#ifndef APP_TRAIN_JOB_H
#define APP_TRAIN_JOB_H

#include <deepblas/trainer.h>

#include "progress.h"

typedef struct train_options {
  const char *net;
  const char *data;
  const char *out; /* NULL: nothing is written */
  int epochs;
  int batch; /* 0: 100, or the training set where that is smaller */
  int optimizer;
  double lr; /* 0 here and below: the optimiser's default */
  double momentum;
  double decay;
  double beta1;
  double beta2;
  double eps;
  double weight_decay;  /* L2 in the model; with adamw the optimiser's own */
  const char *schedule; /* never NULL */
  double clip_norm;
  int accumulate;
  const char *init;
  const char *augment;
  int overfit_batch;
  int evaluate_every;
  int patience;
  double min_delta;
  int monitor;
  uint64_t seed;
  int threads;
  double validation; /* share of the training set */
  int sampling;
  int train_samples;    /* 0: all */
  int train_accuracy;   /* measured on so many of them at most */
  int checkpoint_every; /* steps; 0: only when the run is stopped */
  const char *resume;   /* folder of the run to go on with, or NULL */
  int plot;             /* 1: figures in out, 2: as text */
  int quiet;
  int json;
} train_options;

typedef struct train_job {
  train_options options;
  dpb_dataset *train;
  dpb_dataset *validation;
  dpb_dataset *test;
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_trainer *trainer;
  int batch;
  float lr; /* at the beginning */
  progress_bar bar;
  double history_due;    /* not written again before, while the run goes on */
  int history_failed;    /* the last time it was written */
  int learned;           /* at least one step was taken */
  dpb_status ended;      /* of the run: OK, ERR_STOPPED or ERR_DIVERGED */
  dpb_evaluation result; /* on the test set, after the run */
  char *model_path;      /* written, or NULL */
  char *history_path;
  char *checkpoint_path;         /* likewise, the last one */
  dpb_status checkpoint_failure; /* of the last attempt */
  const char *lines;             /* what was asked for, as option_lines; borrowed */
  const char *resume_path;       /* checkpoint to go on from, or NULL; borrowed */
  size_t resumed_steps;          /* that were done by then */
} train_job;

#endif
