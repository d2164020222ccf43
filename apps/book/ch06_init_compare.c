/* SPDX-License-Identifier: MIT
 *
 * Section 6.2.4: initial weights compared on MNIST. A network of four hidden layers of
 * 100 (ReLU) learns with SGD over the same mini-batches, drawn with replacement, from
 * weights with a standard deviation of 0.01, from Xavier's and from He's.
 */
#include <stdio.h>

#include <deepblas/networks.h>
#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "iteration.h"
#include "kernels.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Compare initial weights on MNIST by the loss of training.",
    .after = "A loss is that of the mini-batch before its update, which backprop yields\n"
             "anyway. The book's script takes it again behind the update: --after.\n"
             "--out writes init_compare.csv: init, iteration, loss.\n"
             "\n"
             "Examples:\n"
             "  ch06_init_compare --data data/mnist --out figures\n"
             "  ch06_init_compare --init 'glorot uniform'\n"};

static const char *const inits[] = {"std 0.01", "xavier", "he"};
enum { INITS = sizeof inits / sizeof *inits, HIDDEN = 4 };

typedef struct settings {
  const char *data, *out, *init;
  uint64_t seed;
  int activation, iterations, batch, last, after;
  double lr;
  dpb_dataset *train;
  csv_file csv;
  table table;
} settings;

/* What learns, from one way to begin. */
typedef struct learner {
  dpb_model *model;
  dpb_optimizer *optimizer;
  dpb_batcher *batcher;
} learner;

static dpb_status build(const settings *s, const char *text, learner *l) {
  const dpb_model_config config = {.input = dpb_dataset_sample_shape(s->train),
                                   .max_batch = s->batch,
                                   .seed = s->seed};
  const int hidden[HIDDEN] = {100, 100, 100, 100};
  static const char *const activations[] = {"relu", "sigmoid", "tanh"};
  size_t count = 0;
  dpb_init init;
  dpb_status status = dpb_init_from_text(text, &init);
  if (status == DPB_OK) status = dpb_model_create(&config, &l->model);
  if (status == DPB_OK)
    status = dpb_add_multi_layer(l->model, hidden, HIDDEN, activations[s->activation],
                                 init, dpb_dataset_classes(s->train));
  if (status == DPB_OK) status = dpb_model_build(l->model);
  if (status == DPB_OK) status = dpb_model_flat(l->model, NULL, NULL, &count);
  if (status == DPB_OK)
    status =
        dpb_optimizer_create(&(dpb_optimizer_config){.kind = DPB_SGD, .lr = (float)s->lr},
                             count, &l->optimizer);
  if (status == DPB_OK)
    status = dpb_batcher_create(s->train, s->batch, DPB_WITH_REPLACEMENT, s->seed,
                                &l->batcher);
  return status;
}

static int run(settings *s, const char *init) {
  learner l = {0};
  double mean = 0, first = 0;
  dpb_status status = build(s, init, &l);
  for (int i = 0; status == DPB_OK && i < s->iterations; i++) {
    double loss = 0;
    status = iteration_learn(l.model, l.optimizer, l.batcher, (size_t)i, s->after, &loss);
    if (i == 0) first = loss;
    if (i >= s->iterations - s->last) mean += loss / s->last;
    csv_row(&s->csv, "%s,%d,%.9g", init, i + 1, loss);
  }
  table_cell(&s->table, "%s", init);
  table_cell(&s->table, "%.4f", first);
  table_cell(&s->table, "%.4f", mean);
  dpb_batcher_destroy(l.batcher);
  dpb_optimizer_destroy(l.optimizer);
  dpb_model_destroy(l.model);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

static int compare(settings *s) {
  s->table = (table){.align = "lrr"};
  table_head(&s->table, "init|first loss|mean loss");
  int code = s->init ? run(s, s->init) : EXIT_OK;
  for (int i = 0; !s->init && i < INITS && code == EXIT_OK; i++) code = run(s, inits[i]);
  if (code != EXIT_OK) {
    table_drop(&s->table);
    return code;
  }
  printf("the first, and over the last %d of %d iterations:\n", s->last, s->iterations);
  table_print(&s->table, stdout);
  return EXIT_OK;
}

int main(int argc, char *argv[]) {
  kernels_choose(argv);
  report_program("ch06_init_compare");
  settings s = {.data = "sample",
                .seed = 1,
                .iterations = 2000,
                .batch = 128,
                .last = 100,
                .lr = 0.01};
  const option_spec list[] = {
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_TEXT, "init", 0, "HOW", "one alone, as 'glorot uniform'", &s.init, NULL, 0,
       0},
      {OPTION_CHOICE, "activation", 'a', "NAME", "relu (default), sigmoid or tanh",
       &s.activation, "relu|sigmoid|tanh", 0, 0},
      {OPTION_POSITIVE, "lr", 'l', "RATE", "of SGD (default: 0.01)", &s.lr, NULL, 0, 0},
      {OPTION_INT, "iterations", 'i', "N", "of each (default: 2000)", &s.iterations, NULL,
       1, 10000000},
      {OPTION_INT, "batch", 'b', "N", "mini-batch (default: 128)", &s.batch, NULL, 1,
       1000000},
      {OPTION_INT, "last", 0, "N", "so many losses are averaged (default: 100)", &s.last,
       NULL, 1, 10000000},
      {OPTION_FLAG, "after", 0, NULL, "losses behind the update", &s.after, NULL, 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of weights and mini-batches (default: 1)", &s.seed,
       NULL, 0, 0},
      {OPTION_TEXT, "out", 'o', "DIR", "write the losses as CSV to this folder", &s.out,
       NULL, 0, 0}};
  int code = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (code != -1) return finish_output(code);
  if (s.last > s.iterations) s.last = s.iterations;
  code = data_source_load(s.data, DPB_TRAIN, &s.train);
  if (code == EXIT_OK)
    code = csv_open(&s.csv, s.out, "init_compare.csv", "init,iteration,loss");
  if (code == EXIT_OK) code = compare(&s);
  code = csv_close(&s.csv, code);
  dpb_dataset_destroy(s.train);
  return finish_output(code);
}
