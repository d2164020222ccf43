/* SPDX-License-Identifier: MIT
 *
 * Model, optimiser and mini-batches of an experiment.
 */
#include "learner.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iteration.h"
#include "net_source.h"
#include "report.h"

int learner_begin(const experiment *of, const learner_config *config, learner *l) {
  dpb_model_config model = {.input = dpb_dataset_sample_shape(of->train),
                            .max_batch = of->batch,
                            .seed = of->seed,
                            .weight_decay = config->weight_decay};
  size_t count = 0;
  *l = (learner){.of = of};
  if (config->init && dpb_init_from_text(config->init, &model.init) != DPB_OK)
    return fail_library(EXIT_USAGE);
  const int code = net_source_build(config->net, &model, &l->model);
  if (code != EXIT_OK) return code;
  dpb_status status = dpb_model_flat(l->model, NULL, NULL, &count);
  if (status == DPB_OK)
    status = dpb_optimizer_create(&config->optimizer, count, &l->optimizer);
  if (status == DPB_OK)
    status = dpb_batcher_create(of->train, of->batch, DPB_WITH_REPLACEMENT, of->seed,
                                &l->batcher);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

void learner_end(learner *l) {
  dpb_trainer_destroy(l->trainer);
  dpb_batcher_destroy(l->batcher);
  dpb_optimizer_destroy(l->optimizer);
  dpb_model_destroy(l->model);
  *l = (learner){0};
}

int learner_iterate(learner *l, int after, double losses[]) {
  for (int i = 0; i < l->of->iterations; i++) {
    const dpb_status status =
        iteration_learn(l->model, l->optimizer, l->batcher, (size_t)i, after, &losses[i]);
    if (status != DPB_OK) return fail_library(exit_code_of(status));
  }
  return EXIT_OK;
}

int learner_train(learner *l, int *diverged) {
  const dpb_trainer_config config = {.model = l->model,
                                     .optimizer = l->optimizer,
                                     .train = l->of->train,
                                     .validation = l->of->validation,
                                     .test = l->of->test,
                                     .epochs = (size_t)l->of->epochs,
                                     .batch = l->of->batch,
                                     .sampling = DPB_WITH_REPLACEMENT,
                                     .seed = l->of->seed};
  dpb_trainer_destroy(l->trainer);
  dpb_status status = dpb_trainer_create(&config, &l->trainer);
  if (status == DPB_OK) status = dpb_trainer_run(l->trainer);
  if (diverged) *diverged = status == DPB_ERR_DIVERGED;
  if (diverged && *diverged) return EXIT_OK;
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

const dpb_epoch *learner_history(const learner *l, size_t *count) {
  *count = 0;
  return dpb_trainer_history(l->trainer, count);
}

void learner_draw(const learner *l, figure *f) {
  size_t count;
  const dpb_epoch *e = learner_history(l, &count);
  double *x = need_memory(3 * (count + 1) * sizeof *x);
  double *train = x + count, *other = train + count;
  const int tested = l->of->test != NULL;
  int others = 0;
  for (size_t i = 0; i < count; i++) {
    x[i] = (double)e[i].epoch;
    train[i] = 100 * e[i].train_accuracy;
    other[i] = 100 * (tested ? e[i].test_accuracy : e[i].validation_accuracy);
    others += !isnan(other[i]);
  }
  figure_line(f, "train", x, train, count);
  if (others > 0) figure_line(f, tested ? "test" : "validation", x, other, count);
  free(x);
}

int learner_stack(const char *layers, int times, int size, const char *init,
                  uint64_t seed, dpb_model **model) {
  dpb_model_config config = {
      .input = {1, 1, size}, .max_batch = 1, .seed = seed, .threads = 1};
  if (init && dpb_init_from_text(init, &config.init) != DPB_OK)
    return fail_library(EXIT_USAGE);
  const size_t length = (strlen(layers) + 2) * (size_t)times;
  char *net = need_memory(length);
  const int code = net_source_build(learner_net(net, length, times - 1, layers, layers),
                                    &config, model);
  free(net);
  return code;
}

const char *learner_net(char text[], size_t size, int times, const char *repeated,
                        const char *last) {
  size_t length = 0;
  for (int i = 0; i < times && length < size; i++)
    length += (size_t)snprintf(text + length, size - length, "%s, ", repeated);
  if (length < size) snprintf(text + length, size - length, "%s", last);
  return text;
}
