/* SPDX-License-Identifier: MIT
 *
 * GNU options from one table, which parses the command line and prints --help.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "option_spec.h"

/* What --help shows around the options. */
typedef struct option_page {
  const char *summary;  /* first line under Usage */
  const char *after;    /* text behind the options: exit status, examples */
  const char *operands; /* "DIR..." behind the options in Usage; NULL: there are none */
} option_page;

/* Reads argv[1..] into the targets of the table, which holds count options. --help and
 * --version are understood in any table. Returns -1 to go on; else the exit code to
 * leave with: 0 after --help or --version, EXIT_USAGE after an error, which is printed.
 * An option may be given once. Where the page has operands, they end up last in argv. */
int options_parse(const option_spec *options, int count, const option_page *page,
                  int argc, char *argv[]);

/* After options_parse: the index in argv of the first operand, argc when there is none.
 */
int options_operand(void);

/* Until called with NULL, options_parse reads nothing: it hands its table to listener and
 * returns 0. What completion of command lines is made from. */
typedef void (*options_listener)(const option_spec *options, int count, void *user);
void options_listen(options_listener listener, void *user);

#endif
