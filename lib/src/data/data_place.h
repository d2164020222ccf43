/* SPDX-License-Identifier: MIT
 *
 * What a path is: the format of the data there, and where its splits are.
 */
#ifndef DPB_DATA_DATA_PLACE_H
#define DPB_DATA_DATA_PLACE_H

#include <stdbool.h>

#include <deepblas/data_file.h>

typedef struct dpb__data_place {
  dpb_data_format format;
  bool own_test;
  char *train; /* a path for the reader of the format; NULL: the one that was given */
  char *test;  /* the same */
} dpb__data_place;

/* Looks at the path, and into the first bytes of a file. Release it in any case. */
dpb_status dpb__data_place_find(const dpb_data_config *config, dpb__data_place *place);
void dpb__data_place_release(dpb__data_place *place);

#endif
