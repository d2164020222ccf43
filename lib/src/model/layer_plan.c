/* SPDX-License-Identifier: MIT
 *
 * How the products of a layer are carried out: what the layer tells of the samples that
 * it gets at a time, for all of a mini-batch.
 */
#include "base/error.h"
#include "model/split.h"
#include "model/stages.h"

dpb_status dpb_model_layer_plan(const dpb_model *model, int index, dpb_product_kind kind,
                                int batch, dpb_product_plan *plan) {
  const dpb__layer *layer = NULL;
  if (!plan) return dpb__fail(DPB_ERR_ARG, "dpb_model_layer_plan: plan is NULL");
  *plan = (dpb_product_plan){0};
  const dpb_status status =
      dpb__model_layer(model, "dpb_model_layer_plan", index, batch, &layer);
  if (status != DPB_OK) return status;
  if (kind < DPB_PRODUCT_FORWARD || kind > DPB_PRODUCT_WEIGHT_GRADIENT)
    return dpb__fail(DPB_ERR_ARG, "product kind %d is not one of 0..%d", (int)kind,
                     (int)DPB_PRODUCT_WEIGHT_GRADIENT);
  if (!layer->ops->product) return DPB_OK;
  if (kind == DPB_PRODUCT_WEIGHT_GRADIENT ? layer->gradient_tasks
                                          : layer->forward_tasks) {
    layer->ops->product(layer, kind, batch, plan);
    return DPB_OK;
  }

  const int shards = dpb__shards(batch);
  const int together = dpb__stage_of(model, index)->samples;
  int largest = 0;
  size_t calls = 0;
  for (int shard = 0; shard < shards; shard++) {
    const int end = dpb__shard_begin(batch, shard + 1);
    for (int at = dpb__shard_begin(batch, shard), n; at < end; at += n) {
      dpb_product_plan told = {0};
      n = together > 0 && together < end - at ? together : end - at;
      layer->ops->product(layer, kind, n, &told);
      calls += told.calls;
      if (told.images <= largest) continue; /* a larger shard may have smaller tiles */
      largest = told.images;
      *plan = told;
    }
  }
  plan->calls = calls;
  return DPB_OK;
}
