/* SPDX-License-Identifier: MIT
 *
 * One line per failure: whatever a file name or an argument holds, control characters
 * never reach the terminal, so a message stays on its line.
 */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *program = "deepblas";
static const char *current;

void report_program(const char *name) {
  program = name;
}

void report_begin(const char *name) {
  current = name;
}

const char *report_name(char text[80]) {
  snprintf(text, 80, "%s%s%s", program, current ? " " : "", current ? current : "");
  return text;
}

static void print_line(const char *format, va_list arguments, const char *tail) {
  char text[1024];
  int length = vsnprintf(text, sizeof text, format, arguments);
  if (length < 0) text[0] = '\0';
  for (char *c = text; *c != '\0'; c++) {
    if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
  }
  char name[80];
  fprintf(stderr, "%s: %s%s\n", report_name(name), text, tail);
}

int fail(int exit_code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_line(format, arguments, "");
  va_end(arguments);
  return exit_code;
}

int fail_usage(const char *format, ...) {
  char name[80];
  char hint[100];
  snprintf(hint, sizeof hint, " (try '%s --help')", report_name(name));
  va_list arguments;
  va_start(arguments, format);
  print_line(format, arguments, hint);
  va_end(arguments);
  return EXIT_USAGE;
}

int fail_library(int exit_code) {
  return fail(exit_code, "%s", dpb_error_message());
}

void note(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  print_line(format, arguments, "");
  va_end(arguments);
}

int exit_code_of(dpb_status status) {
  switch (status) {
  case DPB_OK:
    return EXIT_OK;
  case DPB_ERR_DIVERGED:
    return EXIT_CHECK;
  case DPB_ERR_ARG:
  case DPB_ERR_STATE:
  case DPB_ERR_SHAPE:
  case DPB_ERR_SIZE:
  case DPB_ERR_SPEC:
  case DPB_ERR_UNSUPPORTED:
    return EXIT_USAGE;
  default:
    return EXIT_DATA;
  }
}

int finish_output(int exit_code) {
  int failed = ferror(stdout);
  errno = 0;
  if (fclose(stdout) != 0) failed = 1;
  if (!failed || exit_code != EXIT_OK) return exit_code;
  return fail(EXIT_DATA, "writing to standard output failed%s%s", errno ? ": " : "",
              errno ? strerror(errno) : "");
}

void *need_memory(size_t size) {
  void *memory = malloc(size);
  if (memory == NULL) exit(fail(EXIT_DATA, "out of memory: %zu bytes", size));
  return memory;
}
