/* SPDX-License-Identifier: MIT
 *
 * The inside of a search space, and its map to the unit cube in which the methods work.
 *
 * A dimension is one coordinate u in [0, 1]: the value itself, or its logarithm, between
 * the ends. An integer has an interval of u of its own, and so has each choice; their
 * coordinate is the middle of it. Coordinates that a trial can have are called snapped.
 */
#ifndef DPB_SEARCH_SPACE_H
#define DPB_SEARCH_SPACE_H

#include <stdbool.h>
#include <stddef.h>

#include <deepblas/search.h>

enum { DPB__MAX_DIMENSIONS = 32, DPB__DIMENSION_NAME = 64, DPB__MAX_CHOICES = 1000 };

typedef struct dpb__dimension {
  char name[DPB__DIMENSION_NAME];
  dpb_dimension_kind kind;
  double low;
  double high;
  int choice_count;
  char **choices; /* with their words in one block */
} dpb__dimension;

struct dpb_space {
  int count;
  dpb__dimension at[DPB__MAX_DIMENSIONS];
};

dpb_status dpb__space_copy(const dpb_space *space, dpb_space **copy);

/* The value at u in [0, 1], and the coordinate of a value. */
double dpb__dimension_value(const dpb__dimension *d, double u);
double dpb__dimension_unit(const dpb__dimension *d, double value);

/* The nearest snapped coordinate. */
double dpb__dimension_snap(const dpb__dimension *d, double u);

/* The value of a word, as dpb_space_value_text writes it; false when it is none. */
bool dpb__dimension_read(const dpb__dimension *d, const char *text, size_t length,
                         double *value);

/* Writes a value, at most capacity bytes and always terminated; returns its length. */
size_t dpb__dimension_write(const dpb__dimension *d, double value, char *text,
                            size_t capacity);

#endif
