/* SPDX-License-Identifier: MIT
 *
 * An .npy file, plain or gzip: read as numbers, as images, as features, as labels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/data_file.h>
#include <deepblas/images.h>

#include "base/memory.h"
#include "file/npy_file.h"
#include "fuzz.h"
#include "mutate.h"

enum { MOST = 4096 };

static size_t change_array(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
  mutate_parts parts = {.count = 0};
  if (mutate_draw(&seed, 8) == 0 || !mutate_add(&parts, "x.npy", data, size))
    return LLVMFuzzerMutate(data, size, max_size);
  mutate_array(&parts, &seed);
  if (parts.count > 0 && parts.part[0].size <= max_size) {
    size = parts.part[0].size;
    if (size > 0) memcpy(data, parts.part[0].bytes, size);
  }
  mutate_release(&parts);
  return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  return mutate_gzip(data, size, max_size, seed, change_array);
}

/* n class numbers, or features, 0. */
static const char *partner(size_t n) {
  mutate_part part = {.bytes = NULL};
  uint8_t zeros[MOST] = {0};
  char shape[32];
  snprintf(shape, sizeof shape, "(%zu,)", n);
  mutate_set_array(&part, "|u1", shape, zeros, n);
  const char *path = fuzz_file(1, part.bytes, part.size);
  free(part.bytes);
  return path;
}

static void read_numbers(const char *path, const dpb__npy *npy) {
  void *memory = NULL;
  if (dpb__allocate(npy->count, 8, "numbers", &memory) != DPB_OK) return;
  dpb__npy_file_read(path, &(dpb__npy_target){.floats = memory}, npy->count);
  dpb__npy_file_read(path, &(dpb__npy_target){.ints = memory}, npy->count);
  dpb__npy_file_read(path, &(dpb__npy_target){.bytes = memory}, npy->count);
  dpb__release(memory);
}

static int side(const dpb__npy *npy, int axis) {
  return axis < npy->rank && npy->dim[axis] < 100000 ? (int)npy->dim[axis] : 1;
}

static void read_images(const char *path, const dpb__npy *npy) {
  for (int axis = 0; axis < 2; axis++) {
    dpb_images *images = NULL;
    dpb_batch batch;
    const dpb_hwc size = {side(npy, axis), side(npy, axis + 1), side(npy, axis + 2)};
    if (dpb_images_load(path, DPB_IMAGES_BY_CONTENT, size, &images) == DPB_OK) {
      const size_t count = dpb_images_count(images);
      FUZZ_EXPECT(dpb_images_batch(images, count - 1, 1, &batch) == DPB_OK);
    }
    dpb_images_destroy(images);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  dpb__npy npy = {.count = 0};
  if (dpb__npy_file_describe(path, &npy) == DPB_OK) {
    FUZZ_EXPECT(npy.rank <= DPB__NPY_MAX_RANK);
    read_numbers(path, &npy);
    read_images(path, &npy);
  }
  const char *other = partner(npy.rank > 0 && npy.dim[0] < MOST ? npy.dim[0] : 1);
  for (int first = 0; first < 2; first++) {
    const dpb_array_config config = {.channels_first = first};
    dpb_dataset *set = NULL;
    dpb_dataset_load_npy(path, other, &config, &set);
    dpb_dataset_destroy(set);
    dpb_dataset_load_npy(other, path, &config, &set);
    dpb_dataset_destroy(set);
  }
  fuzz_end();
  return 0;
}
