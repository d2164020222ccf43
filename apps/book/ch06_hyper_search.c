/* SPDX-License-Identifier: MIT
 *
 * Section 6.5.3: the search for a learning rate and a weight decay (L2), by validation
 * data. A network of six hidden layers of 100 (ReLU, He) learns 400 images of MNIST with
 * SGD for 50 epochs, and 100 others judge it.
 */
#include <stdio.h>

#include <deepblas/search.h>
#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "kernels.h"
#include "net_source.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary =
        "Search for a learning rate and a weight decay on few images of MNIST, at\n"
        "random as in the book, or by Bayesian optimisation.",
    .after = "--out writes hyper_search.csv: trial, epoch, train_accuracy,\n"
             "validation_accuracy.\n"
             "\n"
             "Example:\n"
             "  ch06_hyper_search --method bayes --trials 30 --data data/mnist\n"};

#define NET                                                                              \
  "affine 100 he, relu, affine 100 he, relu, affine 100 he, relu, affine 100 he, relu, " \
  "affine 100 he, relu, affine 100 he, relu, affine 10 he"

enum { TOP = 20 }; /* trials in the table */

typedef struct settings {
  const char *data, *out;
  uint64_t seed;
  int method, trials, epochs, samples, batch;
  dpb_dataset *train, *validation;
  csv_file csv;
} settings;

/* The last epoch's validation accuracy; the curves go to the CSV file. */
static double write_curves(settings *s, const dpb_trainer *trainer, int trial) {
  size_t epochs = 0;
  const dpb_epoch *e = dpb_trainer_history(trainer, &epochs);
  for (size_t i = 0; i < epochs; i++)
    csv_row(&s->csv, "%d,%zu,%.6g,%.6g", trial, e[i].epoch, e[i].train_accuracy,
            e[i].validation_accuracy);
  return epochs ? e[epochs - 1].validation_accuracy : 0;
}

/* Trains with a rate and a decay. A run that diverges has no score: NaN. */
static int learn(settings *s, const dpb_trial *trial, double *score) {
  const dpb_model_config config = {.input = dpb_dataset_sample_shape(s->train),
                                   .max_batch = s->batch,
                                   .seed = s->seed + (uint64_t)trial->id,
                                   .weight_decay = (float)trial->values[1]};
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  dpb_trainer *trainer = NULL;
  size_t count = 0;
  *score = 0.0 / 0.0;
  const int code = net_source_build(NET, &config, &model);
  if (code != EXIT_OK) return code;
  dpb_status status = dpb_model_flat(model, NULL, NULL, &count);
  if (status == DPB_OK)
    status = dpb_optimizer_create(
        &(dpb_optimizer_config){.kind = DPB_SGD, .lr = (float)trial->values[0]}, count,
        &optimizer);
  if (status == DPB_OK)
    status = dpb_trainer_create(&(dpb_trainer_config){.model = model,
                                                      .optimizer = optimizer,
                                                      .train = s->train,
                                                      .validation = s->validation,
                                                      .epochs = (size_t)s->epochs,
                                                      .batch = s->batch,
                                                      .sampling = DPB_WITH_REPLACEMENT,
                                                      .seed = config.seed},
                                &trainer);
  if (status == DPB_OK) status = dpb_trainer_run(trainer);
  if (status == DPB_OK) *score = write_curves(s, trainer, trial->id + 1);
  if (status == DPB_ERR_DIVERGED) status = DPB_OK;
  dpb_trainer_destroy(trainer);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

static int try_all(settings *s, dpb_search *search) {
  while (!dpb_search_done(search)) {
    dpb_trial trial;
    double score;
    if (dpb_search_ask(search, &trial) != DPB_OK) return fail_library(EXIT_DATA);
    const int code = learn(s, &trial, &score);
    if (code != EXIT_OK) return code;
    if (dpb_search_tell(search, trial.id, score) != DPB_OK)
      return fail_library(EXIT_DATA);
  }
  return EXIT_OK;
}

static int print_best(const dpb_search *search) {
  int best[TOP], count = 0;
  if (dpb_search_rank(search, best, TOP, &count) != DPB_OK)
    return fail_library(EXIT_DATA);
  table t = {.align = "rrrrr"};
  table_head(&t, "best|trial|validation|lr|weight decay");
  for (int i = 0; i < count && i < TOP; i++) {
    dpb_trial trial;
    if (dpb_search_trial(search, best[i], &trial) != DPB_OK)
      return fail_library(EXIT_DATA);
    table_cell(&t, "%d", i + 1);
    table_cell(&t, "%d", trial.id + 1);
    table_cell(&t, "%.4f", trial.score);
    table_cell(&t, "%.3g", trial.values[0]);
    table_cell(&t, "%.3g", trial.values[1]);
  }
  table_print(&t, stdout);
  return EXIT_OK;
}

static int run(settings *s) {
  dpb_space *space = NULL;
  dpb_search *search = NULL;
  dpb_status status =
      dpb_space_parse("lr log 1e-6..1e-2, weight_decay log 1e-8..1e-4", &space);
  if (status == DPB_OK)
    status =
        dpb_search_create(&(dpb_search_config){.space = space,
                                               .method = (dpb_search_method)s->method,
                                               .goal = DPB_MAXIMIZE,
                                               .trials = s->trials,
                                               .seed = s->seed},
                          &search);
  int code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK) code = try_all(s, search);
  if (code == EXIT_OK) code = print_best(search);
  dpb_search_destroy(search);
  dpb_space_destroy(space);
  return code;
}

static int load(settings *s) {
  dpb_dataset *all = NULL, *few = NULL;
  const int code = data_source_load(s->data, DPB_TRAIN, &all);
  if (code != EXIT_OK) return code;
  dpb_status status = dpb_dataset_head(all, (size_t)s->samples, &few);
  if (status == DPB_OK)
    status = dpb_dataset_split(few, 0.2, s->seed, &s->train, &s->validation);
  dpb_dataset_destroy(few);
  dpb_dataset_destroy(all);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

int main(int argc, char *argv[]) {
  kernels_choose(argv);
  report_program("ch06_hyper_search");
  settings s = {.data = "sample",
                .seed = 1,
                .trials = 100,
                .epochs = 50,
                .samples = 500,
                .batch = 100};
  const option_spec list[] = {
      {OPTION_CHOICE, "method", 'm', "NAME", "random (default) or bayes", &s.method,
       "random|bayes", 0, 0},
      {OPTION_INT, "trials", 0, "N", "settings to try (default: 100)", &s.trials, NULL, 1,
       100000},
      {OPTION_INT, "epochs", 'e', "N", "of each (default: 50)", &s.epochs, NULL, 1,
       100000},
      {OPTION_INT, "samples", 0, "N",
       "the first N images, a fifth of them to validate\n(default: 500)", &s.samples,
       NULL, 10, 60000},
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of all that is drawn (default: 1)", &s.seed, NULL,
       0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the curves as CSV to this folder", &s.out,
       NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  code = load(&s);
  if (code == EXIT_OK)
    code = csv_open(&s.csv, s.out, "hyper_search.csv",
                    "trial,epoch,train_accuracy,validation_accuracy");
  if (code == EXIT_OK) code = run(&s);
  code = csv_close(&s.csv, code);
  dpb_dataset_destroy(s.train);
  dpb_dataset_destroy(s.validation);
  return finish_output(code);
}
