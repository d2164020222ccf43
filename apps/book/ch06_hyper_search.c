/* SPDX-License-Identifier: MIT
 *
 * Section 6.5.3, figure 6-24: the search for a learning rate and a weight decay (L2), by
 * validation data. A network of six hidden layers of 100 (ReLU, He) learns 400 images of
 * MNIST with SGD for 50 epochs, and 100 others judge it. The best trials have much the
 * same learning rate; the weight decay hardly counts.
 */
#include <math.h>
#include <stdio.h>

#include "csv.h"
#include "learner.h"
#include "report.h"
#include "search_figure.h"
#include "table.h"

static const option_page page = {
    .summary =
        "Search for a learning rate and a weight decay on few images of MNIST, at\n"
        "random as in the book, or by Bayesian optimisation.",
    .after = "A fifth of the images is for validation. --out writes hyper_search.csv\n"
             "(trial, epoch, train_accuracy, validation_accuracy), the picture\n"
             "hyper_search, curves of the best trials, and hyper_search_values.\n"
             "\n"
             "Example:\n"
             "  ch06_hyper_search --method bayes --trials 30 --full --data data/mnist\n"};

/* Trains with a rate and a decay. A run that diverges has no score: NaN. */
static int learn(const experiment *e, const dpb_trial *trial, search_log *log,
                 csv_file *csv) {
  char net[320];
  experiment one = *e;
  one.seed += (uint64_t)trial->id;
  const learner_config config = {
      .net = learner_net(net, sizeof net, 6, "affine 100 he, relu", "affine 10 he"),
      .weight_decay = (float)trial->values[1],
      .optimizer = {.kind = DPB_SGD, .lr = (float)trial->values[0]}};
  learner l = {0};
  int diverged = 0;
  size_t epochs = 0;
  int code = learner_begin(&one, &config, &l);
  if (code == EXIT_OK) code = learner_train(&l, &diverged);
  const dpb_epoch *h = diverged ? NULL : learner_history(&l, &epochs);
  for (size_t i = 0; i < epochs; i++)
    csv_row(csv, "%d,%zu,%.6g,%.6g", trial->id + 1, h[i].epoch, h[i].train_accuracy,
            h[i].validation_accuracy);
  search_log_add(log, trial->id, h ? h[epochs - 1].validation_accuracy : (double)NAN,
                 trial->values, h, epochs);
  learner_end(&l);
  return code;
}

static int try_all(const experiment *e, dpb_search *search, search_log *log,
                   csv_file *csv) {
  int code = EXIT_OK;
  while (code == EXIT_OK && !dpb_search_done(search)) {
    dpb_trial trial;
    if (dpb_search_ask(search, &trial) != DPB_OK) return fail_library(EXIT_DATA);
    code = learn(e, &trial, log, csv);
    if (code == EXIT_OK &&
        dpb_search_tell(search, trial.id, log->entries[log->count - 1].score) != DPB_OK)
      return fail_library(EXIT_DATA);
  }
  return code;
}

static int show(const experiment *e, const search_log *log) {
  size_t best[SEARCH_BEST];
  const size_t count = log->entries ? search_log_rank(log, best) : 0;
  table t = {.align = "rrrrr"};
  table_head(&t, "best|trial|validation|lr|weight decay");
  for (size_t i = 0; i < count; i++) {
    const search_entry *trial = &log->entries[best[i]];
    table_row(&t, "%zu|%d|%.4f|%.3g|%.3g", i + 1, trial->id + 1, trial->score,
              trial->values[0], trial->values[1]);
  }
  table_print(&t, stdout);
  figure *curves = search_figure_curves(log);
  const int code = curves ? experiment_show(e, curves, "hyper_search", EXIT_OK) : EXIT_OK;
  return experiment_show(e, search_figure_values(log), "hyper_search_values", code);
}

static int run(const experiment *e, int method, int count, csv_file *csv) {
  dpb_space *space = NULL;
  dpb_search *search = NULL;
  dpb_status status =
      dpb_space_parse("lr log 1e-6..1e-2, weight_decay log 1e-8..1e-4", &space);
  const dpb_search_config config = {.space = space,
                                    .method = (dpb_search_method)method,
                                    .goal = DPB_MAXIMIZE,
                                    .trials = count,
                                    .seed = e->seed};
  search_log log = {.space = space, .goal = DPB_MAXIMIZE};
  if (status == DPB_OK) status = dpb_search_create(&config, &search);
  int code = status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
  if (code == EXIT_OK) code = try_all(e, search, &log, csv);
  code = csv_close(csv, code);
  if (code == EXIT_OK) code = show(e, &log);
  search_log_free(&log);
  dpb_search_destroy(search);
  dpb_space_destroy(space);
  return code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch06_hyper_search",
                  .data = "sample",
                  .seed = 1,
                  .epochs = 50,
                  .samples = 500,
                  .batch = 100};
  int method = 0, count = 100;
  const option_spec own[] = {
      {OPTION_CHOICE, "method", 'm', "NAME", "random (default) or bayes", &method,
       "random|bayes", 0, 0},
      OPTION_NUMBER("trials", "settings to try (default: 100)", &count, 100000)};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  csv_file csv = {0};
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK) code = experiment_split(&e, 0.2);
  if (code == EXIT_OK)
    code = csv_open(&csv, e.out, "hyper_search.csv",
                    "trial,epoch,train_accuracy,validation_accuracy");
  if (code == EXIT_OK) code = run(&e, method, count, &csv);
  return experiment_end(&e, code);
}
