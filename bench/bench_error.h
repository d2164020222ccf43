/* SPDX-License-Identifier: MIT
 *
 * How a measuring program ends early.
 */
#ifndef DEEPBLAS_BENCH_ERROR_H
#define DEEPBLAS_BENCH_ERROR_H

/* The name in front of what follows; stays borrowed. */
void bench_set_program(const char *name);

/* Prints "program: what: dpb_error_message()" and ends the program with 1. */
_Noreturn void bench_fail(const char *what);

/* The same with words of the caller's and an exit code: 2 usage, 3 data or a file. */
_Noreturn void bench_quit(int code, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
