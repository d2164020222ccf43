/* SPDX-License-Identifier: MIT
 *
 * The part of a run that works on one shard: input, layers, loss.
 */
#ifndef DPB_MODEL_SHARD_H
#define DPB_MODEL_SHARD_H

#include "model/job.h"

/* Tasks of dpb__pool_run, one for each shard, over the stretch of layers that the job,
 * which is their argument, is at. */
void dpb__shard_forward(void *job, int shard, int worker);
void dpb__shard_backward(void *job, int shard, int worker);

/* The first layer from index on where shards meet, layer_count when there is none; the
 * one below index, -1 when there is none. */
int dpb__meeting_at(const dpb__job *job, int index);
int dpb__meeting_below(const dpb__job *job, int index);

/* What a layer works on, for some samples: forward, and with the gradients that backward
 * works on, dx apart in the first layer. Where the parameters' gradient and random
 * numbers come from is the caller's to say. */
dpb__pass dpb__pass_forward(const dpb__job *job, int layer, dpb__span span);
dpb__pass dpb__pass_backward(const dpb__job *job, int layer, dpb__span span);

/* All samples of the mini-batch. */
static inline dpb__span dpb__span_all(const dpb__job *job, int worker) {
  return (dpb__span){.worker = worker, .n = job->batch->n};
}

/* Row number row of the batch's table as count floats, scaled. */
void dpb__fetch_sample(const dpb_batch *batch, size_t row, size_t count, float *out);

/* Where a shard's gradient of layers without gradient_tasks goes: the model's own array
 * when there is one shard. */
float *dpb__shard_gradients(const dpb__job *job, int shard);

#endif
