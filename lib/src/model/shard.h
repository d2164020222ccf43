/* SPDX-License-Identifier: MIT
 *
 * The part of a run that works on one shard: input, layers, loss. Between layers whose
 * output depends on the whole mini-batch (dpb__statistics) all shards have to meet, so
 * that a run is cut into stretches of layers:
 *
 *     forward   layers from .. to - 1, then what layer number to collects; the last one
 *               goes on with loss and backward, down to the layer that collects again
 *     backward  layers from .. down to to + 1, then what layer number to collects
 *
 * A model without such layers is one stretch.
 */
#ifndef DPB_MODEL_SHARD_H
#define DPB_MODEL_SHARD_H

#include "model/run.h"

/* One run over one mini-batch. */
typedef struct dpb__job {
  dpb__workspace *ws;
  const dpb_model *model;
  float *grads; /* where gradients go; NULL: forward only */
  const dpb_batch *batch;
  const dpb__answer *answer;
  double divisor;  /* of the sum of all losses: the count of samples, or their weight */
  dpb_rng streams; /* of this step; each layer splits its own off */
  int shards;
  bool begins; /* the present stretch is the first */
  int from;    /* its layers: see above */
  int to;
} dpb__job;

/* Tasks of dpb__pool_run, one for each shard; the job is their argument. */
void dpb__shard_forward(void *job, int shard, int worker);
void dpb__shard_backward(void *job, int shard, int worker);

/* The layer with statistics at index or behind it, layer_count when there is none; the
 * one below index, -1 when there is none. */
int dpb__statistics_at(const dpb__job *job, int index);
int dpb__statistics_below(const dpb__job *job, int index);

/* What a layer works on, for the n samples from first on; all but gradients. */
dpb__pass dpb__shard_pass(const dpb__job *job, int layer, int worker, int first, int n);

/* The same with the gradients that backward works on, dx apart in the first layer. */
dpb__pass dpb__shard_backward_pass(const dpb__job *job, int layer, int worker, int first,
                                   int n);

/* Row number row of the batch's table as count floats, scaled. */
void dpb__fetch_sample(const dpb_batch *batch, size_t row, size_t count, float *out);

/* Where a shard's gradient of layers without whole_tasks goes: the model's own array when
 * there is one shard. */
float *dpb__shard_gradients(const dpb__job *job, int shard);

#endif
