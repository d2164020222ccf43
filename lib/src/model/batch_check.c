/* SPDX-License-Identifier: MIT
 *
 * A caller's mini-batch, held against the model before anything runs.
 */
#include "base/error.h"
#include "model/model.h"

static dpb_status check_labels(const dpb_batch *batch, int classes) {
  for (int i = 0; i < batch->n; i++) {
    const int32_t label = batch->labels[batch->rows ? batch->rows[i] : (uint32_t)i];
    if (label < 0 || label >= classes)
      return dpb__fail(DPB_ERR_DATA,
                       "label %d of sample %d is not one of the classes 0..%d",
                       (int)label, i, classes - 1);
  }
  return DPB_OK;
}

dpb_status dpb__batch_check(const dpb_model *model, int max_batch, const dpb_batch *batch,
                            bool need_truth) {
  if (!batch) return dpb__fail(DPB_ERR_ARG, "batch is NULL");
  if (batch->n < 1) return dpb__fail(DPB_ERR_ARG, "batch of %d samples", batch->n);
  if (batch->n > max_batch)
    return dpb__fail(DPB_ERR_SHAPE, "batch of %d samples is larger than max_batch %d",
                     batch->n, max_batch);
  if (!batch->features == !batch->pixels)
    return dpb__fail(DPB_ERR_ARG, "batch must have either features or pixels, and has %s",
                     batch->features ? "both" : "neither");
  if (!batch->scales != !batch->offsets)
    return dpb__fail(DPB_ERR_ARG, "batch must have scales and offsets or neither");
  if (!need_truth) return DPB_OK;
  if (!batch->labels == !batch->targets)
    return dpb__fail(DPB_ERR_ARG, "batch must have either labels or targets, and has %s",
                     batch->labels ? "both" : "neither");
  const int classes = (int)model->layers[model->layer_count - 1].out_count;
  return batch->labels ? check_labels(batch, classes) : DPB_OK;
}
