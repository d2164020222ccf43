/* SPDX-License-Identifier: MIT
 *
 * The inside of a model, for the files of this folder and for train/.
 *
 *   model.c      create, destroy, what it is
 *   add.c        the list of layers: dpb_add_*
 *   add_network.c  whole networks: dpb_add_network, dpb_add_multi_layer
 *   layer_plan.c how the products of a layer are carried out
 *   text.c       the list as text, both ways
 *   plan.c       shapes, parameters, names; nothing allocates
 *   build.c      allocation and initialisation
 *   parameter.c  parameters by name, permuted to the book's order
 *   workspace.c  plan and memory of a run: activations, deltas, scratch
 *   batch_check.c a caller's mini-batch, before it runs
 *   run.c        forward and backward over shards
 *   context.c    prediction, by the owner and from many threads
 *   weights.c    files of parameters
 *   reference_run.c  the whole model by its layers' references, in double
 *   gradcheck.c, gradcheck_tensor.c  backprop against the reference
 */
#ifndef DPB_MODEL_MODEL_H
#define DPB_MODEL_MODEL_H

#include <stdbool.h>

#include <deepblas/model.h>

#include "base/arena.h"
#include "base/pool.h"
#include "layer/layer_ops.h"

typedef struct dpb__workspace dpb__workspace;

struct dpb_model {
  dpb_model_config config; /* defaults filled in */
  dpb__layer *layers;
  int layer_count;
  int layer_capacity;
  const dpb__head_ops *head; /* NULL until the list ends with one */
  bool built;

  /* the first failure of the list of layers */
  dpb_status failure;
  char failure_text[512];

  dpb__arena parameters; /* parameters, then gradients unless inference */
  float *params;
  float *grads;
  size_t flat_count;    /* floats in params, padding included */
  size_t own_count;     /* floats that layers own, padding excluded */
  size_t sharded_count; /* the first so many are of layers without whole_tasks */

  uint64_t step; /* training steps so far: the random streams of a step are split by it */
  dpb__pool *pool;
  dpb__workspace *workspace;
};

/* Shapes, parameters and names of all layers. */
dpb_status dpb__model_plan(dpb_model *model);

/* DPB_ERR_ARG or DPB_ERR_STATE unless the model is there and built. */
dpb_status dpb__model_ready(const dpb_model *model, const char *function);

/* Layer number index of a model that is ready, asked about for a mini-batch of batch. */
dpb_status dpb__model_layer(const dpb_model *model, const char *function, int index,
                            int batch, const dpb__layer **layer);

/* The layer and tensor of that name; NULL and a message when there is none. */
const dpb__param *dpb__model_find(const dpb_model *model, const char *name);

/* The streams of training step step, and the one that layer number index draws from. */
dpb_rng dpb__model_step_stream(const dpb_model *model, uint64_t step);
dpb_rng dpb__model_stream(const dpb_model *model, int index, uint64_t step);

/* A mini-batch checked against the model; need_truth asks for labels or targets. */
dpb_status dpb__batch_check(const dpb_model *model, int max_batch, const dpb_batch *batch,
                            bool need_truth);

#endif
