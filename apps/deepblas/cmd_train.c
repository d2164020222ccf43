/* SPDX-License-Identifier: MIT
 *
 * deepblas train: a network, data, an optimiser; accuracy epoch by epoch.
 */
#include <stdlib.h>
#include <string.h>

#include <deepblas/optimizer.h>

#include "command.h"
#include "data_source.h"
#include "net_source.h"
#include "option_lines.h"
#include "options.h"
#include "out_folder.h"
#include "report.h"
#include "train_checkpoint.h"
#include "train_plot.h"
#include "train_report.h"
#include "train_run.h"

static const option_page page = {
    .summary = "Train a network and measure it on the test set after every epoch.",
    .after =
        "SIGINT (Ctrl-C) and SIGTERM stop after the step at hand; what was learned is\n"
        "saved to --out, with a checkpoint. A second signal ends the program at once. "
        "An\n"
        "older model in --out is replaced only when this run has learned something.\n"
        "\n"
        "A run that goes on with --resume comes to the same bits as one that was never\n"
        "interrupted, on any number of threads, also after it was killed. Data and\n"
        "settings must be the same; --epochs may be others, unless the schedule is a\n"
        "cosine. What cannot be written, as on a full disk, is told, and training goes\n"
        "on: files that are there stay as they are.\n"
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
        "  deepblas train --overfit-batch --epochs 5\n"
        "  deepblas train --validation 0.2 --patience 3 --schedule 'warmup 50, cosine'\n"
        "  deepblas train --augment 'shift 2, rotate 10' --weight-decay 1e-4\n"
        "  deepblas train --data data/mnist --out run1 --checkpoint-every 200\n"
        "  deepblas train --resume run1\n"
        "  deepblas train --net two_layer --optimizer sgd --lr 0.1 --epochs 17\n"
        "  deepblas train --net 'affine 99, relu, affine 10' --data data/mnist --out "
        "run1\n"};

static const train_options defaults = {.net = NET_DEFAULT,
                                       .data = "sample",
                                       .epochs = 15,
                                       .optimizer = DPB_ADAM,
                                       .seed = 1,
                                       .train_accuracy = 10000};

/* What the options below write to. */
static train_options chosen;

static const option_spec list[] = {
    {.help = "Network and data:"},
    {OPTION_TEXT, "net", 'n', "SPEC|NAME",
     "layers, as 'affine 100, relu, affine 10', or a\n"
     "name from 'deepblas networks'\n"
     "(default: affine 256, relu, affine 128, relu,\n"
     "affine 10)",
     &chosen.net, NULL, 0, 0},
    {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &chosen.data, NULL, 0, 0},
    {OPTION_TEXT, "init", 0, "HOW",
     "how weights begin where --net does not say:\n"
     "he, xavier, glorot, each also 'he uniform',\n"
     "'std 0.01', 'uniform 0.1' (default: he in front of\n"
     "ReLU and its kin, else xavier)",
     &chosen.init, NULL, 0, 0},
    {OPTION_INT, "train-samples", 0, "N", "use the first N samples of the training set",
     &chosen.train_samples, NULL, 1, 2147483647},
    {OPTION_SHARE, "validation", 0, "SHARE",
     "hold back this share of the training set, as 0.2,\n"
     "of each class alike, and measure on it, too\n"
     "(default: 0)",
     &chosen.validation, NULL, 0, 0},
    {.help = "Training:"},
    {OPTION_INT, "epochs", 'e', "N", "passes over the training set (default: 15)",
     &chosen.epochs, NULL, 1, 1000000},
    {OPTION_INT, "batch", 'b', "N", "samples in a mini-batch (default: 100)",
     &chosen.batch, NULL, 1, 1000000},
    {OPTION_CHOICE, "sampling", 0, "HOW",
     "shuffle (default), in-order, or replace: drawn\n"
     "with replacement, as in the book",
     &chosen.sampling, "shuffle|in-order|replace", 0, 0},
    {OPTION_SEED, "seed", 's', "N", "of weights and sample order (default: 1)",
     &chosen.seed, NULL, 0, 0},
    {OPTION_INT, "threads", 't', "N",
     "worker threads (default: the CPUs there are);\n"
     "the result does not depend on it",
     &chosen.threads, NULL, 1, 1024},
    {OPTION_TEXT, "augment", 0, "SPEC",
     "change images at random each time: 'shift 2,\n"
     "rotate 10, scale 0.1, noise 0.05, flip, crop 4,\n"
     "erase 8', or some of these",
     &chosen.augment, NULL, 0, 0},
    {OPTION_INT, "evaluate-every", 0, "N", "measure after every N steps of an epoch, too",
     &chosen.evaluate_every, NULL, 1, 2147483647},
    {OPTION_INT, "train-accuracy", 0, "N",
     "measure the accuracy on the training set by its\n"
     "first N samples at most (default: 10,000)",
     &chosen.train_accuracy, NULL, 1, 2147483647},
    {OPTION_FLAG, "overfit-batch", 0, NULL,
     "train on the first mini-batch alone: the first\n"
     "thing to try when a net does not learn",
     &chosen.overfit_batch, NULL, 0, 0},
    {.help = "Early stopping:"},
    {OPTION_INT, "patience", 0, "N",
     "stop when N epochs in a row did not improve on\n"
     "the validation set, and keep the best parameters",
     &chosen.patience, NULL, 1, 1000000},
    {OPTION_POSITIVE, "min-delta", 0, "X",
     "the least that counts as an improvement\n"
     "(default: any)",
     &chosen.min_delta, NULL, 0, 0},
    {OPTION_CHOICE, "monitor", 0, "WHAT", "validation loss (default) or accuracy",
     &chosen.monitor, "loss|accuracy", 0, 0},
    {.help = "Optimizer:"},
    {OPTION_CHOICE, "optimizer", 'o', "NAME",
     "sgd, momentum, nesterov, adagrad, rmsprop, adam\n"
     "(default) or adamw",
     &chosen.optimizer, "sgd|momentum|nesterov|adagrad|rmsprop|adam|adamw", 0, 0},
    {OPTION_POSITIVE, "lr", 'l', "RATE",
     "learning rate (default: 0.01; 0.001 for adam and\n"
     "adamw)",
     &chosen.lr, NULL, 0, 0},
    {OPTION_DECAY, "momentum", 0, "X", "of momentum and nesterov (default: 0.9)",
     &chosen.momentum, NULL, 0, 0},
    {OPTION_DECAY, "decay", 0, "X", "of rmsprop (default: 0.99)", &chosen.decay, NULL, 0,
     0},
    {OPTION_DECAY, "beta1", 0, "X", "of adam and adamw (default: 0.9)", &chosen.beta1,
     NULL, 0, 0},
    {OPTION_DECAY, "beta2", 0, "X", "of adam and adamw (default: 0.999)", &chosen.beta2,
     NULL, 0, 0},
    {OPTION_POSITIVE, "eps", 0, "X", "of adagrad, rmsprop, adam, adamw (default: 1e-7)",
     &chosen.eps, NULL, 0, 0},
    {OPTION_POSITIVE, "weight-decay", 0, "X",
     "L2 penalty on the weights, X/2 W^2, as the book\n"
     "has it; with adamw decoupled from the gradient\n"
     "(default: none; 0.01 for adamw)",
     &chosen.weight_decay, NULL, 0, 0},
    {OPTION_TEXT, "schedule", 0, "SPEC",
     "learning rate over time: 'step 10 0.1',\n"
     "'exponential 0.95', 'cosine', 'cosine 1e-5',\n"
     "'plateau 3 0.5', each also behind 'warmup 500, ',\n"
     "or 'constant' (default: cosine for adam and adamw,\n"
     "constant for the others)",
     &chosen.schedule, NULL, 0, 0},
    {OPTION_POSITIVE, "clip-norm", 0, "X", "clip the gradients' global norm to X",
     &chosen.clip_norm, NULL, 0, 0},
    {OPTION_INT, "accumulate", 0, "N", "mini-batches in a step (default: 1)",
     &chosen.accumulate, NULL, 1, 1000000},
    {.help = "Output:"},
    {OPTION_TEXT, "out", 0, "DIR",
     "folder for model.npz and history.csv, made if\n"
     "need be (default: nothing is written)",
     &chosen.out, NULL, 0, 0},
    {OPTION_INT, "checkpoint-every", 0, "N",
     "write checkpoint.npz to --out after every N steps\n"
     "and every epoch; --resume goes on from it\n"
     "(default: only when a signal stops the run)",
     &chosen.checkpoint_every, NULL, 1, 2147483647},
    {OPTION_TEXT, "resume", 0, "DIR",
     "go on with the run whose checkpoint.npz is in DIR;\n"
     "its options need not be given again",
     &chosen.resume, NULL, 0, 0},
    {OPTION_SWITCH, "plot", 0, "term",
     "draw loss and accuracy over the epochs: as pictures\n"
     "in --out, or with =term as text",
     &chosen.plot, "term", 0, 0},
    {OPTION_FLAG, "quiet", 'q', NULL, "only the figures at the end", &chosen.quiet, NULL,
     0, 0},
    {OPTION_FLAG, "json", 'j', NULL, "one JSON object at the end, and no other text",
     &chosen.json, NULL, 0, 0},
};

/* The options that only some optimisers look at: given to another they are an error. */
static int check_optimizer_options(const train_options *o) {
  int kind = o->optimizer;
  const char *wrong = NULL;
  if (o->momentum > 0 && kind != DPB_MOMENTUM && kind != DPB_NESTEROV) wrong = "momentum";
  if (o->decay > 0 && kind != DPB_RMSPROP) wrong = "decay";
  int adam = kind == DPB_ADAM || kind == DPB_ADAMW;
  if (o->beta1 > 0 && !adam) wrong = "beta1";
  if (o->beta2 > 0 && !adam) wrong = "beta2";
  if (o->eps > 0 && kind != DPB_ADAGRAD && kind != DPB_RMSPROP && !adam) wrong = "eps";
  if (wrong == NULL) return EXIT_OK;
  return fail_usage("--%s means nothing to --optimizer %s", wrong,
                    dpb_optimizer_name((dpb_optimizer_kind)kind));
}

/* The options that need others, or do not go together. */
static int check_options(const train_options *o) {
  if (o->checkpoint_every > 0 && o->out == NULL) {
    return fail_usage("--checkpoint-every needs --out DIR to write to");
  }
  if (o->plot == PLOT_FILES && o->out == NULL) {
    return fail_usage("--plot needs --out DIR; --plot=term draws on the terminal");
  }
  if (o->plot == PLOT_TEXT && o->json) {
    return fail_usage("--plot=term does not go with --json");
  }
  if (o->patience > 0 && !(o->validation > 0)) {
    return fail_usage("--patience needs --validation SHARE to judge by");
  }
  if (o->patience == 0 && (o->min_delta > 0 || o->monitor)) {
    return fail_usage("--%s means nothing without --patience",
                      o->monitor ? "monitor" : "min-delta");
  }
  if (o->overfit_batch && (o->augment || o->accumulate > 1)) {
    return fail_usage("--overfit-batch is one mini-batch as it is: --%s does not go "
                      "with it",
                      o->augment ? "augment" : "accumulate");
  }
  return check_optimizer_options(o);
}

static int train(train_job *job) {
  int code = train_prepare(job);
  if (code == EXIT_OK && job->options.out) code = folder_for_output(job->options.out);
  if (code != EXIT_OK) return code;
  int talk = !job->options.quiet && !job->options.json;
  if (talk) train_report_begin(job);
  code = train_run(job);
  if (job->options.json) {
    train_report_json(job);
  } else {
    train_report_end(job);
  }
  if (job->options.plot) code = train_plot(job, code);
  return code;
}

/* Options that are of the call, not of the run. */
static const char *const of_the_call[] = {"out",   "resume", "threads", "plot",
                                          "quiet", "json",   NULL};

/* Whether anything of the run itself was said on the command line. */
static int says_something(const train_options *given) {
  char *said = option_lines(list, OPTION_COUNT(list), of_the_call);
  chosen = defaults;
  char *unsaid = option_lines(list, OPTION_COUNT(list), of_the_call);
  chosen = *given;
  const int differ = strcmp(said, unsaid) != 0;
  free(said);
  free(unsaid);
  return differ;
}

/* With --resume: the options of the run that is gone on with, and over them those that
 * were given. *path is the checkpoint, NULL where there is none yet; *lines holds the
 * texts of options. The caller frees both. */
static int take_resumed(int argc, char *argv[], char **path, char **lines) {
  const train_options given = chosen;
  int code = checkpoint_options(given.resume, path, lines);
  if (code == EXIT_OK && *lines) {
    chosen = defaults;
    code = option_lines_read(list, OPTION_COUNT(list), of_the_call, *path, *lines);
    if (code != EXIT_OK) return code;
    (void)options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  } else if (code == EXIT_OK) {
    free(*path);
    *path = NULL;
    if (!says_something(&given))
      return fail(EXIT_DATA, "--resume %s: there is no %s in it", given.resume,
                  CHECKPOINT_NAME);
    /* a script that says --resume from the first time on means a run that begins */
    note("there is no %s in %s yet: the run begins", CHECKPOINT_NAME, given.resume);
  }
  if (chosen.out == NULL) chosen.out = chosen.resume;
  return code;
}

static int run(int argc, char *argv[], char **path, char **lines) {
  int code = chosen.resume ? take_resumed(argc, argv, path, lines) : EXIT_OK;
  if (code != EXIT_OK) return code;
  char *kept = option_lines(list, OPTION_COUNT(list), of_the_call);
  train_job job = {.options = chosen, .lines = kept, .resume_path = *path};
  int adam = chosen.optimizer == DPB_ADAM || chosen.optimizer == DPB_ADAMW;
  if (job.options.schedule == NULL) job.options.schedule = adam ? "cosine" : "constant";
  code = check_options(&job.options);
  if (code == EXIT_OK) code = train(&job);
  train_free(&job);
  free(kept);
  return code;
}

int run_train(int argc, char *argv[]) {
  char *path = NULL, *lines = NULL;
  chosen = defaults;
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  int code = run(argc, argv, &path, &lines);
  free(path);
  free(lines);
  return code;
}
