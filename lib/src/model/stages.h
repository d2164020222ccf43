/* SPDX-License-Identifier: MIT
 *
 * What layers do together. A layer knows nothing of its neighbours; this pass over a
 * planned list finds which of them work as one and why, and is the only place that does.
 *
 *   ReLU
 *       The layer in front applies it to what it has just computed (epilogue relu). The
 *       ReLU itself then works in place, x and y are one array, as are dx and dy, and its
 *       forward is not called. Where the layer behind can take the ReLU's gradient along
 *       (relu_gradient), its backward is not called either.
 *   Bias in front of maximum pooling
 *       Where the pooling notes which pixel each maximum was, a convolution leaves bias
 *       and ReLU to it: they come to a quarter of the numbers, and the largest stays the
 *       largest.
 *   Micro-batches
 *       The output of a convolution on large images is some megabytes for a shard, more
 *       than a core's cache, and the pooling behind makes a quarter of it. So the layers
 *       from a convolution up to a pooling are one stage: a few images go through all of
 *       them, forward and backward, before the next have their turn. What lies in between
 *       needs memory for those alone.
 *   Meetings
 *       All shards have to be there before a layer with statistics of the mini-batch (in
 *       training), and before and after a layer whose products are made over all samples
 *       (forward_tasks).
 *
 * Every other layer is a stage of its own, for all samples of a shard.
 */
#ifndef DPB_MODEL_STAGES_H
#define DPB_MODEL_STAGES_H

#include "model/model.h"

/* Layers first .. last, through which so many samples go together; 0: all of a shard. */
typedef struct dpb__stage {
  int first;
  int last;
  int samples;
} dpb__stage;

/* The part of one layer in it. */
typedef struct dpb__role {
  int stage;              /* its number */
  dpb__epilogue epilogue; /* what the layer does for its neighbours */
  bool in_place;          /* forward is left to the layer in front */
  bool idle;              /* and backward to the one behind */
} dpb__role;

struct dpb__stages {
  dpb__stage *stages;
  dpb__role *roles; /* of each layer */
};

/* Makes the stages of a planned model; DPB_ERR_MEMORY. */
dpb_status dpb__stages_plan(dpb_model *model);
void dpb__stages_free(dpb__stages *stages);

static inline const dpb__role *dpb__role_of(const dpb_model *model, int layer) {
  return &model->stages->roles[layer];
}

static inline const dpb__stage *dpb__stage_of(const dpb_model *model, int layer) {
  return &model->stages->stages[dpb__role_of(model, layer)->stage];
}

/* Place i lies in front of layer i, and behind layer i - 1. */

/* Only the samples at hand are kept at place i, which lies within a stage. */
bool dpb__is_within(const dpb_model *model, int place);

/* Place i is the same array as place i - 1. */
bool dpb__is_same(const dpb_model *model, int place);

/* Place i holds the output of layer i - 1, and no bias or ReLU is left to others. */
bool dpb__is_finished(const dpb_model *model, int place);

/* The products of a layer are made over all samples, by tasks. */
static inline bool dpb__is_wide(const dpb_model *model, int layer) {
  return layer >= 0 && layer < model->layer_count &&
         model->layers[layer].forward_tasks > 0;
}

/* All shards meet at layer i. */
static inline bool dpb__is_meeting(const dpb_model *model, int layer, bool train) {
  return (train && model->layers[layer].ops->statistics) || dpb__is_wide(model, layer);
}

#endif
