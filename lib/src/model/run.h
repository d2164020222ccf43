/* SPDX-License-Identifier: MIT
 *
 * Running a model over a mini-batch.
 */
#ifndef DPB_MODEL_RUN_H
#define DPB_MODEL_RUN_H

#include "model/workspace.h"

/* What one run is asked for; what is NULL is not worked out. */
typedef struct dpb__answer {
  float *outputs;   /* (n, outputs) */
  double *loss;     /* mean over the mini-batch; needs labels or targets */
  double *weight;   /* what that counts for in a mean over several: n, or the sum of the
                       labels' weights; goes with loss */
  int *correct;     /* samples whose largest output is their class; likewise */
  int32_t *classes; /* (n): number of the largest output, the first of equals */
} dpb__answer;

/* Forward in inference mode, shared by the pool's workers (NULL: the caller alone).
 * Checks the batch. The workspace may be one for training. */
dpb_status dpb__run_inference(dpb__workspace *workspace, dpb__pool *pool,
                              const dpb_batch *batch, const dpb__answer *answer);

#endif
