/* SPDX-License-Identifier: MIT */
#include "convnet.h"

#include <stdio.h>

#include <deepblas/npz.h>

#include "csv.h"
#include "net_source.h"
#include "report.h"

int convnet_begin(const experiment *e, const char *net, learner *l) {
  const learner_config config = {.net = net,
                                 .optimizer = {.kind = DPB_ADAM, .lr = 0.001f}};
  return learner_begin(e, &config, l);
}

static int tell(const experiment *e, const learner *l, const char *name) {
  char file[64];
  csv_file csv = {0};
  size_t count = 0;
  const dpb_epoch *epoch = learner_history(l, &count);
  snprintf(file, sizeof file, "%s.csv", name);
  const int code =
      csv_open(&csv, e->out, file, "epoch,loss,train_accuracy,test_accuracy");
  if (code != EXIT_OK) return code;
  for (size_t i = 0; i < count; i++, epoch++) {
    printf("epoch %2zu  loss %.4f  train %.4f  test %.4f\n", epoch->epoch,
           epoch->train_loss, epoch->train_accuracy, epoch->test_accuracy);
    csv_row(&csv, "%zu,%.6g,%.6g,%.6g", epoch->epoch, epoch->train_loss,
            epoch->train_accuracy, epoch->test_accuracy);
  }
  return csv_close(&csv, EXIT_OK);
}

int convnet_learn(const experiment *e, learner *l, const char *name, const char *title) {
  int code = learner_train(l, NULL);
  if (code == EXIT_OK) code = tell(e, l, name);
  if (code != EXIT_OK) return code;
  figure *f = figure_new(title, 1, 1);
  figure_panel(f, "", "epoch", "accuracy / %");
  learner_draw(l, f);
  return experiment_show(e, f, name, code);
}

static int load(experiment *e, const convnet_source *from, dpb_model **model) {
  const dpb_model_config config = {
      .input = dpb_dataset_sample_shape(e->test), .max_batch = e->batch, .seed = e->seed};
  if (from->model) {
    const dpb_model_config open = {.max_batch = e->batch};
    return dpb_model_load(from->model, &open, model) == DPB_OK
               ? net_source_scale(*model, e->test)
               : fail_library(EXIT_DATA);
  }
  const int code = net_source_build(from->net, &config, model);
  if (code != EXIT_OK) return code;
  const dpb_status status = dpb_model_load_weights(*model, from->weights);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

int convnet_open(experiment *e, const convnet_source *from, learner *l,
                 dpb_model **model) {
  *model = NULL;
  if (from->model && from->weights)
    return fail(EXIT_USAGE, "--model and --weights: one of them");
  int code = experiment_load(e, DPB_TEST);
  if (code != EXIT_OK) return code;
  if (from->model || from->weights) return load(e, from, model);
  code = experiment_load(e, DPB_TRAIN);
  if (code == EXIT_OK) code = convnet_begin(e, from->net, l);
  if (code != EXIT_OK) return code;
  printf("no --model: %s learns here, %d epochs of %zu images\n", from->net, e->epochs,
         dpb_dataset_count(e->train));
  fflush(stdout);
  *model = l->model;
  return learner_train(l, NULL);
}

void convnet_drop(learner *l, dpb_model *model) {
  if (model != l->model) dpb_model_destroy(model);
  learner_end(l);
}
