/* SPDX-License-Identifier: MIT
 *
 * The inside of training, for the files of this folder.
 *
 *   evaluate.c       loss and accuracy over a dataset
 *   metrics.c        confusion matrix, top-k
 *   training_step.c  gradient, then the update shared by the workers
 *   trainer.c        checking and creating
 *   trainer_run.c    the loop over epochs
 *   trainer_step.c   a step of it: mini-batches, augmented, accumulated, clipped
 *   early_stop.c     the best parameters, and when to stop
 *   history.c        what the epochs came to, and its CSV
 *   settings.c       what decides how a run goes, as text
 *   checkpoint.c     the numbers of a run, both ways
 *   checkpoint_save.c, checkpoint_load.c  a run in a file
 */
#ifndef DPB_TRAIN_TRAINER_H
#define DPB_TRAIN_TRAINER_H

#include <stdbool.h>

#include <deepblas/schedule.h>
#include <deepblas/trainer.h>

#include "data/augment.h"

/* Early stopping; all zero without patience. */
typedef struct dpb__best {
  dpb_epoch record; /* epoch 0: there is none yet */
  size_t waited;    /* epochs since */
  float *params;    /* the model's flat vector at that epoch */
  float *state;     /* and its running statistics; NULL: there are none */
} dpb__best;

/* Where an epoch stands that is not finished; all zero between epochs. */
typedef struct dpb__standing {
  size_t step; /* steps done */
  size_t samples;
  double loss_sum; /* of its steps */
  double loss;     /* of the last one */
  double seconds;  /* training alone */
  bool due;        /* the last step was taken, and what follows it, measuring, was not */
} dpb__standing;

struct dpb_trainer {
  dpb_trainer_config config; /* defaults filled in; the texts are its own */
  char *schedule_text;       /* behind config.schedule; NULL: none */
  char *augment_text;
  float lr; /* the optimiser's at the beginning: the schedule's base */
  dpb_batcher *batcher;
  size_t updates; /* steps of an epoch */
  size_t epochs;  /* finished so far */
  size_t steps;   /* so far, all epochs, unfinished ones too */
  size_t goal;    /* the run under way ends after so many epochs; 0: none is under way */
  dpb__standing place;
  uint32_t checksums[3]; /* of training, validation and test set, when they are known */
  bool checked;

  dpb_schedule *schedule; /* NULL: constant */
  dpb_augment *augment;   /* NULL: off */
  float *augmented;       /* a mini-batch of features and labels */
  int32_t *labels;

  dpb__best best;
  int stopped_early;

  dpb_epoch *history;
  size_t history_count;
  size_t history_capacity;
};

/* DPB_ERR_SHAPE, with both sides, unless the model takes the dataset's samples and has an
 * output for each of its classes. what names the dataset: "test set". */
dpb_status dpb__dataset_fits(const dpb_model *model, const dpb_dataset *dataset,
                             const char *what);

/* dpb_evaluate over the first count samples. */
dpb_status dpb__evaluate_rows(dpb_model *model, const dpb_dataset *dataset, size_t count,
                              dpb_evaluation *result, int32_t *predictions);

/* DPB_ERR_STATE when the model holds no gradients; DPB_ERR_SHAPE, with both numbers,
 * unless the optimiser was made for the model's flat count. */
dpb_status dpb__optimizer_fits(const dpb_model *model, const dpb_optimizer *optimizer);

/* Step number progress->step of the epoch, learning rate and norm with it; counts it. */
dpb_status dpb__trainer_step(dpb_trainer *trainer, dpb_progress *progress);

/* Room for the best parameters; early stopping is on. */
dpb_status dpb__best_create(dpb_trainer *trainer);
void dpb__best_destroy(dpb__best *best);

/* Keeps the present parameters when record is better than all before. 1 when patience is
 * over. */
int dpb__best_observe(dpb_trainer *trainer, const dpb_epoch *record);

/* Puts the best parameters back, if there are some. */
void dpb__best_restore(dpb_trainer *trainer);

/* Room for one more row in the history. */
dpb_status dpb__history_reserve(dpb_trainer *trainer);

#endif
