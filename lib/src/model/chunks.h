/* SPDX-License-Identifier: MIT
 *
 * Which layers a shard goes through a few samples at a time. The output of a convolution
 * on large images is some megabytes for a shard, more than a core's cache, and the
 * pooling behind makes a quarter of it: so both work on as many images as stay in cache,
 * forward and backward, before the next ones have their turn. What lies between them then
 * needs memory for those alone.
 *
 * Such neighbours are the layers from a convolution up to a pooling, all of which allow
 * it (dpb__layer_ops.chunks). Chunks are multiples of the images that the convolutions'
 * products take at a time, so that these are what they would be without.
 */
#ifndef DPB_MODEL_CHUNKS_H
#define DPB_MODEL_CHUNKS_H

#include "model/model.h"

/* Sets chunk and chunk_end of all layers of a planned model. */
void dpb__chunks_plan(dpb_model *model);

/* Place i, which is in front of layer i, lies between two such neighbours. */
static inline bool dpb__is_inside(const dpb_model *model, int i) {
  return i > 0 && i < model->layer_count && model->layers[i - 1].chunk > 0 &&
         model->layers[i - 1].chunk_end >= i;
}

#endif
