/* SPDX-License-Identifier: MIT
 *
 * Labels that are names, gathered row by row, then numbered in the order of the names.
 */
#ifndef DPB_DATA_LABEL_TEXTS_H
#define DPB_DATA_LABEL_TEXTS_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/status.h>

/* All zero at first. */
typedef struct dpb__label_texts {
  char *texts; /* one behind the other, each with a 0 */
  size_t size;
  size_t capacity;
  size_t count;
} dpb__label_texts;

/* length bytes of text, none of them 0. */
dpb_status dpb__label_texts_add(dpb__label_texts *labels, const char *text,
                                size_t length);

/* labels[i] is the number of text i; *names, for dpb__release, are those of all *classes.
 * Names that are all whole numbers are sorted by value, others by their bytes. path is
 * for messages. */
dpb_status dpb__label_texts_number(const dpb__label_texts *texts, const char *path,
                                   int32_t *labels, int *classes, char ***names);

void dpb__label_texts_release(dpb__label_texts *labels);

#endif
