/* SPDX-License-Identifier: MIT
 *
 * One run over one mini-batch: what it is given, what it is asked for, how far it is.
 */
#ifndef DPB_MODEL_JOB_H
#define DPB_MODEL_JOB_H

#include "model/workspace.h"

/* What one run is asked for; what is NULL is not worked out. */
typedef struct dpb__answer {
  float *outputs;   /* (n, outputs) */
  double *loss;     /* mean over the mini-batch; needs labels or targets */
  double *weight;   /* what that counts for in a mean over several: n, or the sum of the
                       labels' weights; goes with loss */
  int *correct;     /* samples whose largest output is their class; likewise */
  int32_t *classes; /* (n): number of the largest output, the first of equals */
} dpb__answer;

/* Layers where all shards have to meet (model/stages.h) cut a run into stretches:
 *
 *     forward   layers from .. to - 1, then what layer number to collects, if it has
 *               statistics; the last stretch goes on with the loss, and with backward
 *               down to the last meeting
 *     backward  layers from .. down to to + 1, then what layer number to collects
 *
 * A model without such layers is one stretch. */
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
  int from;    /* its layers */
  int to;
} dpb__job;

#endif
