/* SPDX-License-Identifier: MIT
 *
 * The inside of a dataset, for the files of this folder.
 */
#ifndef DPB_DATA_DATASET_H
#define DPB_DATA_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/dataset.h>
#include <deepblas/rng.h>
#include <deepblas/scaling.h>

#include "base/names.h"

/* Exactly one of pixels and features is there. */
struct dpb_dataset {
  size_t count;
  dpb_hwc sample;
  size_t sample_count; /* numbers in one sample */
  int classes;
  float scale;
  uint8_t *pixels;
  float *features;
  int32_t *labels;
  char **class_names; /* of all classes, one block with the texts; NULL: none */
  float *scales;      /* of each number of a sample; with offsets, or NULL both */
  float *offsets;
  dpb_scaling *scaling; /* what they were made from */
};

/* Where a dataset comes from splits its own streams off a seed, so that one seed can
 * serve a model and its data: the model's streams have small numbers. */
enum {
  DPB__STREAM_SHUFFLE = 0x73687566,
  DPB__STREAM_SPLIT = 0x73706c74,
  DPB__STREAM_AUGMENT = 0x6175676d
};

/* A dataset around arrays that it takes over (with dpb__release) when it succeeds. Checks
 * shape, classes and labels as dpb_dataset_from_pixels does; features are not looked at.
 */
dpb_status dpb__dataset_adopt(const dpb_dataset *parts, dpb_dataset **dataset);

/* An empty dataset like source (kind of features, shape, classes and their names,
 * scaling) with room for count samples. */
dpb_status dpb__dataset_make_like(const dpb_dataset *source, size_t count,
                                  dpb_dataset **dataset);

/* Samples first .. first + count - 1 to the place at. */
void dpb__dataset_copy_rows(dpb_dataset *to, size_t at, const dpb_dataset *from,
                            size_t first, size_t count);

/* Lets the test's classes agree with those of the training data: the same number, and
 * where they have names the same names. test_path is for messages. */
dpb_status dpb__class_names_agree(dpb_dataset *train, dpb_dataset *test,
                                  const char *test_path);

/* dpb_dataset_load_idx with at least min_classes classes. */
dpb_status dpb__dataset_load_idx(const char *images_path, const char *labels_path,
                                 int min_classes, dpb_dataset **dataset);

/* The order 0..count-1 shuffled (Fisher and Yates; Durstenfeld 1964). */
void dpb__shuffle(uint32_t *order, size_t count, dpb_rng *rng);

#endif
