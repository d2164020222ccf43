/* SPDX-License-Identifier: MIT
 *
 * CIFAR-10, binary version: records of a label byte and 3072 bytes, the image in the
 * order c, h, w (red, green, blue planes of 32 rows).
 *
 * A. Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009.
 */
#include <deepblas/data_file.h>

#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/dataset.h"
#include "file/byte_source.h"
#include "file/folder.h"

enum {
  SIDE = 32,
  PLANE = SIDE * SIDE,
  CHANNELS = 3,
  IMAGE = PLANE * CHANNELS,
  RECORD = IMAGE + 1,
  CLASSES = 10,
  MAX_FILES = 5,
  MAX_NAME = 64
};

static const char *const TRAIN_FILES[MAX_FILES] = {"data_batch_1.bin", "data_batch_2.bin",
                                                   "data_batch_3.bin", "data_batch_4.bin",
                                                   "data_batch_5.bin"};
static const char *const TEST_FILES[] = {"test_batch.bin"};

typedef struct batch_file {
  char *path;
  size_t records;
} batch_file;

/* Records of a file, from its size. */
static dpb_status count_records(batch_file *file) {
  uint64_t size = 0;
  dpb__path_kind kind;
  dpb_status status = dpb__path_look(file->path, &kind, &size);
  if (status != DPB_OK) return status;
  if (kind == DPB__PATH_NOTHING) {
    return dpb__fail(DPB_ERR_NOT_FOUND, "%s: there is no such file of CIFAR-10",
                     file->path);
  }
  if (size == 0 || size % RECORD != 0 || size > SIZE_MAX) {
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: %llu bytes, CIFAR-10's records are of %d: the file is cut "
                     "short, or another one",
                     file->path, (unsigned long long)size, RECORD);
  }
  file->records = (size_t)size / RECORD;
  return DPB_OK;
}

static dpb_status read_record(dpb__byte_source *source, const char *path, size_t row,
                              uint8_t *pixels, int32_t *label) {
  uint8_t record[RECORD];
  dpb_status status = dpb__byte_source_read(source, record, sizeof record);
  if (status != DPB_OK) return status;
  if (record[0] >= CLASSES) {
    return dpb__fail(DPB_ERR_DATA, "%s: label %d of record %zu is outside 0..%d", path,
                     record[0], row, CLASSES - 1);
  }
  *label = record[0];
  for (size_t place = 0; place < PLANE; place++) {
    for (size_t c = 0; c < CHANNELS; c++) {
      pixels[place * CHANNELS + c] = record[1 + c * PLANE + place];
    }
  }
  return DPB_OK;
}

static dpb_status read_file(const batch_file *file, dpb_dataset *parts, size_t first) {
  dpb__byte_source *source = NULL;
  dpb_status status = dpb__byte_source_open(file->path, &source);
  if (status != DPB_OK) return status;
  for (size_t i = 0; i < file->records && status == DPB_OK; i++) {
    status = read_record(source, file->path, i, parts->pixels + (first + i) * IMAGE,
                         parts->labels + first + i);
  }
  if (status == DPB_OK) status = dpb__byte_source_end(source);
  dpb__byte_source_close(source);
  return status;
}

/* Ten lines of batches.meta.txt, each a name. A file that is not there, or not so, only
 * means that there are no names. */
static dpb_status read_names(const char *folder, dpb_dataset *parts) {
  char *path = NULL;
  dpb_status status = dpb__path_join(folder, "batches.meta.txt", &path);
  if (status != DPB_OK) return status;
  uint64_t size = 0;
  char text[CLASSES * MAX_NAME] = "";
  dpb__byte_source *source = NULL;
  dpb__path_kind kind;
  status = dpb__path_look(path, &kind, &size);
  if (kind == DPB__PATH_FILE && size > 0 && size < sizeof text) {
    status = dpb__byte_source_open(path, &source);
    if (status == DPB_OK) status = dpb__byte_source_read(source, text, (size_t)size);
    dpb__byte_source_close(source);
  }
  dpb__release(path);
  if (status != DPB_OK) return status;
  const char *names[CLASSES + 1];
  int count = 0;
  char *rest = NULL;
  for (char *name = strtok_r(text, "\r\n", &rest); name != NULL && count <= CLASSES;
       name = strtok_r(NULL, "\r\n", &rest)) {
    names[count++] = name;
  }
  if (count != CLASSES) return DPB_OK;
  return dpb__class_names_copy(CLASSES, names, &parts->class_names);
}

static dpb_status read_files(const char *folder, const batch_file *files, size_t count,
                             dpb_dataset *parts) {
  for (size_t i = 0; i < count; i++) {
    if (!dpb__size_add(parts->count, files[i].records, &parts->count)) {
      return dpb__fail(DPB_ERR_SIZE, "%s: too many records", files[i].path);
    }
  }
  void *memory = NULL;
  dpb_status status = dpb__allocate(parts->count, IMAGE, "cifar10: images", &memory);
  parts->pixels = memory;
  if (status == DPB_OK)
    status = dpb__allocate(parts->count, sizeof(int32_t), "cifar10: labels", &memory);
  if (status != DPB_OK) return status;
  parts->labels = memory;
  size_t first = 0;
  for (size_t i = 0; i < count && status == DPB_OK; i++) {
    status = read_file(&files[i], parts, first);
    first += files[i].records;
  }
  return status == DPB_OK ? read_names(folder, parts) : status;
}

/* The path of each file, and the folder they are in; for dpb__release. */
static dpb_status find_files(const char *path, dpb_split split, batch_file *files,
                             size_t *count, char **folder) {
  dpb__path_kind kind;
  dpb_status status = dpb__path_look(path, &kind, NULL);
  if (status != DPB_OK) return status;
  bool is_folder = kind == DPB__PATH_FOLDER;
  const char *const *names = split == DPB_TRAIN ? TRAIN_FILES : TEST_FILES;
  *count = !is_folder || split == DPB_TEST ? 1 : MAX_FILES;
  status = dpb__path_join(path, is_folder ? "." : "", folder);
  if (status == DPB_OK && !is_folder) {
    (*folder)[strlen(path)] = '\0'; /* without the slash, then up to the last one */
    char *slash = strrchr(*folder, '/');
    strcpy(slash != NULL ? slash + 1 : *folder, slash != NULL ? "" : ".");
    void *copy = NULL;
    status = dpb__allocate(strlen(path) + 1, 1, "path", &copy);
    if (status == DPB_OK) files[0].path = memcpy(copy, path, strlen(path));
  }
  for (size_t i = 0; i < *count && status == DPB_OK; i++) {
    if (is_folder) status = dpb__path_join(path, names[i], &files[i].path);
    if (status == DPB_OK) status = count_records(&files[i]);
  }
  return status;
}

dpb_status dpb_dataset_load_cifar10(const char *path, dpb_split split,
                                    dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "cifar10: the out-pointer is NULL");
  *dataset = NULL;
  if (path == NULL || path[0] == '\0')
    return dpb__fail(DPB_ERR_ARG, "cifar10: path is %s", path ? "empty" : "NULL");
  if (split != DPB_TRAIN && split != DPB_TEST) {
    return dpb__fail(DPB_ERR_ARG, "cifar10: there is no split %d", (int)split);
  }
  batch_file files[MAX_FILES] = {{NULL, 0}};
  size_t count = 0;
  char *folder = NULL;
  dpb_dataset parts = {
      .sample = {SIDE, SIDE, CHANNELS}, .classes = CLASSES, .scale = 1.0f / 255.0f};
  dpb_status status = find_files(path, split, files, &count, &folder);
  if (status == DPB_OK) status = read_files(folder, files, count, &parts);
  if (status == DPB_OK) status = dpb__dataset_adopt(&parts, dataset);
  if (status != DPB_OK) {
    dpb__release(parts.pixels);
    dpb__release(parts.labels);
    dpb__release(parts.class_names);
  }
  for (size_t i = 0; i < MAX_FILES; i++) dpb__release(files[i].path);
  dpb__release(folder);
  return status;
}
