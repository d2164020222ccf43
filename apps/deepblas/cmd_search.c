/* SPDX-License-Identifier: MIT
 *
 * deepblas search: good settings for a network, by trying.
 */
#include <deepblas/optimizer.h>

#include "command.h"
#include "data_source.h"
#include "net_source.h"
#include "options.h"
#include "search_report.h"
#include "search_run.h"

static const option_page page = {
    .summary = "Search for the settings with which a network does best on samples held "
               "back\nfrom training. The test set is never looked at.",
    .after =
        "A space is a list of dimensions:\n"
        "  lr log 1e-5..1e-1       uniform in its logarithm\n"
        "  momentum 0.5..0.99      uniform\n"
        "  hidden int 32..256      whole numbers, both ends included; also 'log int'\n"
        "  act choice relu|tanh    words\n"
        "The names lr, weight_decay, momentum, batch, optimizer and dropout set what "
        "they\n"
        "say; any other name stands in the network in braces, where its values go:\n"
        "'affine {hidden}, {act}, affine 10'.\n"
        "\n"
        "Every finished trial is on the disk, in trials.tsv in --out, before the next "
        "one\n"
        "begins. SIGINT (Ctrl-C) and SIGTERM end the search with what it has.\n"
        "'deepblas plot' draws a search, also while it goes on.\n"
        "\n"
        "Exit status:\n"
        "  0  all trials are done\n"
        "  1  every trial has failed\n"
        "  2  options, spaces, networks or sizes that do not fit\n"
        "  3  data that is missing or bad, or writing failed\n"
        "  130, 143  stopped by SIGINT, SIGTERM\n"
        "\n"
        "Examples:\n"
        "  deepblas search --space 'lr log 1e-4..1e-1'\n"
        "  deepblas search --net 'affine {hidden}, {act}, affine 10' --method bayes\\\n"
        "    --space 'lr log 1e-4..1e-1, hidden int 32..256, act choice relu|tanh'\n"
        "  deepblas search --method hyperband --epochs 27 --trials 40 --out search1\\\n"
        "    --space 'lr log 1e-4..1, weight_decay log 1e-8..1e-2' --optimizer sgd\n"};

/* What the options leave behind. */
static search_options chosen = {.net = NET_DEFAULT,
                                .data = "sample",
                                .method = DPB_SEARCH_BAYES,
                                .trials = 30,
                                .epochs = 10,
                                .validation = 0.2,
                                .optimizer = DPB_ADAM,
                                .top = 10,
                                .seed = 1};

static const option_spec list[] = {
    {.help = "Search:"},
    {OPTION_TEXT, "space", 0, "TEXT", "what to try; see below", &chosen.space, NULL, 0,
     0},
    {OPTION_CHOICE, "method", 'm', "NAME",
     "random, bayes (default), halving or hyperband", &chosen.method,
     "random|bayes|halving|hyperband", 0, 0},
    {OPTION_INT, "trials", 0, "N",
     "settings to try (default: 30); halving and\n"
     "hyperband train only the better ones longer",
     &chosen.trials, NULL, 1, 1000000},
    {OPTION_INT, "epochs", 'e', "N",
     "of a trial, of the longest with halving and\n"
     "hyperband (default: 10)",
     &chosen.epochs, NULL, 1, 10000},
    {OPTION_CHOICE, "score", 0, "NAME",
     "of the samples held back, after the last epoch:\n"
     "accuracy (default) or loss",
     &chosen.score, "accuracy|loss", 0, 0},
    {OPTION_SEED, "seed", 's', "N",
     "of the proposals, the samples held back, weights\n"
     "and sample order (default: 1)",
     &chosen.seed, NULL, 0, 0},
    {.help = "Network and data:"},
    {OPTION_TEXT, "net", 'n', "SPEC|NAME",
     "layers with {names} to fill in, or a name from\n"
     "'deepblas networks' (default: affine 256, relu,\n"
     "affine 128, relu, affine 10)",
     &chosen.net, NULL, 0, 0},
    {OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &chosen.data, NULL, 0, 0},
    {OPTION_INT, "train-samples", 0, "N", "use the first N samples of the training set",
     &chosen.train_samples, NULL, 1, 2147483647},
    {OPTION_SHARE, "validation", 0, "SHARE",
     "of the training set is held back (default: 0.2)", &chosen.validation, NULL, 0, 0},
    {.help = "The same for all trials, unless the space has it:"},
    {OPTION_CHOICE, "optimizer", 'o', "NAME",
     "sgd, momentum, nesterov, adagrad, rmsprop, adam\n"
     "(default) or adamw",
     &chosen.optimizer, "sgd|momentum|nesterov|adagrad|rmsprop|adam|adamw", 0, 0},
    {OPTION_POSITIVE, "lr", 'l', "RATE", "learning rate (default: 0.01; 0.001 for adam)",
     &chosen.lr, NULL, 0, 0},
    {OPTION_DECAY, "momentum", 0, "X", "of momentum and nesterov (default: 0.9)",
     &chosen.momentum, NULL, 0, 0},
    {OPTION_POSITIVE, "weight-decay", 0, "X",
     "L2 penalty of the weights; adamw's own kind\n"
     "(default: 0; 0.01 for adamw)",
     &chosen.weight_decay, NULL, 0, 0},
    {OPTION_INT, "batch", 'b', "N", "samples in a mini-batch (default: 100)",
     &chosen.batch, NULL, 1, 1000000},
    {OPTION_INT, "threads", 't', "N",
     "worker threads (default: the CPUs there are);\n"
     "the result does not depend on it",
     &chosen.threads, NULL, 1, 1024},
    {.help = "Output:"},
    {OPTION_TEXT, "out", 0, "DIR",
     "folder for trials.tsv, made if need be (default:\n"
     "nothing is written)",
     &chosen.out, NULL, 0, 0},
    {OPTION_FLAG, "resume", 0, NULL, "go on with the trials.tsv that is in --out",
     &chosen.resume, NULL, 0, 0},
    {OPTION_INT, "top", 0, "N", "trials in the table at the end (default: 10)",
     &chosen.top, NULL, 1, 1000000},
    {OPTION_FLAG, "quiet", 'q', NULL, "only the table at the end", &chosen.quiet, NULL, 0,
     0},
    {OPTION_FLAG, "json", 'j', NULL, "one JSON object at the end, and no other text",
     &chosen.json, NULL, 0, 0},
};
static int check(const search_options *o) {
  if (o->space == NULL) return fail_usage("--space is missing");
  if (!(o->validation > 0))
    return fail(EXIT_USAGE, "--validation is 0: there would be nothing to judge by");
  if (o->resume && o->out == NULL)
    return fail_usage("--resume means nothing without --out");
  return EXIT_OK;
}

static int search(search_job *job) {
  int code = search_prepare(job);
  if (code != EXIT_OK) return code;
  if (!job->options.quiet && !job->options.json) search_report_begin(job);
  code = search_run(job);
  if (code == EXIT_USAGE) return code;
  dpb_trial best;
  if (code == EXIT_OK && dpb_search_best(job->search, &best) != DPB_OK) {
    code = fail(EXIT_CHECK, "%s", dpb_error_message());
  }
  if (job->options.json)
    search_report_json(job);
  else
    search_report_end(job);
  return code;
}

int run_search(int argc, char *argv[]) {
  int leave = options_parse(list, OPTION_COUNT(list), &page, argc, argv);
  if (leave != -1) return leave;
  search_job job = {.options = chosen};
  int code = check(&job.options);
  if (code == EXIT_OK) code = search(&job);
  search_free(&job);
  return code;
}
