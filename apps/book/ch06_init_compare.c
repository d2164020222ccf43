/* SPDX-License-Identifier: MIT
 *
 * Section 6.2.4, figure 6-15: initial weights compared on MNIST. A network of four hidden
 * layers of 100 (ReLU) learns with SGD over the same mini-batches from weights with a
 * standard deviation of 0.01, from Xavier's and from He's. The first learns nothing at
 * all: the activations, and with them the gradients, are next to 0; He learns fastest.
 */
#include <stdio.h>
#include <stdlib.h>

#include "learner.h"
#include "loss_curves.h"
#include "report.h"

static const option_page page = {
    .summary = "Compare initial weights on MNIST by the loss of training.",
    .after = "A loss is that of the mini-batch before its update, which backprop yields\n"
             "anyway. The book's script takes it again behind the update: --after.\n"
             "--out writes init_compare.csv (init, iteration, loss) and the picture\n"
             "init_compare, its curves smoothed as the book's.\n"
             "\n"
             "Examples:\n"
             "  ch06_init_compare --full --data data/mnist --out figures\n"
             "  ch06_init_compare --init 'glorot uniform'\n"};

enum { INITS = 3, HIDDEN = 4 };
static const char *const inits[INITS] = {"std 0.01", "xavier", "he"};
static const char *const layers[] = {"affine 100, relu", "affine 100, sigmoid",
                                     "affine 100, tanh"};

static int learn(const experiment *e, const char *init, int activation, int after,
                 double *losses) {
  char net[160];
  const learner_config config = {
      .net = learner_net(net, sizeof net, HIDDEN, layers[activation], "affine 10"),
      .init = init,
      .optimizer = {.kind = DPB_SGD, .lr = (float)e->lr}};
  learner l = {0};
  int code = learner_begin(e, &config, &l);
  if (code == EXIT_OK) code = learner_iterate(&l, after, losses);
  learner_end(&l);
  return code;
}

/* The book's three, or a single one. */
static int compare(const experiment *e, const char *single, int activation, int after,
                   int last) {
  const char *const *names = single ? &single : inits;
  const size_t count = single ? 1 : INITS, iterations = (size_t)e->iterations;
  double *losses = need_memory(count * iterations * sizeof *losses);
  int code = EXIT_OK;
  for (size_t i = 0; i < count && code == EXIT_OK; i++)
    code = learn(e, names[i], activation, after, losses + i * iterations);
  const loss_curves curves = {.name = "init_compare",
                              .title = "Initial weights on MNIST",
                              .what = "init",
                              .names = names,
                              .count = (int)count,
                              .losses = losses,
                              .last = last,
                              .top = 2.5};
  if (code == EXIT_OK) code = loss_curves_show(e, &curves);
  free(losses);
  return code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch06_init_compare",
                  .data = "sample",
                  .seed = 1,
                  .iterations = 2000,
                  .batch = 128,
                  .lr = 0.01};
  const char *init = NULL;
  int activation = 0, last = 100, after = 0;
  const option_spec own[] = {
      {OPTION_TEXT, "init", 0, "HOW", "one alone, as 'glorot uniform'", &init, NULL, 0,
       0},
      {OPTION_CHOICE, "activation", 'a', "NAME", "relu (default), sigmoid or tanh",
       &activation, "relu|sigmoid|tanh", 0, 0},
      {OPTION_INT, "last", 0, "N", "so many losses are averaged (default: 100)", &last,
       NULL, 1, 10000000},
      {OPTION_FLAG, "after", 0, NULL, "losses behind the update", &after, NULL, 0, 0}};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK) code = compare(&e, init, activation, after, last);
  return experiment_end(&e, code);
}
