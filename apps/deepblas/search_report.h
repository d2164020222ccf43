/* SPDX-License-Identifier: MIT
 *
 * What a search says on stdout, for people and for machines.
 */
#ifndef APP_SEARCH_REPORT_H
#define APP_SEARCH_REPORT_H

#include "search_job.h"

/* The space, the data and the method, before the first trial. */
void search_report_begin(const search_job *job);

/* One line per trial. */
void search_report_trial(const search_job *job, const dpb_trial *trial, double score);

/* The best trials and what would be chosen, as text or as one JSON object with all. */
void search_report_end(const search_job *job);
void search_report_json(const search_job *job);

#endif
