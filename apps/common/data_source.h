/* SPDX-License-Identifier: MIT
 *
 * --data: data of any format that the library knows, or the sample of MNIST that comes
 * with deepblas, and behind a comma how it is to be read: "iris.csv,label=species".
 */
#ifndef APP_DATA_SOURCE_H
#define APP_DATA_SOURCE_H

#include <deepblas/data_file.h>

#define DATA_HELP                                                                        \
  "'sample' (default): 5,000 + 1,000 images of MNIST\n"                                  \
  "that come with deepblas; or a folder with MNIST's\n"                                  \
  "four files, plain or .gz, CIFAR-10, or class folders\n"                               \
  "of images; or a CSV or npz file; ',KEY=VALUE' behind\n"                               \
  "it says how to read it ('deepblas help data')"

/* The keys, for the help of 'deepblas data'. */
extern const char data_source_keys[];

/* What a text asks for; config points into it. */
typedef struct data_source {
  char text[4096];   /* cut into words */
  char folder[4096]; /* of the sample */
  dpb_data_config config;
} data_source;

/* Returns EXIT_OK, EXIT_USAGE for a key or value that there is not, or EXIT_DATA where
 * there is no sample; with the reason printed. */
int data_source_parse(const char *data, data_source *source);

/* Reads one split of data. The caller destroys *dataset. Where the data has no test split
 * of its own, loading the test says so on stderr. Returns EXIT_OK, EXIT_USAGE, or
 * EXIT_DATA, with the reason printed and *dataset NULL. */
int data_source_load(const char *data, dpb_split split, dpb_dataset **dataset);

#endif
