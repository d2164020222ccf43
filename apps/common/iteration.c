/* SPDX-License-Identifier: MIT
 *
 * A step of training by the number of its iteration.
 */
#include "iteration.h"

dpb_status iteration_learn(dpb_model *model, dpb_optimizer *optimizer,
                           dpb_batcher *batcher, size_t i, int after, double *loss) {
  const size_t steps = dpb_batcher_steps(batcher); /* in an epoch */
  dpb_batch batch;
  dpb_status status = DPB_OK;
  if (i % steps == 0) status = dpb_batcher_start(batcher, i / steps);
  if (status == DPB_OK) status = dpb_batcher_get(batcher, i % steps, &batch);
  if (status == DPB_OK) status = dpb_train_step(model, optimizer, &batch, loss);
  if (status == DPB_OK && after) status = dpb_model_loss(model, &batch, loss, NULL);
  return status;
}
