/* SPDX-License-Identifier: MIT
 *
 * deepblas: train, measure and look into neural networks from the command line.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/blas.h>
#include <deepblas/version.h>

#include "command.h"
#include "report.h"
#include "suggest.h"

static const command commands[] = {
    {"train", "train a network and measure it", run_train},
    {"search", "search for good settings, by validation data", run_search},
    {"plot", "draw a training run, or several, or a search", run_plot},
    {"eval", "measure a trained network on a data set", run_eval},
    {"predict", "tell what images show, by a trained network", run_predict},
    {"gradcheck", "check backpropagation against numerical gradients", run_gradcheck},
    {"summary", "show a network's layers, shapes and matrix products", run_summary},
    {"stats", "show what each layer puts out: spread, dead units", run_stats},
    {"im2col", "show how a convolution becomes one matrix product", run_im2col},
    {"data", "show what a data set holds and what is wrong with it", run_data},
    {"book", "list the experiments of the book and their programs", run_book},
    {"networks", "list the networks that have a name", run_networks},
    {"info", "show versions, OpenBLAS, CPU, and what would be faster", run_info},
    {"completion", "print the script by which a shell completes commands",
     run_completion},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const char examples[] =
    "Examples:\n"
    "  deepblas train                      train on the sample of MNIST\n"
    "  deepblas train --data data/mnist --out run1\n"
    "  deepblas eval --model run1/model.npz --data data/mnist\n"
    "  deepblas gradcheck --net 'affine 20, tanh, affine 10'\n"
    "\n"
    "Environment:\n"
    "  DEEPBLAS_NUM_THREADS  worker threads where --threads is not given\n"
    "  DEEPBLAS_SAMPLE_DIR   folder of the sample of MNIST\n"
    "  OPENBLAS_CORETYPE     kernels for OpenBLAS; without it the best are chosen\n"
    "  NO_COLOR              no colours\n"
    "\n"
    "Exit status:\n"
    "  0  success\n"
    "  1  a check failed, or training diverged\n"
    "  2  options, networks, sizes or shapes that do not fit\n"
    "  3  data that is missing or bad, or writing failed\n";

const command *command_list(int *count) {
  *count = COMMANDS;
  return commands;
}

static int print_overview(void) {
  printf("Usage: deepblas COMMAND [OPTION]...\n"
         "Train, measure and look into neural networks on OpenBLAS.\n"
         "\n"
         "Commands:\n");
  for (int i = 0; i < COMMANDS; i++) {
    printf("  %-11s %s\n", commands[i].name, commands[i].summary);
  }
  printf("  %-11s %s\n", "help", "show this, or 'deepblas help COMMAND'");
  printf("\n"
         "Options:\n"
         "  -h, --help  print this help and exit; also after a COMMAND\n"
         "  --version   print the version and exit\n"
         "\n"
         "%s",
         examples);
  return EXIT_OK;
}

static const command *find(const char *name) {
  for (int i = 0; i < COMMANDS; i++) {
    if (strcmp(commands[i].name, name) == 0) return &commands[i];
  }
  return NULL;
}

static int fail_unknown(const char *word) {
  suggestion near = suggest_for(word, strlen(word));
  for (int i = 0; i < COMMANDS; i++) suggest_offer(&near, commands[i].name);
  if (near.name == NULL) return fail_usage("unknown command '%s'", word);
  return fail_usage("unknown command '%s': is it '%s'?", word, near.name);
}

static int run_help(int argc, char *argv[]) {
  if (argc < 2 || strcmp(argv[1], "--help") == 0) return print_overview();
  if (argc > 2) return fail_usage("unexpected argument '%s'", argv[2]);
  const command *c = find(argv[1]);
  if (c == NULL) return fail_unknown(argv[1]);
  char name[16];
  char option[] = "--help";
  report_begin(c->name);
  snprintf(name, sizeof name, "%s", c->name);
  return c->run(2, (char *[]){name, option, NULL});
}

static int run(int argc, char *argv[]) {
  const char *word = argc > 1 ? argv[1] : "--help";
  if (strcmp(word, "help") == 0) return run_help(argc - 1, argv + 1);
  if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) return print_overview();
  if (strcmp(word, "--version") == 0) {
    printf("deepblas %s\n", dpb_version());
    return EXIT_OK;
  }
  if (*word == '-') return fail_usage("unknown option '%s'", word);
  const command *c = find(word);
  if (c == NULL) return fail_unknown(word);
  report_begin(c->name);
  return c->run(argc - 1, argv + 1);
}

/* A standard stream that is closed would be the next file to be opened, and results
 * would go into a data file. /dev/null, opened the wrong way round, keeps its place and
 * makes reading or writing fail as it should. */
static void keep_standard_streams(void) {
  for (int fd = 0; fd <= 2; fd++) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0) return;
  }
}

int main(int argc, char *argv[]) {
  keep_standard_streams();
  /* Done when the library was loaded, but for an OpenBLAS that only a restart can change.
   * Without it the program is slower, and 'deepblas info' says so. */
  dpb_blas_use_best_core(argv);
  return finish_output(run(argc, argv));
}
