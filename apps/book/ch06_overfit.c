/* SPDX-License-Identifier: MIT
 *
 * Section 6.4: a network that has far more parameters than data learns 300 images of
 * MNIST by heart; what weight decay (L2) and dropout do about it. Six hidden layers of
 * 100 (ReLU, He), SGD of 0.01.
 */
#include <stdio.h>
#include <string.h>

#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "kernels.h"
#include "net_source.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Overfit few images of MNIST: plainly, with weight decay, with dropout.",
    .after = "--out writes overfit.csv: method, epoch, train_accuracy, test_accuracy.\n"
             "\n"
             "Example:\n"
             "  ch06_overfit --method dropout --dropout 0.3 --data data/mnist\n"};

enum { ALL, PLAIN, DECAY, DROPOUT, METHODS };
static const char *const methods[METHODS] = {"all", "plain", "weight-decay", "dropout"};
enum { DECAY_EPOCHS = 201, DROPOUT_EPOCHS = 301 }; /* the book's */

typedef struct settings {
  const char *data, *out;
  double weight_decay, dropout, lr;
  uint64_t seed;
  int method, epochs, samples, batch;
  dpb_dataset *train, *test;
  csv_file csv;
  table table;
} settings;

/* The book's dropout leaves training as it is and scales in predicting. */
static int build(const settings *s, int method, dpb_model **model) {
  const dpb_model_config config = {.input = dpb_dataset_sample_shape(s->train),
                                   .max_batch = s->batch,
                                   .seed = s->seed,
                                   .weight_decay =
                                       method == DECAY ? (float)s->weight_decay : 0.0f};
  char text[640] = "", dropout[64] = "";
  if (method == DROPOUT)
    snprintf(dropout, sizeof dropout, "dropout %.9g book, ", s->dropout);
  for (int i = 0; i < 6; i++) {
    size_t length = strlen(text);
    snprintf(text + length, sizeof text - length, "affine 100 he, relu, %s", dropout);
  }
  strcat(text, "affine 10 he");
  return net_source_build(text, &config, model);
}

/* A row of the table, and the curve. */
static void tell(settings *s, int method, const dpb_trainer *trainer) {
  size_t count = 0;
  const dpb_epoch *e = dpb_trainer_history(trainer, &count);
  for (size_t i = 0; i < count; i++)
    csv_row(&s->csv, "%s,%zu,%.6g,%.6g", methods[method], e[i].epoch, e[i].train_accuracy,
            e[i].test_accuracy);
  const dpb_epoch *last = &e[count - 1];
  table_cell(&s->table, "%s", methods[method]);
  table_cell(&s->table, "%zu", last->epoch);
  table_cell(&s->table, "%.4f", last->train_accuracy);
  table_cell(&s->table, "%.4f", last->test_accuracy);
  table_cell(&s->table, "%.4f", last->train_accuracy - last->test_accuracy);
}

static int learn(settings *s, int method) {
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  dpb_trainer *trainer = NULL;
  size_t count = 0;
  const int code = build(s, method, &model);
  if (code != EXIT_OK) return code;
  const int epochs = method == DROPOUT ? DROPOUT_EPOCHS : DECAY_EPOCHS;
  dpb_status status = dpb_model_flat(model, NULL, NULL, &count);
  if (status == DPB_OK)
    status = dpb_optimizer_create(
        &(dpb_optimizer_config){.kind = DPB_SGD, .lr = (float)s->lr}, count, &optimizer);
  if (status == DPB_OK)
    status = dpb_trainer_create(
        &(dpb_trainer_config){.model = model,
                              .optimizer = optimizer,
                              .train = s->train,
                              .test = s->test,
                              .epochs = (size_t)(s->epochs ? s->epochs : epochs),
                              .batch = s->batch,
                              .sampling = DPB_WITH_REPLACEMENT,
                              .seed = s->seed},
        &trainer);
  if (status == DPB_OK) status = dpb_trainer_run(trainer);
  if (status == DPB_OK) tell(s, method, trainer);
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

static int load(settings *s) {
  dpb_dataset *all = NULL;
  int code = data_source_load(s->data, DPB_TRAIN, &all);
  if (code == EXIT_OK) code = data_source_load(s->data, DPB_TEST, &s->test);
  if (code == EXIT_OK && dpb_dataset_head(all, (size_t)s->samples, &s->train) != DPB_OK) {
    code = fail_library(EXIT_USAGE);
  }
  dpb_dataset_destroy(all);
  if (code == EXIT_OK && s->batch > s->samples) s->batch = s->samples;
  return code;
}

static int run(settings *s) {
  table_head(&s->table, "method|epochs|train|test|gap");
  int code = EXIT_OK;
  for (int method = PLAIN; method < METHODS && code == EXIT_OK; method++)
    if (s->method == ALL || s->method == method) code = learn(s, method);
  table_print(&s->table, stdout); /* what there is of it */
  return code;
}

int main(int argc, char *argv[]) {
  kernels_choose(argv);
  report_program("ch06_overfit");
  settings s = {.data = "sample",
                .seed = 1,
                .weight_decay = 0.1,
                .dropout = 0.2,
                .lr = 0.01,
                .samples = 300,
                .batch = 100,
                .table = {.align = "lrrrr"}};
  const option_spec list[] = {
      {OPTION_CHOICE, "method", 'm', "NAME",
       "all (default), plain, weight-decay or dropout", &s.method,
       "all|plain|weight-decay|dropout", 0, 0},
      {OPTION_POSITIVE, "weight-decay", 0, "X", "of weight-decay (default: 0.1)",
       &s.weight_decay, NULL, 0, 0},
      {OPTION_SHARE, "dropout", 0, "SHARE", "of dropout (default: 0.2)", &s.dropout, NULL,
       0, 0},
      {OPTION_INT, "epochs", 'e', "N", "(default: 201; 301 with dropout)", &s.epochs,
       NULL, 1, 100000},
      {OPTION_POSITIVE, "lr", 'l', "RATE", "of SGD (default: 0.01)", &s.lr, NULL, 0, 0},
      {OPTION_INT, "batch", 'b', "N", "samples in a mini-batch (default: 100)", &s.batch,
       NULL, 1, 10000},
      {OPTION_INT, "samples", 0, "N", "learn the first N images (default: 300)",
       &s.samples, NULL, 1, 60000},
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of all that is drawn (default: 1)", &s.seed, NULL,
       0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the curves as CSV to this folder", &s.out,
       NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  code = load(&s);
  if (code == EXIT_OK)
    code = csv_open(&s.csv, s.out, "overfit.csv",
                    "method,epoch,train_accuracy,test_accuracy");
  if (code == EXIT_OK) code = run(&s);
  code = csv_close(&s.csv, code);
  dpb_dataset_destroy(s.train);
  dpb_dataset_destroy(s.test);
  return finish_output(code);
}
