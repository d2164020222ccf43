/* SPDX-License-Identifier: MIT */
#include "bench_error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <deepblas/status.h>

static const char *program = "bench";

void bench_set_program(const char *name) {
  program = name;
}

void bench_fail(const char *what) {
  fprintf(stderr, "%s: %s: %s\n", program, what, dpb_error_message());
  exit(1);
}

void bench_quit(int code, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s: ", program);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(code);
}
