/* SPDX-License-Identifier: MIT
 *
 * What the files of train_step share.
 */
#ifndef DEEPBLAS_BENCH_TRAIN_STEP_H
#define DEEPBLAS_BENCH_TRAIN_STEP_H

#include <deepblas/deepblas.h>

#include "bench.h"

/* Samples of a training step. */
#define STEP_BATCH 100

/* Layer by layer: of one worker's time in a training step of net with this mini-batch,
 * what is forward and what is backward. */
void train_step_layers(const bench_options *options, const char *net,
                       const dpb_batch *batch);

/* Before the rows of the above. */
void train_step_layer_columns(void);

#endif
