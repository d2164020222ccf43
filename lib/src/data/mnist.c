/* SPDX-License-Identifier: MIT
 *
 * MNIST by its four file names, and where the sample of it lies.
 *
 * Y. LeCun, C. Cortes, C. Burges: The MNIST database of handwritten digits.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <deepblas/dataset.h>

#include "base/error.h"
#include "base/memory.h"
#include "data/dataset.h"

enum { MNIST_CLASSES = 10, EXE_PATH = 4096 };

#define SAMPLE_PROBE "train-images-idx3-ubyte.gz"

/* Where an installation has the sample, seen from the folder of its programs: found also
 * when the installation was moved. */
#define SAMPLE_FROM_PROGRAM "/../share/deepblas/mnist-sample"

static const char *const FILES[2][2] = {
    {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
    {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"}};

/* access() without a trace in errno: 0 or what it left there. */
static int cannot_read(const char *path) {
  int saved = errno;
  int error = access(path, R_OK) == 0 ? 0 : errno;
  errno = saved;
  return error;
}

/* What is there and cannot be read counts: opening it says why. */
static int is_there(const char *path) {
  int error = cannot_read(path);
  return error != ENOENT && error != ENOTDIR;
}

/* Writes the path of the file called name, plain or .gz, into path. */
static dpb_status find_file(const char *folder, const char *name, char *path,
                            size_t capacity) {
  static const char *const endings[] = {"", ".gz"};
  for (size_t i = 0; i < 2; i++) {
    snprintf(path, capacity, "%s/%s%s", folder, name, endings[i]);
    if (is_there(path)) return DPB_OK;
  }
  if (!is_there(folder)) {
    return dpb__fail(DPB_ERR_NOT_FOUND,
                     "%s/%s(.gz): there is no folder %s; `scripts/get-data mnist` brings "
                     "the files",
                     folder, name, folder);
  }
  return dpb__fail(DPB_ERR_NOT_FOUND,
                   "%s(.gz) is not in the folder %s; `scripts/get-data mnist` brings it",
                   name, folder);
}

/* paths has room for both files of a split, capacity bytes each. */
static dpb_status load_split(const char *folder, dpb_split split, char *paths,
                             size_t capacity, dpb_dataset **dataset) {
  char *images = paths;
  char *labels = paths + capacity;
  dpb_status status = find_file(folder, FILES[split][0], images, capacity);
  if (status == DPB_OK) status = find_file(folder, FILES[split][1], labels, capacity);
  if (status != DPB_OK) return status;
  return dpb__dataset_load_idx(images, labels, MNIST_CLASSES, dataset);
}

dpb_status dpb_dataset_load_mnist(const char *folder, dpb_split split,
                                  dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "mnist: the out-pointer is NULL");
  *dataset = NULL;
  if (folder == NULL) return dpb__fail(DPB_ERR_ARG, "mnist: folder is NULL");
  if (split != DPB_TRAIN && split != DPB_TEST) {
    return dpb__fail(DPB_ERR_ARG, "mnist: there is no split %d", (int)split);
  }
  size_t capacity = strlen(folder) + sizeof "/train-images-idx3-ubyte.gz";
  void *paths = NULL;
  dpb_status status = dpb__allocate(2, capacity, "mnist: paths", &paths);
  if (status != DPB_OK) return status;
  status = load_split(folder, split, paths, capacity, dataset);
  dpb__release(paths);
  return status;
}

/* The folder holds the sample: then it is the answer. */
static int holds_sample(const char *folder) {
  char probe[EXE_PATH + sizeof SAMPLE_FROM_PROGRAM + sizeof SAMPLE_PROBE];
  int length = snprintf(probe, sizeof probe, "%s/%s", folder, SAMPLE_PROBE);
  return length >= 0 && (size_t)length < sizeof probe && cannot_read(probe) == 0;
}

static dpb_status answer(const char *folder, char *path, size_t capacity) {
  size_t length = strlen(folder);
  if (length >= capacity) {
    return dpb__fail(DPB_ERR_SIZE, "sample folder: its path takes %zu bytes, not %zu",
                     length + 1, capacity);
  }
  memcpy(path, folder, length + 1);
  return DPB_OK;
}

/* Writes the folder beside the running program's; "" when that is not known. */
static void folder_from_program(char *folder, size_t capacity) {
  int saved = errno;
  ssize_t length = readlink("/proc/self/exe", folder, EXE_PATH);
  errno = saved;
  folder[length > 0 && length < EXE_PATH ? length : 0] = '\0';
  char *slash = strrchr(folder, '/');
  if (slash == NULL) {
    folder[0] = '\0';
    return;
  }
  *slash = '\0';
  size_t used = strlen(folder);
  snprintf(folder + used, capacity - used, "%s", SAMPLE_FROM_PROGRAM);
}

dpb_status dpb_sample_folder(char *path, size_t capacity) {
  if (path == NULL || capacity == 0) {
    return dpb__fail(DPB_ERR_ARG, "sample folder: %s",
                     path == NULL ? "path is NULL" : "capacity is 0");
  }
  path[0] = '\0';
  const char *wish = getenv("DEEPBLAS_SAMPLE_DIR");
  if (wish != NULL && wish[0] != '\0') {
    if (holds_sample(wish)) return answer(wish, path, capacity);
    return dpb__fail(DPB_ERR_NOT_FOUND, "DEEPBLAS_SAMPLE_DIR is %s, which holds no %s",
                     wish, SAMPLE_PROBE);
  }
  char beside[EXE_PATH + sizeof SAMPLE_FROM_PROGRAM];
  folder_from_program(beside, sizeof beside);
  const char *const places[] = {
      beside,
#ifdef DEEPBLAS_SAMPLE_BUILD_DIR
      DEEPBLAS_SAMPLE_BUILD_DIR,
#endif
#ifdef DEEPBLAS_SAMPLE_INSTALL_DIR
      DEEPBLAS_SAMPLE_INSTALL_DIR,
#endif
  };
  size_t count = sizeof places / sizeof places[0];
  for (size_t i = 0; i < count; i++) {
    if (places[i][0] != '\0' && holds_sample(places[i])) {
      return answer(places[i], path, capacity);
    }
  }
  return dpb__fail(DPB_ERR_NOT_FOUND,
                   "the sample of MNIST is not in %s; DEEPBLAS_SAMPLE_DIR may name its "
                   "folder",
                   places[count - 1]);
}
