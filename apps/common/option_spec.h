/* SPDX-License-Identifier: MIT
 *
 * A row of a table of options: what it is called, and where its value goes.
 */
#ifndef APP_OPTION_SPEC_H
#define APP_OPTION_SPEC_H

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

/* A row for "--name=N", 1 to most. */
#define OPTION_NUMBER(name, help, target, most)                                          \
  { OPTION_INT, name, 0, "N", help, target, NULL, 1, most }

#define OPTION_COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))

#endif
