/* SPDX-License-Identifier: MIT
 *
 * GNU options from one table, which parses the command line and prints --help.
 */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

typedef enum option_type {
  OPTION_HEADING = 0, /* a line of its own in --help: only help is set */
  OPTION_FLAG,        /* int: 1 when given */
  OPTION_TEXT,        /* const char *: not empty */
  OPTION_INT,         /* int: minimum .. maximum */
  OPTION_SEED,        /* uint64_t */
  OPTION_POSITIVE,    /* double: above 0, finite, also as a float */
  OPTION_DECAY,       /* double: above 0, below 1 */
  OPTION_SHARE,       /* double: 0 or above, below 1 */
  OPTION_PAIR,        /* int[2]: "3" for both, or "2x3"; minimum .. maximum */
  OPTION_INPUT,       /* dpb_hwc: "28x28x1", or "784" for a vector */
  OPTION_CHOICE,      /* int: index of the word in choices, "shuffle|replace" */
  OPTION_SWITCH /* int: 1 when given alone; with "=word", 2 + its index in choices */
} option_type;

typedef struct option_spec {
  option_type type;
  const char *name;     /* long name, "batch" */
  char letter;          /* short name, or 0 */
  const char *argument; /* "N" in --help; NULL for a flag */
  const char *help;     /* further lines after \n */
  void *target;         /* left alone when the option is absent */
  const char *choices;
  int minimum;
  int maximum;
} option_spec;

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

/* A row for "--name=N", 1 to most. */
#define OPTION_NUMBER(name, help, target, most)                                          \
  { OPTION_INT, name, 0, "N", help, target, NULL, 1, most }

#define OPTION_COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#endif
