/* SPDX-License-Identifier: MIT
 *
 * Clock, medians, options and subjects of the measuring programs.
 */
#include "bench.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <deepblas/deepblas.h>

#define MOST_RUNS    20000
#define SHORT_CALL   20e-6
#define MOST_OPTIONS 16
#define PIXELS       (28 * 28)

double bench_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

double bench_median(double *values, size_t count) {
  qsort(values, count, sizeof *values, compare);
  return values[count / 2];
}

static double timed(void (*work)(void *), void *user, int calls) {
  const double begin = bench_now();
  for (int i = 0; i < calls; i++) work(user);
  return (bench_now() - begin) / calls;
}

bench_times bench_run(void (*work)(void *user), void *user, double min_time) {
  static double times[MOST_RUNS];
  double once = timed(work, user, 1);
  for (int i = 0; i < 3; i++) once = timed(work, user, 1);
  const int calls = once < SHORT_CALL ? (int)(SHORT_CALL / (once + 1e-9)) + 1 : 1;

  size_t runs = 0;
  const double begin = bench_now();
  while (runs < MOST_RUNS && (runs < 5 || bench_now() - begin < min_time))
    times[runs++] = timed(work, user, calls);
  const double median = bench_median(times, runs);
  return (bench_times){median, times[0], times[runs * 9 / 10], runs};
}

/* -- options */

static struct {
  const char *threads, *min_time, *filter, *isa, *json_file;
  int json, csv, help;
} given;

static const bench_option shared[] = {
    {"threads", "N", "workers", &given.threads}, /* its help: threads_help() */
    {"min-time", "S", "seconds of each measurement", &given.min_time},
    {"filter", "TEXT", "only rows whose name holds TEXT", &given.filter},
    {"isa", "avx2", "confine OpenBLAS and deepblas to AVX2", &given.isa},
    {"json-file", "FILE", "write JSON to FILE, beside the table", &given.json_file},
};
#define SHARED (sizeof shared / sizeof *shared)

static void print_option(const bench_option *option) {
  char left[40];
  snprintf(left, sizeof left, "--%s%s%s", option->name, option->argument ? " " : "",
           option->argument ? option->argument : "");
  printf("  %-18s %s\n", left, option->help);
}

static const char *threads_help(const bench_about *about) {
  static char text[80];
  if (about->thread_list)
    return "workers, or a list as 1,2,4 (default: 1 to as many as there are CPUs)";
  if (about->threads == 0) return "workers (default: as many as there are CPUs)";
  snprintf(text, sizeof text, "workers (default: %d)", about->threads);
  return text;
}

static void print_usage(const bench_about *about) {
  printf("Usage: %s [OPTION]...%s%s\n%s\n\n", about->name, about->operands ? " " : "",
         about->operands ? about->operands : "", about->summary);
  for (size_t i = 0; i < about->option_count; i++) print_option(&about->options[i]);
  for (size_t i = 0; i < SHARED; i++) {
    bench_option option = shared[i];
    if (i == 0) option.help = threads_help(about);
    print_option(&option);
  }
  print_option(&(bench_option){"json", NULL, "one JSON object", NULL});
  print_option(&(bench_option){"csv", NULL, "comma-separated values", NULL});
  print_option(&(bench_option){"help", NULL, "this text", NULL});
}

double bench_number(const char *option, const char *text, double low, double high) {
  char *end = NULL;
  const double value = strtod(text, &end);
  if (end == text || *end != '\0' || !(value >= low && value <= high))
    bench_quit(2, "--%s takes a number from %g to %g, not '%s'", option, low, high, text);
  return value;
}

/* Fills given and the program's own values; leaves the operands behind argv[optind]. */
static void read_options(int argc, char **argv, const bench_about *about) {
  struct option table[MOST_OPTIONS + SHARED + 4] = {
      {"json", no_argument, &given.json, 1},
      {"csv", no_argument, &given.csv, 1},
      {"help", no_argument, &given.help, 1},
  };
  const bench_option *valued[MOST_OPTIONS + SHARED];
  int count = 0;
  for (size_t i = 0; i < SHARED; i++) valued[count++] = &shared[i];
  for (size_t i = 0; i < about->option_count && i < MOST_OPTIONS; i++)
    valued[count++] = &about->options[i];
  for (int i = 0; i < count; i++)
    table[3 + i] = (struct option){valued[i]->name,
                                   valued[i]->argument ? required_argument : no_argument,
                                   NULL, 256 + i};

  for (int code; (code = getopt_long(argc, argv, "", table, NULL)) != -1;) {
    if (code == '?') exit(2);
    if (code >= 256) *valued[code - 256]->value = optarg ? optarg : "";
  }
}

static void read_threads(const bench_about *about, bench_options *options) {
  options->threads = about->threads ? about->threads : dpb_default_threads();
  if (given.threads && !about->thread_list)
    options->threads = (int)bench_number("threads", given.threads, 1, 256);
  if (!about->thread_list) return;
  int *list = options->thread_list;
  int count = 0;
  for (int n = 1; !given.threads && n <= options->threads; n++)
    if (n <= 2 || n % 2 == 0 || n == options->threads)
      if (count < BENCH_MOST_THREADS) list[count++] = n;
  for (const char *at = given.threads; at;
       at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
    char number[16];
    snprintf(number, sizeof number, "%.*s", (int)strcspn(at, ","), at);
    if (count == BENCH_MOST_THREADS)
      bench_quit(2, "--threads takes at most %d numbers", BENCH_MOST_THREADS);
    list[count++] = (int)bench_number("threads", number, 1, 256);
  }
  options->thread_count = count;
  options->threads = 1;
  for (int i = 0; i < count; i++)
    if (list[i] > options->threads) options->threads = list[i];
}

/* Sets the variable; false where it had that value before. */
static bool change(const char *variable, const char *value) {
  const char *before = getenv(variable);
  if (before && strcmp(before, value) == 0) return false;
  setenv(variable, value, 1);
  return true;
}

/* OpenBLAS and deepblas read these variables when they are loaded, so the program starts
 * anew with them. */
static void confine_to_avx2(char **argv) {
  dpb_blas_advice advice;
  dpb_blas_advise(&advice);
  if (!strstr(advice.cpu, "AVX")) bench_quit(1, "this CPU has no AVX2");
  const bool kernels = change("OPENBLAS_CORETYPE", "Haswell"),
             vectors = change("DEEPBLAS_VECTOR", "avx2");
  if (kernels || vectors) {
    execv("/proc/self/exe", argv);
    bench_quit(1, "the program cannot be started anew for --isa");
  }
  if (strcmp(advice.core, "Haswell") != 0 && strcmp(advice.core, "Zen") != 0)
    bench_quit(1, "this OpenBLAS cannot be confined to AVX2: it runs %s kernels",
               advice.core);
}

/* What the report says of it. */
static const char *settle_isa(const char *program, char **argv) {
  dpb_blas_advice advice;
  dpb_blas_advise(&advice);
  if (given.isa) {
    if (strcmp(given.isa, "avx2") != 0)
      bench_quit(2, "--isa takes avx2, not '%s'", given.isa);
    confine_to_avx2(argv);
    return "AVX2 (--isa)";
  }
  if (dpb_blas_use_best_core(argv) != DPB_OK)
    fprintf(stderr, "%s: %s\n", program, dpb_error_message());
  return advice.cpu;
}

bench_options bench_start(int *argc, char **argv, const bench_about *about) {
  bench_set_program(about->name);
  read_options(*argc, argv, about);
  if (given.help) {
    print_usage(about);
    exit(0);
  }
  if (given.json && given.csv) bench_quit(2, "--json and --csv exclude each other");
  const char *isa = settle_isa(about->name, argv);
  bench_options options = {.min_time = about->min_time > 0 ? about->min_time : 1.0,
                           .filter = given.filter,
                           .avx2 = given.isa != NULL};
  read_threads(about, &options);
  if (given.min_time)
    options.min_time = bench_number("min-time", given.min_time, 0, 3600);

  for (int i = optind; i < *argc; i++) argv[i - optind + 1] = argv[i];
  *argc -= optind - 1;
  if (*argc > 1 && !about->operands)
    bench_quit(2, "'%s' is not an option, and nothing else is taken", argv[1]);
  bench_report_begin(&(bench_output){about->name, given.json, given.csv, given.json_file,
                                     isa, options.threads});
  return options;
}

bool bench_wanted(const bench_options *options, const char *name) {
  return !options->filter || strstr(name, options->filter) != NULL;
}

/* -- subjects */

bench_digits bench_load_digits(size_t count) {
  char folder[4096];
  dpb_dataset *sample;
  if (dpb_sample_folder(folder, sizeof folder) != DPB_OK ||
      dpb_dataset_load_mnist(folder, DPB_TRAIN, &sample) != DPB_OK)
    bench_fail("the sample of digits");
  dpb_batch rows;
  if (count > INT_MAX || dpb_dataset_batch(sample, 0, (int)count, &rows) != DPB_OK)
    bench_quit(2, "the sample has %zu digits, not %zu", dpb_dataset_count(sample), count);
  bench_digits digits = {count, malloc(count * PIXELS * sizeof(float)),
                         malloc(count * sizeof(int32_t))};
  if (!digits.images || !digits.labels || !rows.pixels || !rows.labels) {
    bench_free_digits(&digits);
    bench_quit(3, "no memory for %zu digits", count);
  }
  for (size_t i = 0; i < count * PIXELS; i++)
    digits.images[i] = (float)rows.pixels[i] * rows.scale;
  memcpy(digits.labels, rows.labels, count * sizeof *digits.labels);
  dpb_dataset_destroy(sample);
  return digits;
}

void bench_free_digits(bench_digits *digits) {
  free(digits->images);
  free(digits->labels);
  *digits = (bench_digits){0};
}

dpb_model *bench_model(const char *net, int batch, int threads) {
  const dpb_network *network = dpb_network_find(net);
  const dpb_model_config config = {.input =
                                       network ? network->input : (dpb_hwc){28, 28, 1},
                                   .max_batch = batch,
                                   .seed = 1,
                                   .threads = threads};
  dpb_model *model;
  if (dpb_model_create(&config, &model) != DPB_OK ||
      dpb_add_text(model, network ? network->text : net) != DPB_OK ||
      dpb_model_build(model) != DPB_OK)
    bench_quit(2, "%s: %s", net, dpb_error_message());
  return model;
}
