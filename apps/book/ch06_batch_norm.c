/* SPDX-License-Identifier: MIT
 *
 * Section 6.3.3: learning with and without batch normalisation, from initial weights of
 * 16 standard deviations, 1 down to 0.0001. Five hidden layers of 100 (ReLU) learn 1,000
 * images by SGD. Both networks begin with the same weights and see the same mini-batches.
 */
#include <math.h>
#include <stdio.h>

#include <deepblas/networks.h>
#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "kernels.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Train with and without batch normalisation from 16 scales of weights.",
    .after =
        "Accuracies are of the training images, after the first mini-batch of each\n"
        "epoch, as the book's script takes them; 0.1 is guessing. A network without\n"
        "batch normalisation whose loss runs away keeps its last accuracy, or 0.\n"
        "--out writes batch_norm.csv: std, epoch, plain, batch_norm.\n"
        "\n"
        "Example:\n"
        "  ch06_batch_norm --data data/mnist --out figures\n"};

enum { SCALES = 16, MOST_EPOCHS = 1000, HIDDEN = 5 };

typedef struct settings {
  const char *data, *out;
  uint64_t seed;
  int epochs, images, batch;
  double lr;
  dpb_dataset *train;
  csv_file csv;
} settings;

static dpb_status make_model(const settings *s, double std, int batch_norm,
                             dpb_model **model) {
  static const int hidden[HIDDEN] = {100, 100, 100, 100, 100};
  const dpb_multi_layer_config net = {.hidden = hidden,
                                      .count = HIDDEN,
                                      .activation = "relu",
                                      .init = {.kind = DPB_INIT_STD, .std = (float)std},
                                      .classes = dpb_dataset_classes(s->train),
                                      .batch_norm = batch_norm};
  const dpb_model_config config = {.input = dpb_dataset_sample_shape(s->train),
                                   .max_batch = s->batch,
                                   .seed = s->seed};
  dpb_status status = dpb_model_create(&config, model);
  if (status == DPB_OK) status = dpb_add_multi_layer_extend(*model, &net);
  return status == DPB_OK ? dpb_model_build(*model) : status;
}

static dpb_status learn(const settings *s, dpb_model *model, dpb_optimizer *optimizer,
                        dpb_batcher *batcher, double *accuracies) {
  const size_t steps = dpb_batcher_steps(batcher); /* in an epoch */
  dpb_status status = DPB_OK;
  for (size_t epoch = 0; status == DPB_OK && epoch < (size_t)s->epochs; epoch++) {
    dpb_evaluation result = {.total = 0};
    status = dpb_batcher_start(batcher, epoch);
    for (size_t i = 0; status == DPB_OK && i < steps; i++) {
      dpb_batch batch;
      status = dpb_batcher_get(batcher, i, &batch);
      if (status == DPB_OK) status = dpb_train_step(model, optimizer, &batch, NULL);
      if (status == DPB_OK && i == 0)
        status = dpb_evaluate(model, s->train, &result, NULL);
    }
    for (size_t later = epoch; later < (size_t)s->epochs && status == DPB_OK; later++)
      accuracies[later] = (double)result.correct / (double)result.total;
  }
  return status == DPB_ERR_DIVERGED ? DPB_OK : status;
}

static int run(const settings *s, double std, int batch_norm, double *accuracies) {
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  dpb_batcher *batcher = NULL;
  size_t count = 0;
  dpb_status status = make_model(s, std, batch_norm, &model);
  if (status == DPB_OK) status = dpb_model_flat(model, NULL, NULL, &count);
  const dpb_optimizer_config sgd = {.kind = DPB_SGD, .lr = (float)s->lr};
  if (status == DPB_OK) status = dpb_optimizer_create(&sgd, count, &optimizer);
  if (status == DPB_OK)
    status =
        dpb_batcher_create(s->train, s->batch, DPB_WITH_REPLACEMENT, s->seed, &batcher);
  if (status == DPB_OK) status = learn(s, model, optimizer, batcher, accuracies);
  dpb_batcher_destroy(batcher);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

static int compare(settings *s) {
  table t = {.align = "rrrl"};
  int better = 0;
  table_head(&t, "std|plain|batch norm|");
  for (int i = 0; i < SCALES; i++) {
    double plain[MOST_EPOCHS] = {0}, norm[MOST_EPOCHS] = {0};
    const double std = pow(10.0, -4.0 * i / (SCALES - 1));
    int code = run(s, std, 0, plain);
    if (code == EXIT_OK) code = run(s, std, 1, norm);
    if (code != EXIT_OK) return code;
    for (int epoch = 0; epoch < s->epochs; epoch++)
      csv_row(&s->csv, "%.9g,%d,%.9g,%.9g", std, epoch + 1, plain[epoch], norm[epoch]);
    const int wins = norm[s->epochs - 1] > plain[s->epochs - 1];
    better += wins;
    table_cell(&t, "%.5f", std);
    table_cell(&t, "%.3f", plain[s->epochs - 1]);
    table_cell(&t, "%.3f", norm[s->epochs - 1]);
    table_cell(&t, "%s", wins ? "better" : "");
  }
  printf("accuracy on the training images in epoch %d:\n", s->epochs);
  table_print(&t, stdout);
  printf("better with batch normalisation: %d of %d\n", better, SCALES);
  return EXIT_OK;
}

int main(int argc, char *argv[]) {
  kernels_choose(argv);
  report_program("ch06_batch_norm");
  settings s = {.data = "sample",
                .seed = 1,
                .epochs = 20,
                .images = 1000,
                .batch = 100,
                .lr = 0.01};
  const option_spec list[] = {
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_INT, "epochs", 'e', "N", "of each network (default: 20)", &s.epochs, NULL,
       1, MOST_EPOCHS},
      {OPTION_INT, "images", 'n', "N", "learned, the first (default: 1000)", &s.images,
       NULL, 1, 1000000},
      {OPTION_INT, "batch", 'b', "N", "mini-batch (default: 100)", &s.batch, NULL, 1,
       1000000},
      {OPTION_POSITIVE, "lr", 'l', "X", "learning rate (default: 0.01)", &s.lr, NULL, 0,
       0},
      {OPTION_SEED, "seed", 's', "N", "of weights and mini-batches (default: 1)", &s.seed,
       NULL, 0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the accuracies as CSV to this folder",
       &s.out, NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  dpb_dataset *all = NULL;
  code = data_source_load(s.data, DPB_TRAIN, &all);
  if (code == EXIT_OK && (size_t)s.images > dpb_dataset_count(all))
    code = fail(EXIT_USAGE, "--images is %d, there are %zu", s.images,
                dpb_dataset_count(all));
  if (code == EXIT_OK && dpb_dataset_head(all, (size_t)s.images, &s.train) != DPB_OK)
    code = fail_library(EXIT_DATA);
  if (code == EXIT_OK)
    code = csv_open(&s.csv, s.out, "batch_norm.csv", "std,epoch,plain,batch_norm");
  if (code == EXIT_OK) code = compare(&s);
  code = csv_close(&s.csv, code);
  dpb_dataset_destroy(s.train);
  dpb_dataset_destroy(all);
  return finish_output(code);
}
