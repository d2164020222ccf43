/* SPDX-License-Identifier: MIT
 *
 * One search of the program: what was asked for, and all it holds.
 */
#ifndef APP_SEARCH_JOB_H
#define APP_SEARCH_JOB_H

#include <deepblas/dataset.h>
#include <deepblas/search.h>

typedef struct search_options {
  const char *net; /* with {names} to be filled in */
  const char *space;
  const char *data;
  const char *out; /* NULL: nothing is written */
  int method;
  int trials;
  int epochs; /* of a trial; of the longest with halving and hyperband */
  int score;  /* 0: validation accuracy, 1: validation loss */
  double validation;
  int train_samples; /* 0: all */
  int batch;         /* what stands for all trials; 0 and below: the default */
  int optimizer;
  double lr;
  double momentum;
  double weight_decay;
  uint64_t seed;
  int threads;
  int resume;
  int top; /* trials in the table */
  int quiet;
  int json;
} search_options;

typedef struct search_job {
  search_options options;
  dpb_space *space;
  dpb_search *search;
  dpb_dataset *train;
  dpb_dataset *validation;
  char *net;  /* options.net, or the layers behind that name */
  char *path; /* of the trials, or NULL */
  int found;  /* trials that an earlier run had finished */
} search_job;

/* What one trial is trained with. */
typedef struct search_settings {
  char *net; /* to be freed */
  int batch;
  int optimizer;
  double lr; /* 0 here and below: the default */
  double momentum;
  double weight_decay;
} search_settings;

/* Holds the names of the space against what can be set, and its ends and words against
 * what may be. Returns EXIT_OK, or EXIT_USAGE with the reason printed. */
int search_settings_check(const search_job *job);

/* The settings of a trial. */
search_settings search_settings_of(const search_job *job, const double *values);

/* A value as text. Returns text. */
const char *search_value_text(const search_job *job, int index, double value,
                              char text[256]);

/* Reads space and data, opens the trials. Each of these returns EXIT_OK, or another exit
 * code with the reason printed. */
int search_prepare(search_job *job);

/* Runs what is left of the trials; 128 + the signal when it was stopped. */
int search_run(search_job *job);

void search_free(search_job *job);

#endif
