/* SPDX-License-Identifier: MIT
 *
 * Section 6.1.8: SGD, Momentum, AdaGrad and Adam on MNIST. A network of four hidden
 * layers of 100 (ReLU, He) learns from the same initial weights over the same
 * mini-batches, drawn with replacement.
 */
#include <stdio.h>

#include <deepblas/trainer.h>

#include "csv.h"
#include "data_source.h"
#include "iteration.h"
#include "kernels.h"
#include "net_source.h"
#include "options.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary =
        "Compare SGD, Momentum, AdaGrad and Adam on MNIST by the loss of training.",
    .after = "A loss is that of the mini-batch before its update, which backprop yields\n"
             "anyway. The book's script takes it again behind the update: --after.\n"
             "--out writes optimizer_compare.csv: optimizer, iteration, loss.\n"
             "\n"
             "Example:\n"
             "  ch06_optimizer_compare --data data/mnist --out figures\n"};

static const dpb_optimizer_kind compared[] = {DPB_SGD, DPB_MOMENTUM, DPB_ADAGRAD,
                                              DPB_ADAM};
enum { COMPARED = sizeof compared / sizeof *compared };

typedef struct settings {
  const char *data, *out;
  uint64_t seed;
  int iterations, batch, last, after;
  dpb_dataset *train;
  csv_file csv;
} settings;

/* All iterations of one optimiser; *mean is the loss over the last ones. */
static int run(settings *s, dpb_optimizer_kind kind, double *mean) {
  const dpb_model_config config = {.input = dpb_dataset_sample_shape(s->train),
                                   .max_batch = s->batch,
                                   .seed = s->seed};
  dpb_model *model = NULL;
  dpb_optimizer *optimizer = NULL;
  dpb_batcher *batcher = NULL;
  size_t count = 0;
  const int code = net_source_build("multi_layer", &config, &model);
  if (code != EXIT_OK) return code;
  dpb_status status = dpb_model_flat(model, NULL, NULL, &count);
  if (status == DPB_OK)
    status =
        dpb_optimizer_create(&(dpb_optimizer_config){.kind = kind}, count, &optimizer);
  if (status == DPB_OK)
    status =
        dpb_batcher_create(s->train, s->batch, DPB_WITH_REPLACEMENT, s->seed, &batcher);
  *mean = 0;
  for (int i = 0; status == DPB_OK && i < s->iterations; i++) {
    double loss = 0;
    status = iteration_learn(model, optimizer, batcher, (size_t)i, s->after, &loss);
    if (i >= s->iterations - s->last) *mean += loss / s->last;
    csv_row(&s->csv, "%s,%d,%.9g", dpb_optimizer_name(kind), i + 1, loss);
  }
  dpb_batcher_destroy(batcher);
  dpb_optimizer_destroy(optimizer);
  dpb_model_destroy(model);
  return status == DPB_OK ? EXIT_OK : fail_library(exit_code_of(status));
}

static int compare(settings *s) {
  double means[COMPARED];
  for (int i = 0; i < COMPARED; i++) {
    const int code = run(s, compared[i], &means[i]);
    if (code != EXIT_OK) return code;
  }
  table t = {.align = "lr"};
  table_head(&t, "optimizer|mean loss");
  for (int i = 0; i < COMPARED; i++) {
    table_cell(&t, "%s", dpb_optimizer_name(compared[i]));
    table_cell(&t, "%.4f", means[i]);
  }
  printf("over the last %d of %d iterations:\n", s->last, s->iterations);
  table_print(&t, stdout);
  return EXIT_OK;
}

int main(int argc, char *argv[]) {
  kernels_choose(argv);
  report_program("ch06_optimizer_compare");
  settings s = {
      .data = "sample", .seed = 1, .iterations = 2000, .batch = 128, .last = 100};
  const option_spec list[] = {
      {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &s.data, NULL, 0, 0},
      {OPTION_INT, "iterations", 'i', "N", "of each optimiser (default: 2000)",
       &s.iterations, NULL, 1, 10000000},
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
    code = csv_open(&s.csv, s.out, "optimizer_compare.csv", "optimizer,iteration,loss");
  if (code == EXIT_OK) code = compare(&s);
  code = csv_close(&s.csv, code);
  dpb_dataset_destroy(s.train);
  return finish_output(code);
}
