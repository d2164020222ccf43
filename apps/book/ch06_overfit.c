/* SPDX-License-Identifier: MIT
 *
 * Section 6.4, figures 6-20 to 6-23: a network that has far more parameters than data
 * learns 300 images of MNIST by heart; what weight decay (L2) and dropout do about it.
 * Six hidden layers of 100 (ReLU, He), SGD. Look at the gap between the two curves.
 */
#include <stdio.h>

#include "csv.h"
#include "learner.h"
#include "report.h"
#include "table.h"

static const option_page page = {
    .summary = "Overfit few images of MNIST: plainly, with weight decay, with dropout.",
    .after =
        "--out writes overfit.csv (method, epoch, train_accuracy, test_accuracy) and\n"
        "the picture overfit.\n"
        "\n"
        "Example:\n"
        "  ch06_overfit --method dropout --dropout 0.3 --full --data data/mnist\n"};

enum { ALL, PLAIN, DECAY, DROPOUT, METHODS };
static const char *const methods[METHODS] = {"all", "plain", "weight-decay", "dropout"};
enum { DECAY_EPOCHS = 201, DROPOUT_EPOCHS = 301 }; /* the book's */

typedef struct settings {
  double weight_decay, dropout;
  int method, epochs;
} settings;

/* A row of the table, and the curve. */
static void tell(const char *method, const learner *l, table *t, csv_file *csv) {
  size_t count = 0;
  const dpb_epoch *e = learner_history(l, &count);
  for (size_t i = 0; i < count; i++)
    csv_row(csv, "%s,%zu,%.6g,%.6g", method, e[i].epoch, e[i].train_accuracy,
            e[i].test_accuracy);
  const dpb_epoch *last = &e[count - 1];
  table_row(t, "%s|%zu|%.4f|%.4f|%.4f", method, last->epoch, last->train_accuracy,
            last->test_accuracy, last->train_accuracy - last->test_accuracy);
}

/* The book's dropout leaves training as it is and scales in predicting. */
static int learn(const settings *s, experiment *e, int method, table *t, csv_file *csv,
                 figure *f) {
  char net[480], layers[64] = "affine 100 he, relu";
  if (method == DROPOUT)
    snprintf(layers, sizeof layers, "affine 100 he, relu, dropout %.9g book", s->dropout);
  const learner_config config = {
      .net = learner_net(net, sizeof net, 6, layers, "affine 10 he"),
      .weight_decay = method == DECAY ? (float)s->weight_decay : 0,
      .optimizer = {.kind = DPB_SGD, .lr = (float)e->lr}};
  learner l = {0};
  e->epochs = s->epochs ? s->epochs : method == DROPOUT ? DROPOUT_EPOCHS : DECAY_EPOCHS;
  int code = learner_begin(e, &config, &l);
  if (code == EXIT_OK) code = learner_train(&l, NULL);
  if (code == EXIT_OK) {
    tell(methods[method], &l, t, csv);
    figure_panel(f, methods[method], "epoch", "accuracy / %");
    figure_range(f, 'y', 0, 100);
    learner_draw(&l, f);
  }
  learner_end(&l);
  return code;
}

static int compare(const settings *s, experiment *e, csv_file *csv, figure *f) {
  table t = {.align = "lrrrr"};
  int code = EXIT_OK;
  table_head(&t, "method|epochs|train|test|gap");
  for (int method = PLAIN; method < METHODS && code == EXIT_OK; method++)
    if (s->method == ALL || s->method == method) code = learn(s, e, method, &t, csv, f);
  table_print(&t, stdout); /* what there is of it */
  return code;
}

int main(int argc, char *argv[]) {
  experiment e = {.name = "ch06_overfit",
                  .data = "sample",
                  .seed = 1,
                  .samples = 300,
                  .batch = 100,
                  .lr = 0.01};
  settings s = {.weight_decay = 0.1, .dropout = 0.2};
  const option_spec own[] = {
      {OPTION_CHOICE, "method", 'm', "NAME",
       "all (default), plain, weight-decay or dropout", &s.method,
       "all|plain|weight-decay|dropout", 0, 0},
      {OPTION_POSITIVE, "weight-decay", 0, "X", "of weight-decay (default: 0.1)",
       &s.weight_decay, NULL, 0, 0},
      {OPTION_SHARE, "dropout", 0, "SHARE", "of dropout (default: 0.2)", &s.dropout, NULL,
       0, 0},
      {OPTION_INT, "epochs", 'e', "N", "(default: 201; 301 with dropout)", &s.epochs,
       NULL, 1, 100000}};
  int code = experiment_begin(&e, &page, own, OPTION_COUNT(own), argc, argv);
  if (code != -1) return code;
  csv_file csv = {0};
  figure *f = figure_new("Learning few images by heart", s.method == ALL ? 3 : 1, 1);
  code = experiment_load(&e, DPB_TRAIN);
  if (code == EXIT_OK) code = experiment_load(&e, DPB_TEST);
  if (code == EXIT_OK)
    code =
        csv_open(&csv, e.out, "overfit.csv", "method,epoch,train_accuracy,test_accuracy");
  if (code == EXIT_OK) code = compare(&s, &e, &csv, f);
  code = csv_close(&csv, code);
  return experiment_end(&e, experiment_show(&e, f, "overfit", code));
}
