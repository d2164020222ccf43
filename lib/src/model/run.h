/* SPDX-License-Identifier: MIT
 *
 * Running a model over a mini-batch.
 */
#ifndef DPB_MODEL_RUN_H
#define DPB_MODEL_RUN_H

#include "model/job.h"

/* Forward in inference mode, shared by the pool's workers (NULL: the caller alone).
 * Checks the batch. The workspace may be one for training. */
dpb_status dpb__run_inference(dpb__workspace *workspace, dpb__pool *pool,
                              const dpb_batch *batch, const dpb__answer *answer);

#endif
