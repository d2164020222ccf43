/* SPDX-License-Identifier: MIT
 *
 * The options that programs of the book share, and their data.
 */
#include "experiment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "data_source.h"
#include "out_folder.h"
#include "report.h"

enum { OWN = 16, SHARED = 10, HELP = 96, MOST = 100000000 };

/* The table of options while it is made: the own ones and those that are shared. */
typedef struct option_table {
  option_spec rows[OWN + SHARED];
  int count;
  char help[SHARED][HELP];
} option_table;

/* What the command line says of the options whose default may be --full's. */
typedef struct given_options {
  int epochs, iterations, batch, samples;
} given_options;

static void add(option_table *t, option_spec row) {
  t->rows[t->count++] = row;
}

static void add_number(option_table *t, const char *name, char letter, const char *what,
                       int normal, int full, int *target) {
  char *help = t->help[t->count % SHARED];
  if (normal == 0) return;
  int length = snprintf(help, HELP, "%s (default: %d", what, normal);
  if (full != 0 && full != normal)
    length += snprintf(help + length, HELP - (size_t)length, "; %d with --full", full);
  snprintf(help + length, HELP - (size_t)length, ")");
  add(t, (option_spec){OPTION_INT, name, letter, "N", help, target, NULL, 1, MOST});
}

static void add_rate(option_table *t, experiment *e) {
  char *help = t->help[t->count % SHARED];
  if (!(e->lr > 0)) return;
  snprintf(help, HELP, "learning rate (default: %g)", e->lr);
  add(t, (option_spec){OPTION_POSITIVE, "lr", 'l', "X", help, &e->lr, NULL, 0, 0});
}

static void add_seed(option_table *t, experiment *e) {
  char *help = t->help[t->count % SHARED];
  if (e->seed == 0) return;
  snprintf(help, HELP, "of all that is drawn (default: %llu)",
           (unsigned long long)e->seed);
  add(t, (option_spec){OPTION_SEED, "seed", 's', "N", help, &e->seed, NULL, 0, 0});
}

static void make_table(option_table *t, experiment *e, given_options *given,
                       const option_spec *own, int count) {
  for (int i = 0; i < count && i < OWN; i++) add(t, own[i]);
  add_number(t, "epochs", 'e', "times through the data", e->epochs, e->full.epochs,
             &given->epochs);
  add_number(t, "iterations", 'i', "mini-batches learned", e->iterations,
             e->full.iterations, &given->iterations);
  add_number(t, "batch", 'b', "samples in a mini-batch", e->batch, e->full.batch,
             &given->batch);
  add_number(t, "samples", 'n', "learn the first N", e->samples, e->full.samples,
             &given->samples);
  add_rate(t, e);
  if (e->data) {
    add(t, (option_spec){OPTION_TEXT, "data", 'd', "PATH|sample", DATA_HELP, &e->data,
                         NULL, 0, 0});
    add(t, (option_spec){OPTION_FLAG, "full", 0, NULL,
                         "as in the book, on all of MNIST: with --data", &e->is_full,
                         NULL, 0, 0});
  }
  add_seed(t, e);
  add(t, (option_spec){OPTION_TEXT, "out", 'o', "DIR",
                       "write numbers (CSV) and picture to this folder", &e->out, NULL, 0,
                       0});
}

/* The command line's, else --full's, else the default. */
static void settle(const experiment *e, int *value, int full, int given) {
  if (e->is_full && full) *value = full;
  if (given) *value = given;
}

int experiment_begin(experiment *e, const option_page *page, const option_spec *own,
                     int count, int argc, char *argv[]) {
  option_table t = {.count = 0};
  given_options given = {0};
  report_program(e->name);
  make_table(&t, e, &given, own, count);
  const int leave = options_parse(t.rows, t.count, page, argc, argv);
  if (leave != -1) return finish_output(leave);
  if (e->is_full && strcspn(e->data, ",") == 6 && strncmp(e->data, "sample", 6) == 0)
    return fail_usage("--full learns all of MNIST: --data names its folder");
  settle(e, &e->epochs, e->full.epochs, given.epochs);
  settle(e, &e->iterations, e->full.iterations, given.iterations);
  settle(e, &e->batch, e->full.batch, given.batch);
  settle(e, &e->samples, e->full.samples, given.samples);
  return -1;
}

/* Better said now than behind the experiment. */
static int check_out(const char *folder) {
  if (!folder || (folder_make(folder) == 0 && access(folder, W_OK | X_OK) == 0))
    return EXIT_OK;
  return fail(EXIT_DATA, "%s: %s", folder, strerror(errno));
}

int experiment_load(experiment *e, dpb_split split) {
  const int out = check_out(e->out);
  if (out != EXIT_OK) return out;
  if (split == DPB_TEST) return data_source_load(e->data, split, &e->test);
  int code = data_source_load(e->data, split, &e->train);
  if (code != EXIT_OK) return code;
  const size_t all = dpb_dataset_count(e->train);
  if ((size_t)e->samples > all)
    return fail(EXIT_USAGE, "--samples is %d, there are %zu", e->samples, all);
  if (e->samples > 0) {
    dpb_dataset *few = NULL;
    if (dpb_dataset_head(e->train, (size_t)e->samples, &few) != DPB_OK)
      return fail_library(EXIT_DATA);
    dpb_dataset_destroy(e->train);
    e->train = few;
  }
  if ((size_t)e->batch > dpb_dataset_count(e->train))
    e->batch = (int)dpb_dataset_count(e->train);
  return EXIT_OK;
}

int experiment_split(experiment *e, double share) {
  dpb_dataset *train = NULL, *validation = NULL;
  if (dpb_dataset_split(e->train, share, e->seed, &train, &validation) != DPB_OK)
    return fail_library(EXIT_USAGE);
  dpb_dataset_destroy(e->train);
  e->train = train;
  e->validation = validation;
  return EXIT_OK;
}

int experiment_show(const experiment *e, figure *f, const char *name, int code) {
  if (code == EXIT_OK) return figure_show(f, e->out, name);
  figure_free(f);
  return code;
}

int experiment_end(experiment *e, int code) {
  dpb_dataset_destroy(e->train);
  dpb_dataset_destroy(e->validation);
  dpb_dataset_destroy(e->test);
  e->train = e->validation = e->test = NULL;
  return finish_output(code);
}
