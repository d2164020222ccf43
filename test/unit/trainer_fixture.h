/* SPDX-License-Identifier: MIT
 *
 * A small training that is ready to run, and the same loop written out by hand.
 */
#ifndef TRAINER_FIXTURE_H
#define TRAINER_FIXTURE_H

#include "train_fixture.h"

static const dpb_hwc plain = {1, 1, 12};
static const char *const net = "affine 16, relu, affine 4";

/* What most tests need: 50 samples in batches of 20, so the last is short. */
typedef struct fixture {
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_dataset *train;
  dpb_dataset *test;
  dpb_trainer_config config;
} fixture;

static inline fixture make(void) {
  fixture it = {.model = fixture_model(net, plain, 20, 2),
                .train = fixture_blobs(50, plain, 4, 5),
                .test = fixture_blobs(33, plain, 4, 6)};
  it.optimizer = fixture_optimizer(it.model, DPB_ADAM, 0.01f);
  it.config = (dpb_trainer_config){.model = it.model,
                                   .optimizer = it.optimizer,
                                   .train = it.train,
                                   .epochs = 3,
                                   .seed = 17};
  return it;
}

static inline void clear(fixture *it) {
  dpb_optimizer_destroy(it->optimizer);
  dpb_dataset_destroy(it->test);
  dpb_dataset_destroy(it->train);
  dpb_model_destroy(it->model);
}

static inline dpb_trainer *trainer_of(const fixture *it) {
  dpb_trainer *trainer = NULL;
  must(dpb_trainer_create(&it->config, &trainer));
  return trainer;
}

/* The same training without a trainer, up to steps steps of the last epoch (0: all). */
static inline void train_by_hand(fixture *it, size_t epochs, size_t steps, double *mean) {
  dpb_batcher *batcher = NULL;
  must(dpb_batcher_create(it->train, it->config.batch ? it->config.batch : 20,
                          it->config.sampling, it->config.seed, &batcher));
  for (size_t epoch = 0; epoch < epochs; epoch++) {
    double sum = 0;
    size_t count = dpb_batcher_steps(batcher);
    if (steps > 0 && epoch == epochs - 1) count = steps;
    must(dpb_batcher_start(batcher, epoch));
    for (size_t step = 0; step < count; step++) {
      dpb_batch batch;
      double loss = 0;
      must(dpb_batcher_get(batcher, step, &batch));
      must(dpb_train_step(it->model, it->optimizer, &batch, &loss));
      sum += loss;
    }
    if (mean) mean[epoch] = sum / (double)count;
  }
  dpb_batcher_destroy(batcher);
}

#endif
