/* SPDX-License-Identifier: MIT
 *
 * Recognising data: folders by what is in them, files by their first bytes and, where
 * those say nothing, by their names.
 */
#include "data/data_place.h"

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/array_data.h"
#include "data/image_folder.h"
#include "file/byte_source.h"
#include "file/folder.h"
#include "file/npy.h"

void dpb__data_place_release(dpb__data_place *place) {
  dpb__release(place->train);
  dpb__release(place->test);
  *place = (dpb__data_place){.format = DPB_DATA_AUTO};
}

const char *dpb_data_format_name(dpb_data_format format) {
  static const char *const names[] = {"auto", "idx", "cifar10", "csv",
                                      "npz",  "npy", "images"};
  size_t index = (size_t)format;
  return index < sizeof names / sizeof *names ? names[index] : "unknown";
}

/* *path is the first of the names (NULL behind the last) that the folder has as such a
 * kind, or NULL. */
static dpb_status find_first(const char *folder, const char *const *names,
                             dpb__path_kind kind, char **path) {
  *path = NULL;
  for (; *names != NULL; names++) {
    dpb_status status = dpb__path_join(folder, *names, path);
    if (status != DPB_OK) return status;
    dpb__path_kind found;
    status = dpb__path_look(*path, &found, NULL);
    if (status == DPB_OK && found == kind) return DPB_OK;
    dpb__release(*path);
    *path = NULL;
    if (status != DPB_OK) return status;
  }
  return DPB_OK;
}

static dpb_status has_first(const char *folder, const char *const *names, bool *yes) {
  char *path = NULL;
  dpb_status status = find_first(folder, names, DPB__PATH_FILE, &path);
  *yes = path != NULL;
  dpb__release(path);
  return status;
}

/* -- one question for each format that a folder can hold */

static dpb_status ask_idx(const char *folder, dpb__data_place *place, bool *yes) {
  static const char *const names[] = {"train-images-idx3-ubyte",
                                      "train-images-idx3-ubyte.gz",
                                      "train-labels-idx1-ubyte",
                                      "train-labels-idx1-ubyte.gz",
                                      "t10k-images-idx3-ubyte",
                                      "t10k-images-idx3-ubyte.gz",
                                      "t10k-labels-idx1-ubyte",
                                      "t10k-labels-idx1-ubyte.gz",
                                      NULL};
  place->own_test = true;
  return has_first(folder, names, yes);
}

static dpb_status ask_cifar10(const char *folder, dpb__data_place *place, bool *yes) {
  static const char *const names[] = {"data_batch_1.bin", "test_batch.bin", NULL};
  place->own_test = true;
  return has_first(folder, names, yes);
}

static dpb_status ask_csv(const char *folder, dpb__data_place *place, bool *yes) {
  static const char *const train[] = {"train.csv", "train.csv.gz", "train.tsv",
                                      "train.tsv.gz", NULL};
  static const char *const test[] = {"test.csv", "test.csv.gz", "test.tsv", "test.tsv.gz",
                                     NULL};
  dpb_status status = find_first(folder, train, DPB__PATH_FILE, &place->train);
  if (status == DPB_OK && place->train != NULL)
    status = find_first(folder, test, DPB__PATH_FILE, &place->test);
  place->own_test = place->test != NULL;
  *yes = place->train != NULL;
  return status;
}

static dpb_status ask_npy(const char *folder, dpb__data_place *place, bool *yes) {
  bool all = false;
  dpb_status status = dpb__npy_folder_has_split(folder, DPB_TRAIN, yes);
  if (status == DPB_OK && *yes)
    status = dpb__npy_folder_has_split(folder, DPB_TEST, &place->own_test);
  if (status == DPB_OK && !*yes) status = dpb__npy_folder_has_all(folder, &all);
  *yes = *yes || all;
  return status;
}

static dpb_status ask_images(const char *folder, dpb__data_place *place, bool *yes) {
  static const char *const train[] = {"train", "training", NULL};
  static const char *const test[] = {"test", "testing", NULL};
  dpb_status status = find_first(folder, train, DPB__PATH_FOLDER, &place->train);
  if (status != DPB_OK) return status;
  if (place->train != NULL) {
    status = dpb__is_image_folder(place->train, yes);
    if (status != DPB_OK) return status;
    if (*yes) status = find_first(folder, test, DPB__PATH_FOLDER, &place->test);
    place->own_test = place->test != NULL;
    if (status != DPB_OK || *yes) return status;
  }
  /* a class may be called "train" */
  dpb__release(place->train);
  place->train = NULL;
  return dpb__is_image_folder(folder, yes);
}

static const struct {
  dpb_data_format format;
  dpb_status (*ask)(const char *folder, dpb__data_place *place, bool *yes);
} QUESTIONS[] = {{DPB_DATA_IDX, ask_idx},
                 {DPB_DATA_CIFAR10, ask_cifar10},
                 {DPB_DATA_CSV, ask_csv},
                 {DPB_DATA_NPY, ask_npy},
                 {DPB_DATA_IMAGES, ask_images}};

static dpb_status look_into_folder(const dpb_data_config *config,
                                   dpb__data_place *place) {
  for (size_t i = 0; i < sizeof QUESTIONS / sizeof *QUESTIONS; i++) {
    dpb_data_format format = QUESTIONS[i].format;
    if (config->format != DPB_DATA_AUTO && config->format != format) continue;
    dpb__data_place_release(place);
    bool yes = false;
    dpb_status status = QUESTIONS[i].ask(config->path, place, &yes);
    place->format = format;
    if (status != DPB_OK || yes) return status;
  }
  if (config->format != DPB_DATA_AUTO && config->format != DPB_DATA_IDX) {
    return dpb__fail(DPB_ERR_NOT_FOUND, "%s: the folder holds no data of the format %s",
                     config->path, dpb_data_format_name(config->format));
  }
  return dpb__fail(
      DPB_ERR_NOT_FOUND,
      "%s: the folder holds no data that is known: no "
      "train-images-idx3-ubyte(.gz) (`scripts/get-data mnist` brings it), no "
      "data_batch_1.bin, no train.csv, no x.npy, no class folders with "
      "images",
      config->path);
}

/* -- files */

static bool is_text(const uint8_t *bytes, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (bytes[i] < 0x20 && strchr("\t\r\n\f\x1a", bytes[i]) == NULL) return false;
    if (bytes[i] == 0) return false;
  }
  return count > 0;
}

/* As many of a file's first bytes as there are, up to capacity. */
static dpb_status read_start(dpb__byte_source *source, uint8_t *bytes, size_t capacity,
                             size_t *count) {
  size_t got = 1;
  dpb_status status = DPB_OK;
  for (*count = 0; status == DPB_OK && got > 0 && *count < capacity; *count += got)
    status = dpb__byte_source_some(source, bytes + *count, capacity - *count, &got);
  return status;
}

static dpb_status recognise_file(const char *path, dpb_data_format *format) {
  dpb__byte_source *source = NULL;
  uint8_t bytes[512];
  size_t count = 0, size = 0;
  char ending[8];
  dpb_status status = dpb__byte_source_open(path, &source);
  if (status == DPB_OK) status = read_start(source, bytes, sizeof bytes, &count);
  if (status == DPB_OK) size = (size_t)dpb__byte_source_limit(source);
  dpb__byte_source_close(source);
  if (status != DPB_OK) return status;
  if (count == 0) return dpb__fail(DPB_ERR_FORMAT, "%s: the file is empty", path);
  dpb__path_ending(path, ending);
  if (count >= 4 && memcmp(bytes, "PK\3\4", 4) == 0) {
    *format = DPB_DATA_NPZ;
  } else if (count >= 6 && memcmp(bytes, DPB__NPY_MAGIC, 6) == 0) {
    return dpb__fail(DPB_ERR_NOT_FOUND,
                     "%s: is one array, labels are needed too: name a folder with x.npy "
                     "and y.npy",
                     path);
  } else if (strcmp(ending, "bin") == 0 || (size % 3073 == 0 && !is_text(bytes, count))) {
    *format = DPB_DATA_CIFAR10;
  } else if (strcmp(ending, "csv") == 0 || strcmp(ending, "tsv") == 0 ||
             is_text(bytes, count)) {
    *format = DPB_DATA_CSV;
  } else {
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: is not data that is known: neither an .npz archive, nor "
                     "CIFAR-10, nor CSV; of IDX files and images name the folder",
                     path);
  }
  return DPB_OK;
}

static dpb_status look_into_file(const dpb_data_config *config, dpb__data_place *place) {
  dpb_status status = DPB_OK;
  place->format = config->format;
  if (config->format == DPB_DATA_AUTO) {
    status = recognise_file(config->path, &place->format);
  } else if (config->format != DPB_DATA_CSV && config->format != DPB_DATA_NPZ &&
             config->format != DPB_DATA_CIFAR10) {
    return dpb__fail(DPB_ERR_NOT_FOUND, "%s: is a file, of the format %s name the folder",
                     config->path, dpb_data_format_name(config->format));
  }
  if (status != DPB_OK || place->format != DPB_DATA_NPZ) return status;
  if (config->arrays.features != NULL) return DPB_OK; /* named arrays are not split */
  return dpb__npz_has_split(config->path, DPB_TEST, &place->own_test);
}

dpb_status dpb__data_place_find(const dpb_data_config *config, dpb__data_place *place) {
  *place = (dpb__data_place){.format = DPB_DATA_AUTO};
  dpb__path_kind kind;
  dpb_status status = dpb__path_look(config->path, &kind, NULL);
  if (status != DPB_OK) return status;
  switch (kind) {
  case DPB__PATH_FOLDER:
    return look_into_folder(config, place);
  case DPB__PATH_FILE:
    return look_into_file(config, place);
  default:
    return dpb__fail(DPB_ERR_NOT_FOUND,
                     "%s: there is no such file or folder; `scripts/get-data mnist` "
                     "brings MNIST",
                     config->path);
  }
}
