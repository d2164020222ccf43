/* SPDX-License-Identifier: MIT
 *
 * Which arrays, by their names, are features and labels, of one split or of all.
 */
#ifndef DPB_DATA_ARRAY_NAMES_H
#define DPB_DATA_ARRAY_NAMES_H

#include <stdbool.h>

#include <deepblas/dataset.h>

enum { DPB__ARRAY_NAME = 32 };

typedef struct dpb__array_names {
  char features[DPB__ARRAY_NAME];
  char labels[DPB__ARRAY_NAME];
} dpb__array_names;

/* Whether there is an array of that name. */
typedef bool (*dpb__has_array)(const void *where, const char *name);

/* The arrays of a split: "x_train" or "train_x" and the like. False when there are none.
 */
bool dpb__array_names_of_split(dpb__has_array has, const void *where, dpb_split split,
                               dpb__array_names *names);

/* The arrays of data that is not split: "x" and "y" and the like. */
bool dpb__array_names_of_all(dpb__has_array has, const void *where,
                             dpb__array_names *names);

#endif
