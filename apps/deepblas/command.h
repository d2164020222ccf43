/* SPDX-License-Identifier: MIT
 *
 * What a subcommand is.
 */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include "report.h"

typedef struct command {
  const char *name;
  const char *summary;                /* one line, for the overview and --help */
  int (*run)(int argc, char *argv[]); /* argv[0] is the name; returns an exit code */
} command;

/* All commands, in the order of the overview. */
const command *command_list(int *count);

int run_train(int argc, char *argv[]);
int run_search(int argc, char *argv[]);
int run_plot(int argc, char *argv[]);
int run_eval(int argc, char *argv[]);
int run_predict(int argc, char *argv[]);
int run_gradcheck(int argc, char *argv[]);
int run_summary(int argc, char *argv[]);
int run_stats(int argc, char *argv[]);
int run_im2col(int argc, char *argv[]);
int run_book(int argc, char *argv[]);
int run_networks(int argc, char *argv[]);
int run_data(int argc, char *argv[]);
int run_info(int argc, char *argv[]);
int run_completion(int argc, char *argv[]);

#endif
