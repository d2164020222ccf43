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

#endif
