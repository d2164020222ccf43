/* SPDX-License-Identifier: MIT
 *
 * The inside of training, for the files of this folder.
 *
 *   evaluate.c       loss and accuracy over a dataset
 *   training_step.c  gradient, then the update shared by the workers
 *   trainer.c        the loop over epochs
 *   history.c        what the epochs came to, and its CSV
 */
#ifndef DPB_TRAIN_TRAINER_H
#define DPB_TRAIN_TRAINER_H

#include <deepblas/trainer.h>

struct dpb_trainer {
  dpb_trainer_config config; /* defaults filled in */
  dpb_batcher *batcher;
  size_t steps; /* so far, all epochs, unfinished ones too */

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

/* Room for one more epoch in the history. */
dpb_status dpb__history_reserve(dpb_trainer *trainer);

#endif
