/* SPDX-License-Identifier: MIT
 *
 * What the measuring programs share: a clock and medians, options, and the table they
 * print (bench_report.h). A program is
 *
 *     const bench_options options = bench_start(&argc, argv, &about);
 *     bench_columns(columns, count);
 *     bench_row((bench_value[]){{.text = "a name"}, {.number = 1.5}});
 *     bench_finish();
 */
#ifndef DEEPBLAS_BENCH_H
#define DEEPBLAS_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench_error.h"
#include "bench_report.h"

/* -- options */

#define BENCH_MOST_THREADS 32

/* What every program takes. */
typedef struct bench_options {
  int threads; /* --threads N; else the program's own default; the most of a list */
  int thread_list[BENCH_MOST_THREADS]; /* --threads N,N..., of a program with a list */
  int thread_count;
  double min_time;    /* --min-time SECONDS per measurement */
  const char *filter; /* --filter TEXT: only rows whose name holds it; NULL: all */
  bool avx2;          /* --isa avx2: nothing wider may run */
} bench_options;

/* An option of one program. */
typedef struct bench_option {
  const char *name;     /* "rounds" */
  const char *argument; /* "N"; NULL: it takes none, and value becomes "" */
  const char *help;
  const char **value; /* receives the text; untouched where the option is not given */
} bench_option;

typedef struct bench_about {
  const char *name;     /* "gemm" */
  const char *summary;  /* what it measures; a few lines */
  const char *operands; /* "[NET]..."; NULL: none are taken */
  const bench_option *options;
  size_t option_count;
  double min_time;  /* default of --min-time; 0: 1 second */
  int threads;      /* default of --threads; 0: dpb_default_threads() */
  bool thread_list; /* --threads takes a list; default: 1 to dpb_default_threads() */
} bench_about;

/* First thing in main(): reads the options, has OpenBLAS use its best kernels or those of
 * --isa, and leaves the operands in argv[1] .. argv[*argc - 1]. Ends the program for
 * --help (0) and for mistakes (2). */
bench_options bench_start(int *argc, char **argv, const bench_about *about);

/* The number in the text of an option; ends the program unless it is within low .. high.
 */
double bench_number(const char *option, const char *text, double low, double high);

/* The row is wanted under --filter. */
bool bench_wanted(const bench_options *options, const char *name);

/* -- time */

/* Seconds of a monotonic clock. */
double bench_now(void);

/* Times of repeated calls, in seconds. */
typedef struct bench_times {
  double median;
  double low; /* fastest */
  double p90;
  size_t runs;
} bench_times;

/* Calls work(user) a few times unmeasured, then at least 5 times and until min_time is
 * over. Calls shorter than 20 microseconds are timed in groups. */
bench_times bench_run(void (*work)(void *user), void *user, double min_time);

/* The middle one of count values (the upper of two), which are sorted by it. */
double bench_median(double *values, size_t count);

/* -- subjects */

/* Real digits, the first of the sample that comes with deepblas, as everybody is given
 * them. Random pixels would do for time, were it not that they kill ReLUs: a gradient
 * that stays 0 makes denormal numbers in the optimiser, and those are slow. */
typedef struct bench_digits {
  size_t count;
  float *images; /* (count, 28, 28), 0..1 */
  int32_t *labels;
} bench_digits;

/* Ends the program when the sample is not there, or has fewer. */
bench_digits bench_load_digits(size_t count);
void bench_free_digits(bench_digits *digits);

typedef struct dpb_model dpb_model;

/* A built model of batch samples: one of the book's networks by name, or a text form on
 * 28 x 28 images. Ends the program on failure. */
dpb_model *bench_model(const char *net, int batch, int threads);

#endif
