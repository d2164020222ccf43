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

/* -- measuring
 * ----------------------------------------------------------------------------- */

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

/* -- training
 * ------------------------------------------------------------------------------ */

/* One training step on a mini-batch: gradient, then update with all the model's workers.
 * *loss (may be NULL) is the loss before the update. On failure nothing is updated. The
 * optimiser must have been created for the count of dpb_model_flat. */
DPB_API dpb_status dpb_train_step(dpb_model *model, dpb_optimizer *optimizer,
                                  const dpb_batch *batch, double *loss);

/* What the trainer tells its callback. */
typedef enum dpb_event {
  DPB_EVENT_STEP = 0, /* after every step */
  DPB_EVENT_EPOCH     /* after every epoch, when it was measured */
} dpb_event;

/* One epoch. Accuracies are shares, 0..1; NaN where there is no such dataset. */
typedef struct dpb_epoch {
  size_t epoch;      /* 1 is the first */
  size_t steps;      /* steps so far, all epochs */
  double train_loss; /* mean of the steps' losses, each before its update */
  double train_accuracy;
  double validation_loss;
  double validation_accuracy;
  double test_loss;
  double test_accuracy;
  double seconds; /* training alone, without the measuring */
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
  const dpb_epoch *record; /* DPB_EVENT_EPOCH only */
} dpb_progress;

/* Return 0 to go on, anything else to stop after this step. */
typedef int (*dpb_trainer_callback)(const dpb_progress *progress, void *user);

/* The trainer borrows everything that is named here. */
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
} dpb_trainer_config;

/* Opaque; owns the history. */
typedef struct dpb_trainer dpb_trainer;

/* Checks that everything fits: shapes, classes, batch (DPB_ERR_SHAPE with both numbers).
 */
DPB_API dpb_status dpb_trainer_create(const dpb_trainer_config *config,
                                      dpb_trainer **trainer);
DPB_API void dpb_trainer_destroy(dpb_trainer *trainer);

/* Runs all epochs; called again, as many further ones. DPB_ERR_STOPPED when the callback
 * said so: the model holds what was learned, and an epoch that was not finished has no
 * record and is begun anew by the next run. DPB_ERR_DIVERGED names the step and the layer
 * when a loss is NaN or infinite; the model holds the parameters before that step. */
DPB_API dpb_status dpb_trainer_run(dpb_trainer *trainer);

/* Finished epochs, oldest first; *count of them (NULL for none); owned by the trainer,
 * valid until it runs on. */
DPB_API const dpb_epoch *dpb_trainer_history(const dpb_trainer *trainer, size_t *count);

/* Writes the history as CSV with a header line, decimal points in any locale, through a
 * temporary file that is renamed. A field is empty where there was nothing to measure.
 * The seconds are left out: two runs of the same seed write the same bytes. */
DPB_API dpb_status dpb_trainer_save_history(const dpb_trainer *trainer, const char *path);

#ifdef __cplusplus
}
#endif

#endif
