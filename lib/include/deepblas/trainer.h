/* SPDX-License-Identifier: MIT
 *
 * Training as a loop over epochs, with a callback, history and measured accuracy.
 */
#ifndef DEEPBLAS_TRAINER_H
#define DEEPBLAS_TRAINER_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/dataset.h>
#include <deepblas/model.h>
#include <deepblas/optimizer.h>
#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- measuring */

typedef struct dpb_evaluation {
  size_t correct;
  size_t total;
  double loss; /* mean over all samples */
} dpb_evaluation;

/* Inference over the whole dataset: every sample counts, the last short batch too.
 * predictions (may be NULL) receives the class of each. Errors: DPB_ERR_ARG,
 * DPB_ERR_SHAPE (sample shape or classes do not fit the model, with both),
 * DPB_ERR_DIVERGED. A dataset of h, w, c fits an input of {1, 1, h*w*c} when c is 1. */
DPB_API dpb_status dpb_evaluate(dpb_model *model, const dpb_dataset *dataset,
                                dpb_evaluation *result, int32_t *predictions);

/* -- training */

/* One training step on a mini-batch: gradient, then update with all the model's workers.
 * *loss (may be NULL) is the loss before the update. On failure nothing is updated. The
 * optimiser must have been created for the count of dpb_model_flat. */
DPB_API dpb_status dpb_train_step(dpb_model *model, dpb_optimizer *optimizer,
                                  const dpb_batch *batch, double *loss);

/* The second half of a step alone: the update by the gradients that are in the model, for
 * those who do something to them first (dpb_clip_gradients, dpb_model_gradient_add).
 * The optimiser's weight_decay is for weights; biases, gamma and beta are left out. */
DPB_API dpb_status dpb_train_update(dpb_model *model, dpb_optimizer *optimizer);

/* What the trainer tells its callback. */
typedef enum dpb_event {
  DPB_EVENT_STEP = 0, /* after every step */
  DPB_EVENT_EPOCH,    /* after every epoch, when it was measured */
  DPB_EVENT_EVALUATE  /* after every evaluate_every steps within an epoch, likewise */
} dpb_event;

/* A row of the history: an epoch, or what was measured within one. Accuracies are shares,
 * 0..1; NaN where there is no such dataset. */
typedef struct dpb_epoch {
  size_t epoch;          /* 1 is the first */
  size_t steps;          /* steps so far, all epochs */
  double train_loss;     /* mean of the steps' losses in this epoch, each before its
                            update */
  double train_accuracy; /* NaN within an epoch: it costs most to measure */
  double validation_loss;
  double validation_accuracy;
  double test_loss;
  double test_accuracy;
  double seconds;      /* of this epoch; training alone, without the measuring */
  float learning_rate; /* of the last step */
  int partial;         /* 1: within an epoch */
} dpb_epoch;

typedef struct dpb_progress {
  dpb_event event;
  size_t epoch; /* of now, 1 is the first */
  size_t epochs;
  size_t step; /* done in this epoch */
  size_t steps;
  size_t samples;          /* done in this epoch */
  double loss;             /* of this step */
  double seconds;          /* of this epoch so far, training alone */
  float learning_rate;     /* of this step */
  double gradient_norm;    /* of this step, before clipping; NaN without clip_norm */
  const dpb_epoch *record; /* not of DPB_EVENT_STEP */
} dpb_progress;

/* Return 0 to go on, anything else to stop after this step. */
typedef int (*dpb_trainer_callback)(const dpb_progress *progress, void *user);

/* What early stopping looks at, on the validation set. */
typedef enum dpb_monitor { DPB_MONITOR_LOSS = 0, DPB_MONITOR_ACCURACY } dpb_monitor;

/* The trainer borrows everything that is named here, but the texts. What is 0 or NULL is
 * off. */
typedef struct dpb_trainer_config {
  dpb_model *model;
  dpb_optimizer *optimizer;
  const dpb_dataset *train;
  const dpb_dataset *validation; /* may be NULL */
  const dpb_dataset *test;       /* may be NULL */
  size_t epochs;                 /* at least 1 */
  int batch;                     /* 0: the model's max_batch */
  dpb_sampling sampling;
  uint64_t seed;        /* of the order of the samples */
  size_t train_samples; /* train accuracy on the first so many at most; 0: on all */
  dpb_trainer_callback callback; /* may be NULL */
  void *user;

  /* A step is an update of the parameters. */
  const char *schedule; /* of schedule.h: "warmup 500, cosine"; begins at the optimiser's
                           learning rate, which it sets before each step */
  float clip_norm;      /* gradients are clipped to that norm: dpb_clip_gradients */
  int accumulate;      /* so many mini-batches make a step; 0 and 1: one. The last step of
                          an epoch may have fewer */
  const char *augment; /* of augment.h: "shift 2, flip"; for training alone, what is
                          measured is the samples as they are */
  int overfit_batch;   /* 1: the first mini-batch again and again, to see whether a net
                          can learn at all; train_accuracy is that of this mini-batch.
                          Goes with neither accumulate nor augment */
  size_t evaluate_every; /* measures validation and test set after every so many steps of
                            an epoch, too */

  /* Early stopping: when the validation loss (or accuracy) has not improved by more than
   * min_delta on its best for patience epochs in a row, the run ends. However it ends, if
   * it is well, the model has the parameters, and running statistics, of its best epoch.
   * Needs a validation set. */
  size_t patience;
  float min_delta;
  dpb_monitor monitor;
} dpb_trainer_config;

/* Opaque; owns the history. */
typedef struct dpb_trainer dpb_trainer;

/* Checks that everything fits: shapes, classes, batch (DPB_ERR_SHAPE with both numbers),
 * the texts (DPB_ERR_SPEC), and allocates all that a step takes. */
DPB_API dpb_status dpb_trainer_create(const dpb_trainer_config *config,
                                      dpb_trainer **trainer);
DPB_API void dpb_trainer_destroy(dpb_trainer *trainer);

/* Runs all epochs, or as many as early stopping has it; called again, as many further
 * ones: a schedule then stays at its end. DPB_ERR_STOPPED when the callback said so: the
 * model holds what was learned so far, and the next call goes on with the next step of
 * the same run, to the same bits as if it had not been stopped. DPB_ERR_DIVERGED names
 * the step, the layer and its tensor when a loss is NaN or infinite; the model holds the
 * parameters before that step, and the next call tries it again. */
DPB_API dpb_status dpb_trainer_run(dpb_trainer *trainer);

/* How far a run has come. */
typedef struct dpb_trainer_place {
  int running;        /* 1: a run is under way: stopped, or loaded from a checkpoint */
  size_t epochs;      /* finished, of all runs */
  size_t goal;        /* epochs at which the run under way ends; 0: none is */
  size_t step;        /* done in the epoch after those */
  size_t epoch_steps; /* steps that an epoch has */
  size_t steps;       /* done, all epochs */
} dpb_trainer_place;

DPB_API dpb_status dpb_trainer_where(const dpb_trainer *trainer,
                                     dpb_trainer_place *place);

/* -- checkpoints
 *
 * A checkpoint is a model file (npz.h: dpb_model_load reads it) that also holds all that
 * a run needs to go on: state and rate of the optimiser, schedule, step and epoch, where
 * the order of samples and the random streams stand, history, and what early stopping
 * keeps. A run that goes on from one comes to the same bits as one that was never
 * interrupted, on any number of threads (on the same kind of CPU, with the same
 * OpenBLAS). docs/file-format.md says what is in it. */

/* Writes one through a temporary file that is renamed: path holds the old checkpoint or
 * the whole new one. Call it before or after dpb_trainer_run, or from the callback. note
 * (may be NULL) is a text of the caller's own, UTF-8, that is kept with it. The first
 * call reads the data once, for checksums. Errors: DPB_ERR_ARG, DPB_ERR_IO,
 * DPB_ERR_MEMORY; training can go on after a failure. */
DPB_API dpb_status dpb_trainer_save_checkpoint(dpb_trainer *trainer, const char *path,
                                               const char *note);

/* Puts trainer, its model and its optimiser where the checkpoint was taken;
 * dpb_trainer_run then goes on from there. All settings must be those of the run that
 * wrote it: DPB_ERR_ARG names the first that is not, with both values (the data sets are
 * compared by checksum). Threads, callback and, unless the schedule is a cosine, epochs
 * may differ. DPB_ERR_SHAPE: another network, or a tensor that does not fit, with both
 * shapes; DPB_ERR_UNSUPPORTED: from a newer library; DPB_ERR_FORMAT: no checkpoint;
 * DPB_ERR_NOT_FOUND, DPB_ERR_IO, DPB_ERR_DATA, DPB_ERR_MEMORY. On failure nothing has
 * changed. Not from the callback. */
DPB_API dpb_status dpb_trainer_load_checkpoint(dpb_trainer *trainer, const char *path);

/* The note of a checkpoint, "" where it has none; cut and terminated as dpb_npz_read_text
 * does, whose errors it has, and DPB_ERR_FORMAT for a file that is no checkpoint. */
DPB_API dpb_status dpb_checkpoint_note(const char *path, char *text, size_t capacity,
                                       size_t *length);

/* Finished epochs, and with evaluate_every what was measured within them, oldest first;
 * *count of them (NULL for none); owned by the trainer, valid until it runs on. */
DPB_API const dpb_epoch *dpb_trainer_history(const dpb_trainer *trainer, size_t *count);

/* The epoch whose parameters early stopping goes back to: the best so far; NULL without
 * patience or before the first. Owned by the trainer. */
DPB_API const dpb_epoch *dpb_trainer_best(const dpb_trainer *trainer);

/* 1 when the last run ended because patience did. */
DPB_API int dpb_trainer_stopped_early(const dpb_trainer *trainer);

/* Writes the history as CSV with a header line, decimal points in any locale, through a
 * temporary file that is renamed. A field is empty where there was nothing to measure.
 * The seconds are left out: two runs of the same seed write the same bytes. */
DPB_API dpb_status dpb_trainer_save_history(const dpb_trainer *trainer, const char *path);

#ifdef __cplusplus
}
#endif

#endif
