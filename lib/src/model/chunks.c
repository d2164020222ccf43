/* SPDX-License-Identifier: MIT
 *
 * The size of chunks: as many samples as go into a part of the cache with all that their
 * layers make of them.
 */
#include "model/chunks.h"

#include "model/workspace.h"

#define CHUNK_BYTES (256 * 1024)

/* The last layer of the neighbours that begin at layer first: a pooling; -1: none. */
static int last_of(const dpb_model *model, int first) {
  if (!model->layers[first].ops->gemms) return -1;
  for (int i = first; i < model->layer_count && model->layers[i].ops->chunks; i++)
    if (model->layers[i].forgets_input) return i;
  return -1;
}

/* Bytes of one sample at all places of layers first .. last. */
static size_t bytes_of(const dpb_model *model, int first, int last) {
  size_t floats = model->layers[first].in_count;
  for (int i = first; i <= last; i++)
    if (!model->layers[i].in_place) floats += model->layers[i].out_count;
  return floats * sizeof(float);
}

/* The largest number of images that a product of layers first .. last takes at a time. */
static int images_of(const dpb_model *model, int first, int last) {
  int most = 1;
  for (int i = first; i <= last; i++) {
    const dpb__layer *layer = &model->layers[i];
    if (!layer->ops->gemms) continue;
    const dpb__conv *conv = &layer->plan.conv;
    if (conv->forward.images > most) most = conv->forward.images;
    if (conv->weights.images > most) most = conv->weights.images;
    if (conv->data.images > most) most = conv->data.images;
  }
  return most;
}

void dpb__chunks_plan(dpb_model *model) {
  for (int i = 0; i < model->layer_count; i++) {
    const int last = last_of(model, i);
    if (last < 0) continue;
    const size_t samples = CHUNK_BYTES / bytes_of(model, i, last);
    const int images = images_of(model, i, last);
    int chunk = samples < DPB__SHARD_SAMPLES ? (int)samples : DPB__SHARD_SAMPLES;
    chunk = chunk < images ? images : chunk / images * images;
    if (chunk > DPB__SHARD_SAMPLES / 2) chunk = 0;
    for (int j = i; j <= last; j++) {
      model->layers[j].chunk = chunk;
      model->layers[j].chunk_end = last;
    }
    i = last;
  }
}
