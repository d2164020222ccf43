/* SPDX-License-Identifier: MIT
 *
 * What running a model takes besides the model: one block of memory, planned for the
 * largest mini-batch, in segments of two kinds.
 *
 *   per mini-batch: activations and deltas that the tasks of a layer need from all
 *     samples at once, loss and gradient of each shard; where shards meet (stages.h), all
 *     activations in front of the last meeting, and the deltas behind each
 *   per worker: everything else, for one shard; the next shard of the worker reuses it
 *
 * In training all activations of a shard live until its backward is through; deltas take
 * turns in two buffers. In inference activations take turns too. In front of and behind a
 * layer that works in place is the same array, of activations and of deltas. Within a
 * stage that samples go through a few at a time, there is an array for those alone: of
 * deltas, of activations in inference, and of those in training that backward does not
 * look at.
 */
#ifndef DPB_MODEL_WORKSPACE_H
#define DPB_MODEL_WORKSPACE_H

#include "model/model.h"
#include "model/split.h"

/* Where an array of samples lies. */
typedef struct dpb__place {
  size_t offset; /* in the arena, or in the worker's part of it */
  bool shared;   /* per mini-batch */
  bool few;      /* of one micro-batch; the next uses it again */
} dpb__place;

struct dpb__workspace {
  const dpb_model *model;
  bool train;
  int max_batch;
  int max_shards;
  int shard_samples; /* in the largest shard */
  int last_meeting;  /* the last place where all shards have to be; -1: none */
  int workers;
  int reserved; /* workers for which OpenBLAS has memory */
  dpb__arena arena;
  size_t worker_base; /* offset of worker 0's part */
  size_t worker_size;

  dpb__place *activations; /* layer_count + 1: [i] is the input of layer i */
  dpb__place *deltas;      /* layer_count + 1: [i] is the gradient at that place */
  dpb__place *caches;      /* layer_count */
  size_t *wholes;          /* layer_count: offset of what statistics hold */
  size_t parts;            /* offset; of all shards, of the layer at hand */
  size_t scratch;          /* offset in the worker's part */
  size_t shard_gradients;  /* offset; each shard has model->sharded_count floats */
  double *shard_loss;
  int *shard_correct;
  int *shard_bad;     /* layer whose output is not finite, -1: none */
  float *shard_input; /* the largest magnitude that went into it */
};

dpb_status dpb__workspace_create(const dpb_model *model, int max_batch, int workers,
                                 bool train, dpb__workspace **workspace);

/* Bytes that it would take; SIZE_MAX where they cannot be counted. */
dpb_status dpb__workspace_measure(const dpb_model *model, int max_batch, int workers,
                                  bool train, size_t *bytes);
void dpb__workspace_destroy(dpb__workspace *workspace);

/* Address of a segment in worker's part. */
void *dpb__workspace_worker(const dpb__workspace *workspace, size_t offset, int worker);

/* Some samples as a worker sees them. */
typedef struct dpb__span {
  int worker;
  int first; /* number of the first one in the mini-batch */
  int n;
  int at; /* and in the shard */
} dpb__span;

/* Where the samples of a span begin in an array that holds so many floats of each. */
float *dpb__workspace_samples(const dpb__workspace *workspace, dpb__place place,
                              dpb__span span, size_t sample);

/* The same of the cache of layer number index. */
void *dpb__workspace_cache(const dpb__workspace *workspace, int index, dpb__span span);

#endif
