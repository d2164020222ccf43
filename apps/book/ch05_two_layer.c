/* SPDX-License-Identifier: MIT
 *
 * Sections 4.5.2, 4.5.3 and 5.7.4: the two-layer network, 784-50-10, learns MNIST by
 * backprop: mini-batches of 100 drawn with replacement, SGD of 0.1, weights from std
 * 0.01. To see: the loss falls, jumping from mini-batch to mini-batch (figure 4-11);
 * accuracy on the training and the test images rises together, so nothing is learned by
 * heart (figure 4-12). With the sample the two part after a while: 5,000 images are few.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "figure.h"
#include "iteration.h"
#include "net_source.h"
#include "options.h"
#include "report.h"

static const option_page page = {
    .summary = "Train the two-layer network and draw its loss and accuracy.",
    .after =
        "--out writes two_layer_loss.csv (iteration, loss), two_layer.csv (epoch,\n"
        "train_accuracy, test_accuracy) and the picture two_layer. Epoch 0 is behind\n"
        "the first iteration, as in the book's script.\n"
        "\n"
        "Example:\n"
        "  ch05_two_layer --full --data data/mnist --out figures\n"};

enum { FULL_ITERATIONS = 10000, FULL_EPOCHS = 17 }; /* the book's */

typedef struct settings {
  const char *data, *out, *init;
  uint64_t seed;
  double lr;
  int epochs, hidden, batch, full;
  dpb_dataset *train, *test;
  csv_file losses, accuracies;
  size_t iterations, points;
  double *loss, *epoch, *accuracy[2];
} settings;

/* Accuracy on both sets, printed and kept. */
static dpb_status measure(settings *s, dpb_model *model) {
  const dpb_dataset *sets[2] = {s->train, s->test};
  const size_t i = s->points++;
  s->epoch[i] = (double)i;
  for (int k = 0; k < 2; k++) {
    dpb_evaluation e;
    const dpb_status status = dpb_evaluate(model, sets[k], &e, NULL);
    if (status != DPB_OK) return status;
    s->accuracy[k][i] = (double)e.correct / (double)e.total;
  }
  printf("%5zu  %14.4f  %13.4f\n", i, s->accuracy[0][i], s->accuracy[1][i]);
  fflush(stdout);
  csv_row(&s->accuracies, "%zu,%.6g,%.6g", i, s->accuracy[0][i], s->accuracy[1][i]);
  return DPB_OK;
}

/* The book's loop. */
static dpb_status learn(settings *s, dpb_model *model, dpb_optimizer *optimizer,
                        dpb_batcher *batcher) {
  const size_t steps = dpb_batcher_steps(batcher);
  dpb_status status = DPB_OK;
  s->iterations = s->full ? FULL_ITERATIONS : (size_t)s->epochs * steps;
  s->loss = need_memory(s->iterations * sizeof *s->loss);
  s->epoch = need_memory(3 * (s->iterations / steps + 2) * sizeof *s->epoch);
  for (int k = 0; k < 2; k++)
    s->accuracy[k] = s->epoch + (size_t)(k + 1) * (s->iterations / steps + 2);
  printf("epoch  train accuracy  test accuracy\n");
  for (size_t i = 0; i < s->iterations && status == DPB_OK; i++) {
    status = iteration_learn(model, optimizer, batcher, i, 0, &s->loss[i]);
    csv_row(&s->losses, "%zu,%.9g", i + 1, s->loss[i]);
    if (status == DPB_OK && i % steps == 0) status = measure(s, model);
  }
  if (status == DPB_OK && s->iterations % steps == 0) status = measure(s, model);
  return status;
}

static int train(settings *s) {
  const dpb_model_config config = {.input = dpb_dataset_sample_shape(s->train),
                                   .max_batch = s->batch,
                                   .seed = s->seed};
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  dpb_batcher *batcher = NULL;
  size_t count = 0;
  char text[256];
  if (strlen(s->init) > 60) return fail_usage("--init is too long");
  snprintf(text, sizeof text, "affine %d %s, relu, affine %d %s", s->hidden, s->init,
           dpb_dataset_classes(s->train), s->init);
  const int code = net_source_build(text, &config, &model);
  if (code != EXIT_OK) return code;
  dpb_status status = dpb_model_flat(model, NULL, NULL, &count);
  if (status == DPB_OK)
    status = dpb_optimizer_create(
        &(dpb_optimizer_config){.kind = DPB_SGD, .lr = (float)s->lr}, count, &optimizer);
  if (status == DPB_OK)
    status =
        dpb_batcher_create(s->train, s->batch, DPB_WITH_REPLACEMENT, s->seed, &batcher);
  if (status == DPB_OK) status = learn(s, model, optimizer, batcher);
  dpb_batcher_destroy(batcher);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

/* A point for every mean of as many losses as make it about a thousand points. */
static int draw(settings *s) {
  const size_t each = (s->iterations + 999) / 1000, n = s->iterations / each;
  double *at = need_memory(n * sizeof *at);
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t k = 0; k < each; k++) sum += s->loss[i * each + k];
    s->loss[i] = sum / (double)each; /* at a place that is summed up already */
    at[i] = (double)((i + 1) * each);
  }
  char y_label[64] = "loss";
  if (each > 1) snprintf(y_label, sizeof y_label, "loss, mean of %zu iterations", each);
  figure *f = figure_new("Two-layer network", 2, 1);
  figure_panel(f, "loss of the mini-batch", "iteration", y_label);
  figure_line(f, "", at, s->loss, n);
  figure_panel(f, "accuracy", "epoch", "share of images told right");
  figure_range(f, 'y', 0, 1);
  figure_line(f, "train", s->epoch, s->accuracy[0], s->points);
  figure_line(f, "test", s->epoch, s->accuracy[1], s->points);
  free(at);
  return figure_show(f, s->out, "two_layer");
}

static int run(settings *s) {
  int code = data_source_load(s->data, DPB_TRAIN, &s->train);
  if (code == EXIT_OK) code = data_source_load(s->data, DPB_TEST, &s->test);
  if (code == EXIT_OK)
    code = csv_open(&s->losses, s->out, "two_layer_loss.csv", "iteration,loss");
  if (code == EXIT_OK)
    code = csv_open(&s->accuracies, s->out, "two_layer.csv",
                    "epoch,train_accuracy,test_accuracy");
  if (code == EXIT_OK) code = train(s);
  code = csv_close(&s->losses, code);
  code = csv_close(&s->accuracies, code);
  if (code == EXIT_OK) code = draw(s);
  free(s->loss);
  free(s->epoch);
  dpb_dataset_destroy(s->train);
  dpb_dataset_destroy(s->test);
  return code;
}

int main(int argc, char *argv[]) {
  report_program("ch05_two_layer");
  settings s = {.data = "sample",
                .init = "std 0.01",
                .seed = 1,
                .lr = 0.1,
                .epochs = FULL_EPOCHS,
                .hidden = 50,
                .batch = 100};
  const option_spec list[] = {
      {OPTION_FLAG, "full", 0, NULL, "the book's 10,000 iterations, with MNIST at --data",
       &s.full, NULL, 0, 0},
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_INT, "epochs", 'e', "N", "without --full (default: 17)", &s.epochs, NULL, 1,
       100000},
      {OPTION_INT, "hidden", 0, "N", "size of the hidden layer (default: 50)", &s.hidden,
       NULL, 1, 100000},
      {OPTION_TEXT, "init", 0, "INIT", "of the weights, as 'he' (default: 'std 0.01')",
       &s.init, NULL, 0, 0},
      {OPTION_INT, "batch", 'b', "N", "images in a mini-batch (default: 100)", &s.batch,
       NULL, 1, 10000},
      {OPTION_POSITIVE, "lr", 'l', "RATE", "of SGD (default: 0.1)", &s.lr, NULL, 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of weights and mini-batches (default: 1)", &s.seed,
       NULL, 0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the picture and its numbers to this folder",
       &s.out, NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  if (s.full && strcmp(s.data, "sample") == 0)
    return fail_usage("--full takes full MNIST: --data FOLDER");
  return finish_output(run(&s));
}
