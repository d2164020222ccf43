/* SPDX-License-Identifier: MIT
 *
 * A network that learns the data of an experiment: model, optimiser and mini-batches,
 * made and freed together. Mini-batches are drawn as the book draws them, with
 * replacement, in the same order for the same --seed.
 *
 *     learner l = {0};
 *     int code = learner_begin(&e, &(learner_config){.net = "affine 100 he, relu,
 *         affine 10 he", .optimizer = {.kind = DPB_SGD, .lr = 0.1f}}, &l);
 *     if (code == EXIT_OK) code = learner_train(&l);           // --epochs, measured, or
 *     if (code == EXIT_OK) code = learner_iterate(&l, ...);    // --iterations, losses
 *     learner_end(&l);
 *
 * Each returns an exit code, EXIT_OK or with the reason printed.
 */
#ifndef APP_LEARNER_H
#define APP_LEARNER_H

#include <deepblas/trainer.h>

#include "experiment.h"

typedef struct learner_config {
  const char *net;                /* as --net takes it */
  const char *init;               /* of layers that name none: "std 0.01"; NULL: none */
  float weight_decay;             /* the book's: L2 */
  dpb_optimizer_config optimizer; /* all 0: SGD of 0.01 */
} learner_config;

/* Begin with {0}. */
typedef struct learner {
  const experiment *of;
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_batcher *batcher; /* of of->train, of->batch */
  dpb_trainer *trainer; /* once learner_train was called */
} learner;

/* Makes what learns of->train, with of->batch and of->seed. */
int learner_begin(const experiment *of, const learner_config *config, learner *l);
void learner_end(learner *l);

/* So many mini-batches, of->iterations; losses holds the loss of each before its update
 * or, with after, that of the same mini-batch behind it. */
int learner_iterate(learner *l, int after, double losses[]);

/* So many epochs, of->epochs, by the library's trainer: behind each it measures the
 * accuracy on all of train, and on validation and test where the experiment has them.
 * Where diverged is not NULL, a loss that runs away is no failure: *diverged is 1. */
int learner_train(learner *l, int *diverged);

/* The epochs that learner_train has gone through; NULL and 0 before. */
const dpb_epoch *learner_history(const learner *l, size_t *count);

/* Draws a learned history in the panel: accuracy in % over epochs, on train ("train") and
 * on test ("test"), or on validation where there is no test. */
void learner_draw(const learner *l, figure *f);

/* The layers "repeated, repeated, ..., last", times over, for learner_config.net. text
 * holds size bytes; what does not fit is cut. Returns text. */
const char *learner_net(char text[], size_t size, int times, const char *repeated,
                        const char *last);

/* Builds layers ("affine 100, tanh"), so many times over, on a vector of size numbers,
 * for one sample at a time in one thread. init as in learner_config. The caller destroys
 * *model. */
int learner_stack(const char *layers, int times, int size, const char *init,
                  uint64_t seed, dpb_model **model);

#endif
