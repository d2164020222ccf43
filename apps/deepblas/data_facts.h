/* SPDX-License-Identifier: MIT
 *
 * What a data set is like, in numbers, and what is wrong with it.
 */
#ifndef APP_DATA_FACTS_H
#define APP_DATA_FACTS_H

#include <stdint.h>

#include <deepblas/data_file.h>

/* Of one channel; in vectors every feature is one. */
typedef struct channel_facts {
  double mean;
  double deviation;
  double min;
  double max;
} channel_facts;

typedef struct split_facts {
  size_t count;
  size_t *of_class; /* samples of each class */
  channel_facts *channels;
  channel_facts all;
  size_t numbers;        /* in a sample */
  size_t constant;       /* of these, the same in every sample */
  size_t zero;           /* samples of nothing but zeros */
  size_t duplicates;     /* samples that are equal to an earlier one */
  size_t contradictions; /* of these, with another label than that one */
} split_facts;

enum { MAX_FINDINGS = 24, FINDING_SIZE = 200 };

typedef struct data_facts {
  const dpb_dataset *train;
  const dpb_dataset *test;
  dpb_data_info info;
  int bytes; /* 1: uint8, 0: float */
  dpb_hwc sample;
  int classes;
  split_facts split[2]; /* dpb_split */
  size_t in_both;       /* test samples that are in the training data too */
  char finding[MAX_FINDINGS][FINDING_SIZE];
  int findings;
} data_facts;

/* Looks at all there is. Memory that cannot be had ends the program. */
void data_facts_collect(const dpb_dataset *train, const dpb_dataset *test,
                        const dpb_data_info *info, data_facts *facts);
void data_facts_release(data_facts *facts);

/* Writes down what is wrong; called by data_facts_collect. */
void data_facts_judge(data_facts *facts);

#endif
