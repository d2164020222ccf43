/* SPDX-License-Identifier: MIT
 *
 * The parameters in pieces, for work that goes over all of them: updates, sums of
 * gradients, norms. A piece lies within one tensor and has the same borders whatever the
 * number of threads, so sums made per piece and added in order always have the same bits.
 */
#ifndef DPB_MODEL_PIECES_H
#define DPB_MODEL_PIECES_H

#include "model/model.h"

/* Floats in a piece at the most: parameters, gradients and two moments of it fill 64 KiB,
 * which stays in a core's L2 cache. */
#define DPB__PIECE_FLOATS 4096

struct dpb__piece {
  size_t begin; /* in the flat vectors */
  size_t count;
  const dpb__param *param; /* the tensor it is of */
  bool weight;             /* weight decay applies */
  double sum;              /* what the present work adds up */
};

/* Cuts all tensors of a planned model, in the order of the flat vectors; the model owns
 * the pieces: DPB_ERR_MEMORY, DPB_ERR_SIZE. */
dpb_status dpb__pieces_create(dpb_model *model);

/* Runs work for each piece, by all workers unless that is too little for them. A worker
 * begins with those pieces whose gradients it has most likely made. */
void dpb__pieces_run(dpb_model *model, dpb__pool_task work, void *arg);

/* Adds the gradient of the weight decay to the gradients, and its loss to *loss
 * (gradient_sum.c). */
void dpb__pieces_decay(dpb_model *model, double *loss);

#endif
