/* SPDX-License-Identifier: MIT
 *
 * What a training run says on stdout, for people and for machines.
 */
#ifndef APP_TRAIN_REPORT_H
#define APP_TRAIN_REPORT_H

#include "train_job.h"

/* The network, the data and the settings, before the first epoch. */
void train_report_begin(const train_job *job);

/* One line per epoch, and per measuring within one. */
void train_report_epoch(const train_job *job, const dpb_progress *now);
void train_report_within(const train_job *job, const dpb_progress *now);

/* The figures at the end, as text or as one JSON object. */
void train_report_end(const train_job *job);
void train_report_json(const train_job *job);

#endif
