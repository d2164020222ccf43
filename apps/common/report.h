/* SPDX-License-Identifier: MIT
 *
 * Failures as one line on stderr, "deepblas train: message", and as exit codes.
 */
#ifndef APP_REPORT_H
#define APP_REPORT_H

#include <stddef.h>

#include <deepblas/status.h>

enum exit_code {
  EXIT_OK = 0,
  EXIT_CHECK = 1, /* a check failed: gradients differ, training diverged */
  EXIT_USAGE = 2, /* options, network texts, sizes and shapes that do not fit */
  EXIT_DATA = 3   /* files that are missing or bad, writing that failed */
};

/* The program's name, "deepblas" unless it is set. */
void report_program(const char *name);

/* Names the subcommand in every later line; NULL: the program alone. */
void report_begin(const char *name);

/* "deepblas train", as it stands in messages. Returns text. */
const char *report_name(char text[80]);

/* Each prints one line and returns the exit code that goes with it. */
int fail(int exit_code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* EXIT_USAGE, with a pointer to --help. */
int fail_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* With the message of the library's last failure. */
int fail_library(int exit_code);

/* A line on stderr that is no failure: "deepblas train: saved ...". */
void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The exit code of a failure that may be the user's net or the files' fault. */
int exit_code_of(dpb_status status);

/* Call last: output that could not be written turns success into EXIT_DATA. */
int finish_output(int exit_code);

/* Memory of size bytes, or the end of the program with EXIT_DATA. */
void *need_memory(size_t size);

#endif
