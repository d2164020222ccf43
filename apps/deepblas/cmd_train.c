/* SPDX-License-Identifier: MIT
 *
 * deepblas train: a network, data, an optimiser; accuracy epoch by epoch.
 */
#include <deepblas/optimizer.h>

#include "command.h"
#include "data_source.h"
#include "net_source.h"
#include "options.h"
#include "report.h"
#include "train_job.h"
#include "train_report.h"

static const option_page page = {
    .summary = "Train a network and measure it on the test set after every epoch.",
    .after =
        "SIGINT (Ctrl-C) and SIGTERM stop after the step at hand; what was learned is\n"
        "saved to --out. A second signal ends the program at once. An older model in\n"
        "--out is replaced only when this run has learned something.\n"
        "\n"
        "Exit status:\n"
        "  0  trained to the end\n"
        "  1  training diverged; the last good parameters are saved\n"
        "  2  options, network or sizes that do not fit\n"
        "  3  data that is missing or bad, or writing failed\n"
        "  130, 143  stopped by SIGINT, SIGTERM\n"
        "\n"
        "Examples:\n"
        "  deepblas train\n"
        "  deepblas train --net two_layer --optimizer sgd --lr 0.1 --epochs 17\n"
        "  deepblas train --net 'affine 99, relu, affine 10' --data data/mnist --out "
        "run1\n"};

/* The options that only some optimisers look at: given to another they are an error. */
static int check_optimizer_options(const train_options *o) {
  int kind = o->optimizer;
  const char *wrong = NULL;
  if (o->momentum > 0 && kind != DPB_MOMENTUM && kind != DPB_NESTEROV) wrong = "momentum";
  if (o->decay > 0 && kind != DPB_RMSPROP) wrong = "decay";
  if (o->beta1 > 0 && kind != DPB_ADAM) wrong = "beta1";
  if (o->beta2 > 0 && kind != DPB_ADAM) wrong = "beta2";
  if (o->eps > 0 && kind != DPB_ADAGRAD && kind != DPB_RMSPROP && kind != DPB_ADAM) {
    wrong = "eps";
  }
  if (wrong == NULL) return EXIT_OK;
  return fail_usage("--%s means nothing to --optimizer %s", wrong,
                    dpb_optimizer_name((dpb_optimizer_kind)kind));
}

static int parse(train_options *o, int argc, char *argv[]) {
  const option_spec list[] = {
      {.help = "Network and data:"},
      {OPTION_TEXT, "net", 'n', "SPEC|NAME",
       "layers, as 'affine 100, relu, affine 10', or a\n"
       "name from 'deepblas networks'\n"
       "(default: affine 256, relu, affine 128, relu,\n"
       "affine 10)",
       &o->net, NULL, 0, 0},
      {OPTION_TEXT, "data", 'd', "DIR|sample", DATA_HELP, &o->data, NULL, 0, 0},
      {OPTION_INT, "train-samples", 0, "N", "use the first N samples of the training set",
       &o->train_samples, NULL, 1, 2147483647},
      {OPTION_SHARE, "validation", 0, "SHARE",
       "hold back this share of the training set, as 0.2,\n"
       "and measure on it, too (default: 0)",
       &o->validation, NULL, 0, 0},
      {.help = "Training:"},
      {OPTION_INT, "epochs", 'e', "N", "passes over the training set (default: 15)",
       &o->epochs, NULL, 1, 1000000},
      {OPTION_INT, "batch", 'b', "N", "samples in a mini-batch (default: 100)", &o->batch,
       NULL, 1, 1000000},
      {OPTION_CHOICE, "sampling", 0, "HOW",
       "shuffle (default), in-order, or replace: drawn\n"
       "with replacement, as in the book",
       &o->sampling, "shuffle|in-order|replace", 0, 0},
      {OPTION_SEED, "seed", 's', "N", "of weights and sample order (default: 1)",
       &o->seed, NULL, 0, 0},
      {OPTION_INT, "threads", 't', "N",
       "worker threads (default: the CPUs there are);\n"
       "the result does not depend on it",
       &o->threads, NULL, 1, 1024},
      {.help = "Optimizer:"},
      {OPTION_CHOICE, "optimizer", 'o', "NAME",
       "sgd, momentum, nesterov, adagrad, rmsprop or\n"
       "adam (default)",
       &o->optimizer, "sgd|momentum|nesterov|adagrad|rmsprop|adam", 0, 0},
      {OPTION_POSITIVE, "lr", 'l', "RATE",
       "learning rate (default: 0.01; 0.001 for adam)", &o->lr, NULL, 0, 0},
      {OPTION_DECAY, "momentum", 0, "X", "of momentum and nesterov (default: 0.9)",
       &o->momentum, NULL, 0, 0},
      {OPTION_DECAY, "decay", 0, "X", "of rmsprop (default: 0.99)", &o->decay, NULL, 0,
       0},
      {OPTION_DECAY, "beta1", 0, "X", "of adam (default: 0.9)", &o->beta1, NULL, 0, 0},
      {OPTION_DECAY, "beta2", 0, "X", "of adam (default: 0.999)", &o->beta2, NULL, 0, 0},
      {OPTION_POSITIVE, "eps", 0, "X", "of adagrad, rmsprop and adam (default: 1e-7)",
       &o->eps, NULL, 0, 0},
      {.help = "Output:"},
      {OPTION_TEXT, "out", 0, "DIR",
       "folder for model.npz and history.csv, made if\n"
       "need be (default: nothing is written)",
       &o->out, NULL, 0, 0},
      {OPTION_FLAG, "quiet", 'q', NULL, "only the figures at the end", &o->quiet, NULL, 0,
       0},
      {OPTION_FLAG, "json", 'j', NULL, "one JSON object at the end, and no other text",
       &o->json, NULL, 0, 0},
  };
  return options_parse(list, OPTION_COUNT(list), &page, argc, argv);
}

static int train(train_job *job) {
  int code = train_prepare(job);
  if (code == EXIT_OK) code = train_make_folder(job);
  if (code != EXIT_OK) return code;
  int talk = !job->options.quiet && !job->options.json;
  if (talk) train_report_begin(job);
  code = train_run(job);
  if (job->options.json) {
    train_report_json(job);
  } else {
    train_report_end(job);
  }
  return code;
}

int run_train(int argc, char *argv[]) {
  train_job job = {.options = {.net = NET_DEFAULT,
                               .data = "sample",
                               .epochs = 15,
                               .optimizer = DPB_ADAM,
                               .seed = 1}};
  int leave = parse(&job.options, argc, argv);
  if (leave != -1) return leave;
  int code = check_optimizer_options(&job.options);
  if (code == EXIT_OK) code = train(&job);
  train_free(&job);
  return code;
}
