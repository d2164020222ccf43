/* SPDX-License-Identifier: MIT
 *
 * Where the arrays of a dataset are: in an archive, in two files, in a folder.
 */
#include "data/array_data.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/array_names.h"
#include "file/folder.h"

static const dpb_array_config plain = {.features = NULL};

/* -- archives */

static bool npz_has(const void *where, const char *name) {
  const dpb_npz *npz = where;
  for (int i = 0; i < dpb_npz_count(npz); i++) {
    if (strcmp(dpb_npz_name(npz, i), name) == 0) return true;
  }
  return false;
}

/* What is in the archive, for a message: "W1, b1, ..." */
static void list_names(const dpb_npz *npz, char *text, size_t capacity) {
  size_t used = 0;
  text[0] = '\0';
  for (int i = 0; i < dpb_npz_count(npz) && used < capacity; i++) {
    bool last = i == 7 && dpb_npz_count(npz) > 8;
    int n = snprintf(text + used, capacity - used, "%s%.24s", i ? ", " : "",
                     last ? "..." : dpb_npz_name(npz, i));
    used += n > 0 ? (size_t)n : 0;
    if (last) return;
  }
}

static dpb_status find_in_npz(const dpb_npz *npz, const char *path, dpb_split split,
                              const dpb_array_config *config, dpb__array_names *found,
                              const char **features, const char **labels) {
  bool there = dpb__array_names_of_split(npz_has, npz, split, found) ||
               dpb__array_names_of_all(npz_has, npz, found);
  *features = config->features != NULL ? config->features : found->features;
  *labels = config->labels != NULL ? config->labels : found->labels;
  if (there || ((*features)[0] != '\0' && (*labels)[0] != '\0')) return DPB_OK;
  char names[240];
  list_names(npz, names, sizeof names);
  return dpb__fail(DPB_ERR_NOT_FOUND,
                   "%s: has no arrays x and y%s, or others by which features and labels "
                   "are known; it holds %s",
                   path, split == DPB_TEST ? " of a test split" : "",
                   names[0] ? names : "nothing");
}

dpb_status dpb__npz_has_split(const char *path, dpb_split split, bool *yes) {
  dpb_npz *npz = NULL;
  dpb__array_names names;
  dpb_status status = dpb_npz_open(path, &npz);
  *yes = status == DPB_OK && dpb__array_names_of_split(npz_has, npz, split, &names);
  dpb_npz_close(npz);
  return status;
}

dpb_status dpb_dataset_load_npz(const char *path, dpb_split split,
                                const dpb_array_config *config, dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "npz: the out-pointer is NULL");
  *dataset = NULL;
  if (split != DPB_TRAIN && split != DPB_TEST) {
    return dpb__fail(DPB_ERR_ARG, "npz: there is no split %d", (int)split);
  }
  if (config == NULL) config = &plain;
  dpb_npz *npz = NULL;
  dpb__array_names found;
  dpb__array_ref features = {.path = path}, labels = {.path = path};
  dpb_status status = dpb_npz_open(path, &npz);
  if (status == DPB_OK) {
    features.npz = npz;
    labels.npz = npz;
    status = find_in_npz(npz, path, split, config, &found, &features.name, &labels.name);
  }
  if (status == DPB_OK) status = dpb__array_dataset(&features, &labels, config, dataset);
  dpb_npz_close(npz);
  return status;
}

/* -- files */

dpb_status dpb_dataset_load_npy(const char *features_path, const char *labels_path,
                                const dpb_array_config *config, dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "npy: the out-pointer is NULL");
  *dataset = NULL;
  if (features_path == NULL || labels_path == NULL) {
    return dpb__fail(DPB_ERR_ARG, "npy: the path of the %s is NULL",
                     features_path == NULL ? "features" : "labels");
  }
  dpb__array_ref features = {.name = features_path}, labels = {.name = labels_path};
  return dpb__array_dataset(&features, &labels, config != NULL ? config : &plain,
                            dataset);
}

/* -- folders of files */

typedef struct npy_folder {
  const char *path;
  dpb_status *status; /* of the last search */
} npy_folder;

static bool folder_has(const void *where, const char *name) {
  const npy_folder *folder = where;
  char file[DPB__ARRAY_NAME + 8];
  char *path = NULL;
  if (*folder->status != DPB_OK) return false;
  snprintf(file, sizeof file, "%s.npy", name);
  *folder->status = dpb__path_join(folder->path, file, &path);
  dpb__path_kind kind = DPB__PATH_NOTHING;
  if (*folder->status == DPB_OK) *folder->status = dpb__path_look(path, &kind, NULL);
  dpb__release(path);
  return kind == DPB__PATH_FILE;
}

dpb_status dpb__npy_folder_has_split(const char *folder, dpb_split split, bool *yes) {
  dpb__array_names names;
  dpb_status status = DPB_OK;
  npy_folder where = {folder, &status};
  *yes = dpb__array_names_of_split(folder_has, &where, split, &names);
  return status;
}

dpb_status dpb__npy_folder_has_all(const char *folder, bool *yes) {
  dpb__array_names names;
  dpb_status status = DPB_OK;
  npy_folder where = {folder, &status};
  *yes = dpb__array_names_of_all(folder_has, &where, &names);
  return status;
}

dpb_status dpb__npy_folder_load(const char *folder, dpb_split split,
                                const dpb_array_config *config, dpb_dataset **dataset) {
  *dataset = NULL;
  dpb__array_names names;
  dpb_status status = DPB_OK;
  npy_folder where = {folder, &status};
  if (!dpb__array_names_of_split(folder_has, &where, split, &names) &&
      !dpb__array_names_of_all(folder_has, &where, &names) && status == DPB_OK) {
    status = dpb__fail(DPB_ERR_NOT_FOUND, "%s: holds no x.npy and y.npy%s", folder,
                       split == DPB_TEST ? " of a test split" : "");
  }
  if (status != DPB_OK) return status;
  char file[DPB__ARRAY_NAME + 8];
  char *features = NULL, *labels = NULL;
  snprintf(file, sizeof file, "%s.npy", names.features);
  status = dpb__path_join(folder, file, &features);
  snprintf(file, sizeof file, "%s.npy", names.labels);
  if (status == DPB_OK) status = dpb__path_join(folder, file, &labels);
  if (status == DPB_OK) status = dpb_dataset_load_npy(features, labels, config, dataset);
  dpb__release(features);
  dpb__release(labels);
  return status;
}
