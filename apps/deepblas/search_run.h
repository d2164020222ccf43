/* SPDX-License-Identifier: MIT
 *
 * One search of the program, from its data to the last trial.
 */
#ifndef APP_SEARCH_RUN_H
#define APP_SEARCH_RUN_H

#include "search_job.h"

/* Reads space and data, opens the trials. Each of these returns EXIT_OK, or another exit
 * code with the reason printed. */
int search_prepare(search_job *job);

/* Runs what is left of the trials; 128 + the signal when it was stopped. */
int search_run(search_job *job);

void search_free(search_job *job);

#endif
