/* SPDX-License-Identifier: MIT
 *
 * One call for data of any format: its splits, their classes in agreement, scaled by what
 * the training data is like.
 */
#include <stdbool.h>

#include <deepblas/data_file.h>

#include "base/error.h"
#include "data/array_data.h"
#include "data/data_place.h"
#include "data/dataset.h"

#define DEFAULT_TEST_SHARE 0.2

typedef struct pair {
  dpb_dataset *train;
  dpb_dataset *test;
} pair;

static dpb_status check_config(const dpb_data_config *c) {
  if (c == NULL || c->path == NULL || c->path[0] == '\0') {
    return dpb__fail(DPB_ERR_ARG, "data: %s",
                     c == NULL         ? "config is NULL"
                     : c->path == NULL ? "path is NULL"
                                       : "path is empty");
  }
  if ((int)c->format < DPB_DATA_AUTO || (int)c->format > DPB_DATA_IMAGES) {
    return dpb__fail(DPB_ERR_ARG, "data: there is no format %d", (int)c->format);
  }
  if ((int)c->scaling < DPB_SCALING_NONE || (int)c->scaling > DPB_SCALING_CHANNELS) {
    return dpb__fail(DPB_ERR_ARG, "data: there is no scaling %d", (int)c->scaling);
  }
  if (!(c->test_share >= 0.0 && c->test_share < 1.0)) {
    return dpb__fail(DPB_ERR_ARG, "data: test_share is %g, must be 0 or above, below 1",
                     c->test_share);
  }
  return DPB_OK;
}

/* A split of its own, or all of the data where it has none. */
static dpb_status load_part(const dpb_data_config *config, const dpb__data_place *place,
                            dpb_split split, dpb_dataset **dataset) {
  const char *own = split == DPB_TRAIN ? place->train : place->test;
  const char *path = own != NULL ? own : config->path;
  switch (place->format) {
  case DPB_DATA_IDX:
    return dpb_dataset_load_mnist(path, split, dataset);
  case DPB_DATA_CIFAR10:
    return dpb_dataset_load_cifar10(path, split, dataset);
  case DPB_DATA_CSV:
    return dpb_dataset_load_csv(path, &config->csv, dataset);
  case DPB_DATA_NPZ:
    return dpb_dataset_load_npz(path, split, &config->arrays, dataset);
  case DPB_DATA_NPY:
    return dpb__npy_folder_load(path, split, &config->arrays, dataset);
  default:
    return dpb_dataset_load_images(path, split == DPB_TEST ? place->train : NULL,
                                   dataset);
  }
}

/* Whether the classes of the test say nothing without those of the training data. */
static bool classes_are_found(dpb_data_format format) {
  return format == DPB_DATA_CSV || format == DPB_DATA_NPZ || format == DPB_DATA_NPY;
}

static dpb_status check_alike(const dpb_data_config *config, const pair *p) {
  dpb_hwc a = p->train->sample, b = p->test->sample;
  if (a.h == b.h && a.w == b.w && a.c == b.c) return DPB_OK;
  return dpb__fail(DPB_ERR_SHAPE,
                   "%s: training samples are %dx%dx%d, those of the test %dx%dx%d",
                   config->path, a.h, a.w, a.c, b.h, b.w, b.c);
}

static dpb_status load_own_splits(const dpb_data_config *config,
                                  const dpb__data_place *place, bool train, bool test,
                                  pair *p) {
  bool agree = test && classes_are_found(place->format);
  dpb_status status = DPB_OK;
  if (train || agree || config->scaling != DPB_SCALING_NONE)
    status = load_part(config, place, DPB_TRAIN, &p->train);
  if (status == DPB_OK && test) status = load_part(config, place, DPB_TEST, &p->test);
  if (status != DPB_OK || p->train == NULL || p->test == NULL) return status;
  status = check_alike(config, p);
  if (status == DPB_OK && agree)
    status = dpb__class_names_agree(p->train, p->test,
                                    place->test != NULL ? place->test : config->path);
  return status;
}

static dpb_status load_and_cut(const dpb_data_config *config,
                               const dpb__data_place *place, pair *p) {
  double share = config->test_share > 0.0 ? config->test_share : DEFAULT_TEST_SHARE;
  dpb_dataset *all = NULL;
  dpb_status status = load_part(config, place, DPB_TRAIN, &all);
  if (status != DPB_OK) return status;
  if (all->count < 2) {
    status = dpb__fail(DPB_ERR_DATA, "%s: 1 sample cannot be cut into training and test",
                       config->path);
  }
  if (status == DPB_OK)
    status = dpb_dataset_split_stratified(all, share, config->seed, &p->train, &p->test);
  dpb_dataset_destroy(all);
  return status;
}

static dpb_status check_classes(const dpb_data_config *config, const dpb_dataset *train) {
  if (config->accept_one_class) return DPB_OK;
  for (size_t i = 1; i < train->count; i++) {
    if (train->labels[i] != train->labels[0]) return DPB_OK;
  }
  const char *name = dpb_dataset_class_name(train, (int)train->labels[0]);
  return dpb__fail(DPB_ERR_DATA,
                   "%s: all %zu training samples are of class %d%s%.60s%s; there is "
                   "nothing to learn from one class",
                   config->path, train->count, (int)train->labels[0],
                   name != NULL ? " (" : "", name != NULL ? name : "",
                   name != NULL ? ")" : "");
}

static dpb_status scale(const dpb_data_config *config, pair *p) {
  if (config->scaling == DPB_SCALING_NONE) return DPB_OK;
  dpb_scaling *scaling = NULL;
  dpb_status status = dpb_scaling_measure(p->train, config->scaling, &scaling);
  if (status == DPB_OK) status = dpb_dataset_set_scaling(p->train, scaling);
  if (status == DPB_OK && p->test != NULL)
    status = dpb_dataset_set_scaling(p->test, scaling);
  dpb_scaling_destroy(scaling);
  return status;
}

/* Loads what is wanted, and maybe the other one too. */
static dpb_status load(const dpb_data_config *config, bool train, bool test, pair *p,
                       dpb_data_info *info) {
  *p = (pair){NULL, NULL};
  dpb__data_place place;
  dpb_status status = check_config(config);
  if (status != DPB_OK) return status;
  status = dpb__data_place_find(config, &place);
  if (status == DPB_OK) {
    status = place.own_test ? load_own_splits(config, &place, train, test, p)
                            : load_and_cut(config, &place, p);
  }
  if (status == DPB_OK && train) status = check_classes(config, p->train);
  if (status == DPB_OK) status = scale(config, p);
  if (status == DPB_OK && info != NULL)
    *info = (dpb_data_info){place.format, place.own_test};
  dpb__data_place_release(&place);
  if (status != DPB_OK) {
    dpb_dataset_destroy(p->train);
    dpb_dataset_destroy(p->test);
  }
  return status;
}

dpb_status dpb_data_load(const dpb_data_config *config, dpb_split split,
                         dpb_dataset **dataset, dpb_data_info *info) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "data: the out-pointer is NULL");
  *dataset = NULL;
  if (split != DPB_TRAIN && split != DPB_TEST) {
    return dpb__fail(DPB_ERR_ARG, "data: there is no split %d", (int)split);
  }
  pair p;
  dpb_status status = load(config, split == DPB_TRAIN, split == DPB_TEST, &p, info);
  if (status != DPB_OK) return status;
  *dataset = split == DPB_TRAIN ? p.train : p.test;
  dpb_dataset_destroy(split == DPB_TRAIN ? p.test : p.train);
  return DPB_OK;
}

dpb_status dpb_data_load_both(const dpb_data_config *config, dpb_dataset **train,
                              dpb_dataset **test, dpb_data_info *info) {
  if (train != NULL) *train = NULL;
  if (test != NULL) *test = NULL;
  if (train == NULL || test == NULL)
    return dpb__fail(DPB_ERR_ARG, "data: an out-pointer is NULL");
  pair p;
  dpb_status status = load(config, true, true, &p, info);
  if (status != DPB_OK) return status;
  *train = p.train;
  *test = p.test;
  return DPB_OK;
}
