/* SPDX-License-Identifier: MIT
 *
 * The inside of a model, for the files of this folder and for train/.
 *
 *   create.c     create, destroy, what it is
 *   description.c what its data was: class names, scaling
 *   add.c        the list of layers: dpb_add_*
 *   head.c       the loss at the end of the list
 *   statistics.c, tally.c  what the outputs of each layer look like
 *   add_network.c  whole networks: dpb_add_network, dpb_add_multi_layer
 *   layer_plan.c how the products of a layer are carried out
 *   text.c       the list as text, both ways
 *   plan.c       shapes, parameters, names; nothing allocates
 *   stages.c     what layers do together
 *   build.c      allocation and initialisation
 *   memory_limit.c  what a network will take, before it is allocated
 *   parameter.c  parameters by name, permuted to the book's order
 *   workspace.c  plan and memory of a run: activations, deltas, scratch
 *   batch_check.c a caller's mini-batch, before it runs
 *   pieces.c     the parameters in pieces, for work over all of them
 *   gradient_sum.c  weight decay, sums over mini-batches, clipping
 *   divergence.c why a loss is not finite
 *   run.c        forward and backward over shards
 *   shard.c      forward and backward of one shard
 *   context.c    prediction, by the owner and from many threads
 *   weights.c    model files: their parameters
 *   weights_head.c  and what they say of the network and its data
 *   reference_run.c  the whole model by its layers' references, in double
 *   gradcheck.c, gradcheck_tensor.c  backprop against the reference
 */
#ifndef DPB_MODEL_MODEL_H
#define DPB_MODEL_MODEL_H

#include <math.h>
#include <stdbool.h>

#include <deepblas/model.h>

#include "base/arena.h"
#include "base/pool.h"
#include "layer/layer_ops.h"

typedef struct dpb__stages dpb__stages;       /* model/stages.h */
typedef struct dpb__workspace dpb__workspace; /* model/workspace.h */
typedef struct dpb__piece dpb__piece;         /* model/pieces.h */

struct dpb_model {
  dpb_model_config config; /* defaults filled in */
  dpb__layer *layers;
  int layer_count;
  int layer_capacity;
  dpb__stages *stages;       /* what layers do together; NULL until the model is built */
  const dpb__head_ops *head; /* NULL until the list ends with one */
  dpb__head_config head_config;
  bool built;

  /* the first failure of the list of layers */
  dpb_status failure;
  char failure_text[512];

  dpb__arena parameters; /* parameters, then gradients unless inference */
  float *params;
  float *grads;
  float *state;     /* of layers that have some; behind the gradients in the arena */
  dpb__arena spare; /* one more vector of gradients, from dpb_model_gradient_clear on */
  float *spare_grads;
  dpb__piece *pieces; /* of all tensors; none in a model for inference */
  int piece_count;
  size_t state_count;   /* floats in state, padding included */
  size_t flat_count;    /* floats in params, padding included */
  size_t own_count;     /* floats that layers own, padding excluded */
  size_t sharded_count; /* the first so many are made in every shard and added up */

  char **class_names; /* of all outputs, in one block; NULL: none */
  int scaling_channels;
  double *scaling; /* so many means, then as many deviations; NULL: none */

  uint64_t step; /* training steps so far: the random streams of a step are split by it */
  dpb__pool *pool;
  dpb__workspace *workspace;
};

/* Shapes, parameters and names of all layers. */
dpb_status dpb__model_plan(dpb_model *model);

/* DPB_ERR_SIZE when a planned model, with its stages, takes more memory than its limit. */
dpb_status dpb__model_check_memory(dpb_model *model);

/* For a planned model from a file of file_size bytes: the limit, unless it has one; and
 * with any_batch, the largest max_batch that keeps it. */
dpb_status dpb__model_fit_memory(dpb_model *model, uint64_t file_size, bool any_batch);

/* DPB_ERR_ARG or DPB_ERR_STATE unless the model is there and built. */
dpb_status dpb__model_ready(const dpb_model *model, const char *function);

/* DPB_ERR_ARG unless it is at least 0 and finite. */
dpb_status dpb__check_weight_decay(float lambda);

/* Layer number index of a model that is ready, asked about for a mini-batch of batch. */
dpb_status dpb__model_layer(const dpb_model *model, const char *function, int index,
                            int batch, const dpb__layer **layer);

/* Layers with gradients of their own from each shard; those of the others are made for
 * the whole mini-batch at once. */
static inline bool dpb__is_sharded(const dpb__layer *layer) {
  return layer->gradient_tasks == 0 && !layer->ops->statistics;
}

/* The parameter of that name; NULL and a message when there is none. */
const dpb__param *dpb__model_find(const dpb_model *model, const char *name);

/* The tensors of a planned model, in the order of the layers: parameters, or state. NULL
 * behind the last; *layer is the one it belongs to. */
const dpb__param *dpb__param_at(const dpb_model *model, int index, int *layer);
const dpb__param *dpb__state_at(const dpb_model *model, int index, int *layer);

/* A tensor between its place in a flat vector (of parameters, of state, or of as many
 * numbers that belong to them) and the book's order. */
void dpb__param_out(const dpb__param *param, const float *flat, float *book);
void dpb__param_in(const dpb__param *param, const float *book, float *flat);

/* Whether it may hold that number. */
static inline bool dpb__param_takes(const dpb__param *param, float value) {
  return isfinite(value) && !(param->no_sign && value < 0.0f);
}

/* The streams of training step step, and the one that layer number index draws from. */
dpb_rng dpb__model_step_stream(const dpb_model *model, uint64_t step);
dpb_rng dpb__model_stream(const dpb_model *model, int index, uint64_t step);

/* A mini-batch checked against the model; need_truth asks for labels or targets. */
dpb_status dpb__batch_check(const dpb_model *model, int max_batch, const dpb_batch *batch,
                            bool need_truth);

#endif
