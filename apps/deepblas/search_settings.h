/* SPDX-License-Identifier: MIT
 *
 * What the values of a trial mean to the model, the optimiser and the mini-batch.
 */
#ifndef APP_SEARCH_SETTINGS_H
#define APP_SEARCH_SETTINGS_H

#include "search_job.h"

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

#endif
