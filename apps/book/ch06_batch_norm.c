/* SPDX-License-Identifier: MIT
 *
 * Section 6.3.3, figures 6-18 and 6-19: learning with and without batch normalisation,
 * from initial weights of 16 standard deviations, 1 down to 0.0001. Five hidden layers of
 * 100 (ReLU) learn 1,000 images by SGD. Both networks begin with the same weights and see
 * the same mini-batches. Without it, most scales learn nothing at all.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "csv.h"
#include "iteration.h"
#include "learner.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Train with and without batch normalisation from 16 scales of weights.",
    .after =
        "Accuracies are of the training images, after the first mini-batch of each\n"
        "epoch, as the book's script takes them; 0.1 is guessing. A network without\n"
        "batch normalisation whose loss runs away keeps its last accuracy, or 0.\n"
        "--out writes batch_norm.csv (std, epoch, plain, batch_norm) and the picture\n"
        "batch_norm.\n"
        "\n"
        "Example:\n"
        "  ch06_batch_norm --full --data data/mnist --out figures\n"};

enum { SCALES = 16, HIDDEN = 5 };

/* Measures behind the first mini-batch of each epoch. An epoch in which the loss runs
 * away does not count, and is the last. */
static dpb_status learn(const experiment *e, learner *l, double *accuracies) {
  const size_t epochs = (size_t)e->epochs, steps = dpb_batcher_steps(l->batcher);
  dpb_status status = DPB_OK;
  for (size_t epoch = 0; status == DPB_OK && epoch < epochs; epoch++) {
    dpb_evaluation result = {.total = 0};
    for (size_t i = 0; status == DPB_OK && i < steps; i++) {
      status =
          iteration_learn(l->model, l->optimizer, l->batcher, epoch * steps + i, 0, NULL);
      if (status == DPB_OK && i == 0)
        status = dpb_evaluate(l->model, e->train, &result, NULL);
    }
    for (size_t later = epoch; later < epochs && status == DPB_OK; later++)
      accuracies[later] = (double)result.correct / (double)result.total;
  }
  return status == DPB_ERR_DIVERGED ? DPB_OK : status;
}

static int run(const experiment *e, double std, const char *layers, double *accuracies) {
  char init[40], net[240];
  snprintf(init, sizeof init, "std %.9g", std);
  const learner_config config = {
      .net = learner_net(net, sizeof net, HIDDEN, layers, "affine 10"),
      .init = init,
      .optimizer = {.kind = DPB_SGD, .lr = (float)e->lr}};
  learner l = {0};
  int code = learner_begin(e, &config, &l);
  for (int i = 0; i < e->epochs; i++) accuracies[i] = 0;
  if (code == EXIT_OK) {
    const dpb_status status = learn(e, &l, accuracies);
    if (status != DPB_OK) code = fail_library(exit_code_of(status));
  }
  learner_end(&l);
  return code;
}

static void draw(figure *f, double std, const double *plain, const double *norm, int n) {
  char title[40];
  snprintf(title, sizeof title, "std %.5f", std);
  figure_panel(f, title, "epoch", "accuracy");
  figure_range(f, 'y', 0, 1);
  figure_line(f, "", NULL, plain, (size_t)n);
  figure_line(f, "", NULL, norm, (size_t)n);
}

static int compare(const experiment *e, csv_file *csv, figure *f) {
  table t = {.align = "rrrl"};
  const int n = e->epochs;
  double *plain = need_memory(2 * (size_t)n * sizeof *plain), *norm = plain + n;
  int better = 0, code = EXIT_OK;
  table_head(&t, "std|plain|batch norm|");
  for (int i = 0; i < SCALES && code == EXIT_OK; i++) {
    const double std = pow(10.0, -4.0 * i / (SCALES - 1));
    code = run(e, std, "affine 100, relu", plain);
    if (code == EXIT_OK) code = run(e, std, "affine 100, batchnorm, relu", norm);
    if (code != EXIT_OK) break;
    for (int k = 0; k < n; k++)
      csv_row(csv, "%.9g,%d,%.9g,%.9g", std, k + 1, plain[k], norm[k]);
    draw(f, std, plain, norm, n);
    const int is_better = norm[n - 1] > plain[n - 1];
    better += is_better;
    table_row(&t, "%.5f|%.3f|%.3f|%s", std, plain[n - 1], norm[n - 1],
              is_better ? "better" : "");
  }
  free(plain);
  if (code == EXIT_OK) {
    printf("accuracy on the training images in epoch %d:\n", n);
    table_print(&t, stdout);
    printf("better with batch normalisation: %d of %d\n", better, SCALES);
  }
  table_drop(&t);
  return code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch06_batch_norm",
                  .data = "sample",
                  .seed = 1,
                  .epochs = 20,
                  .samples = 1000,
                  .batch = 100,
                  .lr = 0.01};
  int code = experiment_begin(&e, &page, NULL, 0, argc, argv);
  if (code != -1) return code;
  csv_file csv = {0};
  figure *f = figure_new("Without batch normalisation, and with it (dashed)", 4, 4);
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK)
    code = csv_open(&csv, e.out, "batch_norm.csv", "std,epoch,plain,batch_norm");
  if (code == EXIT_OK) code = compare(&e, &csv, f);
  code = csv_close(&csv, code);
  return experiment_end(&e, experiment_show(&e, f, "batch_norm", code));
}
