/* SPDX-License-Identifier: MIT
 *
 * What running a model takes besides the model: one block of memory, planned for the
 * largest mini-batch, in segments of two kinds.
 *
 *   per mini-batch: activations and deltas that a layer with whole_tasks needs from all
 *     samples at once, loss and gradient of each shard; where layers have statistics of
 *     the mini-batch, all activations in front of the last of them, since shards wait
 *     there for each other, and the deltas behind each
 *   per worker: everything else, for one shard; the next shard of the worker reuses it
 *
 * In training all activations of a shard live until its backward is through; deltas take
 * turns in two buffers. In inference activations take turns too. In front of and behind a
 * layer that works in place is the same array, of activations and of deltas. Between
 * layers that a shard goes through by chunks (chunks.h) there is an array for one chunk:
 * of deltas, of activations in inference, and of those in training that backward does not
 * look at.
 */
#ifndef DPB_MODEL_WORKSPACE_H
#define DPB_MODEL_WORKSPACE_H

#include "model/model.h"

/* A mini-batch of n has ceil(n / 25) shards of nearly equal size: four for the book's
 * 100, so that four workers have one each, and large enough for a GEMM to be one. All but
 * the last begin at multiples of 4 rows, because OpenBLAS's kernels work on 4 rows at a
 * time; so a shard has at most 28. It decides the order in which sums are made: changing
 * it changes the last bits of every training run. */
#define DPB__SHARD_MEAN    25
#define DPB__SHARD_ROWS    4
#define DPB__SHARD_SAMPLES 28

/* Where an array of samples lies. */
typedef struct dpb__place {
  size_t offset; /* in the arena, or in the worker's part of it */
  bool shared;   /* per mini-batch */
  bool chunk;    /* of one chunk; the next uses it again */
} dpb__place;

struct dpb__workspace {
  const dpb_model *model;
  bool train;
  int max_batch;
  int max_shards;
  int shard_samples;   /* in the largest shard */
  int last_statistics; /* the last layer that has some; -1: none */
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

/* How many shards a mini-batch of n has, and where shard number shard begins; the shard
 * after the last begins at n. */
static inline int dpb__shards(int n) {
  return n / DPB__SHARD_MEAN + (n % DPB__SHARD_MEAN != 0);
}

static inline int dpb__shard_begin(int n, int shard) {
  const int shards = dpb__shards(n);
  if (shard == shards) return n;
  const int even = (int)((long long)n * shard / shards);
  return (even + DPB__SHARD_ROWS / 2) / DPB__SHARD_ROWS * DPB__SHARD_ROWS;
}

dpb_status dpb__workspace_create(const dpb_model *model, int max_batch, int workers,
                                 bool train, dpb__workspace **workspace);

/* Bytes that it would take; SIZE_MAX where they cannot be counted. */
dpb_status dpb__workspace_measure(const dpb_model *model, int max_batch, int workers,
                                  bool train, size_t *bytes);
void dpb__workspace_destroy(dpb__workspace *workspace);

/* Address of a segment in worker's part. */
void *dpb__workspace_worker(const dpb__workspace *workspace, size_t offset, int worker);

/* Cache of layer number index, of samples number first on. */
void *dpb__workspace_cache(const dpb__workspace *workspace, int index, int worker,
                           int first);

/* Array of samples number first of the mini-batch on, as worker sees it. sample is the
 * count of floats of one. */
float *dpb__workspace_samples(const dpb__workspace *workspace, dpb__place place,
                              int worker, int first, size_t sample);

#endif
