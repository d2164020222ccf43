/* SPDX-License-Identifier: MIT
 *
 * Section 6.1.8, figure 6-9: SGD, Momentum, AdaGrad and Adam on MNIST. A network of four
 * hidden layers of 100 (ReLU, He) learns from the same initial weights over the same
 * mini-batches. All three come down much faster than SGD, AdaGrad here fastest of all.
 */
#include <stdlib.h>

#include "learner.h"
#include "loss_curves.h"
#include "report.h"

static const option_page page = {
    .summary =
        "Compare SGD, Momentum, AdaGrad and Adam on MNIST by the loss of training.",
    .after = "A loss is that of the mini-batch before its update, which backprop yields\n"
             "anyway. The book's script takes it again behind the update: --after.\n"
             "--out writes optimizer_compare.csv (optimizer, iteration, loss) and the\n"
             "picture optimizer_compare, its curves smoothed as the book's.\n"
             "\n"
             "Example:\n"
             "  ch06_optimizer_compare --full --data data/mnist --out figures\n"};

enum { COMPARED = 4 };
static const dpb_optimizer_kind compared[COMPARED] = {DPB_SGD, DPB_MOMENTUM, DPB_ADAGRAD,
                                                      DPB_ADAM};
static const char *const names[COMPARED] = {"sgd", "momentum", "adagrad", "adam"};

static int learn(const experiment *e, dpb_optimizer_kind kind, int after,
                 double *losses) {
  const learner_config config = {.net = "multi_layer", .optimizer = {.kind = kind}};
  learner l = {0};
  int code = learner_begin(e, &config, &l);
  if (code == EXIT_OK) code = learner_iterate(&l, after, losses);
  learner_end(&l);
  return code;
}

static int compare(const experiment *e, int after, int last) {
  const size_t iterations = (size_t)e->iterations;
  double *losses = need_memory(COMPARED * iterations * sizeof *losses);
  int code = EXIT_OK;
  for (size_t i = 0; i < COMPARED && code == EXIT_OK; i++)
    code = learn(e, compared[i], after, losses + i * iterations);
  const loss_curves curves = {.name = "optimizer_compare",
                              .title = "Optimisers on MNIST",
                              .what = "optimizer",
                              .names = names,
                              .count = COMPARED,
                              .losses = losses,
                              .last = last,
                              .top = 1};
  if (code == EXIT_OK) code = loss_curves_show(e, &curves);
  free(losses);
  return code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch06_optimizer_compare",
                  .data = "sample",
                  .seed = 1,
                  .iterations = 2000,
                  .batch = 128};
  int last = 100, after = 0;
  const option_spec own[] = {
      {OPTION_INT, "last", 0, "N", "so many losses are averaged (default: 100)", &last,
       NULL, 1, 10000000},
      {OPTION_FLAG, "after", 0, NULL, "losses behind the update", &after, NULL, 0, 0}};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK) code = compare(&e, after, last);
  return experiment_end(&e, code);
}
