/* SPDX-License-Identifier: MIT
 *
 * Labels that are names, gathered row by row, then numbered in the order of the names.
 */
#ifndef DPB_DATA_LABEL_TEXTS_H
#define DPB_DATA_LABEL_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

/* The different texts so far. All zero at first. */
typedef struct dpb__label_texts {
  char *texts; /* one behind the other, each with a 0 */
  size_t size;
  size_t capacity;
  size_t count;
  size_t places;   /* room in the two below */
  size_t *begins;  /* of each in texts */
  uint32_t *order; /* which is first, second, ... by their bytes */
} dpb__label_texts;

/* length bytes of text, none of them 0. *place is where it stands among the different
 * ones, in the order in which they came. DPB_ERR_DATA when there are too many; path is
 * for messages. */
dpb_status dpb__label_texts_add(dpb__label_texts *labels, const char *path,
                                const char *text, size_t length, int32_t *place);

/* Makes class numbers of the places of count labels; *names, for dpb__release, are those
 * of all *classes. Names that are all whole numbers are sorted by value, others by their
 * bytes. */
dpb_status dpb__label_texts_number(const dpb__label_texts *texts, size_t count,
                                   int32_t *labels, int *classes, char ***names);

void dpb__label_texts_release(dpb__label_texts *labels);

#endif
