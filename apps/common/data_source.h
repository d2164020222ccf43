/* SPDX-License-Identifier: MIT
 *
 * --data: a folder of IDX files, or the sample of MNIST that comes with deepblas.
 */
#ifndef APP_DATA_SOURCE_H
#define APP_DATA_SOURCE_H

#include <deepblas/dataset.h>

#define DATA_HELP                                                                        \
  "folder with MNIST's four files, plain or .gz, or\n"                                   \
  "'sample' (default): 5,000 + 1,000 images of MNIST\n"                                  \
  "that come with deepblas"

/* Reads one split of data. The caller destroys *dataset. Returns EXIT_OK, or EXIT_DATA
 * with the reason printed and *dataset NULL. */
int data_source_load(const char *data, dpb_split split, dpb_dataset **dataset);

#endif
