/* SPDX-License-Identifier: MIT
 *
 * A file of CIFAR-10, plain or gzip.
 */
#include <deepblas/data_file.h>

#include "fuzz.h"
#include "mutate.h"

enum { RECORD = 3073 };

/* Whole records mostly: any other size is refused at once. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  size = mutate_gzip(data, size, max_size, seed, NULL);
  const size_t whole = (size + RECORD - 1) / RECORD * RECORD;
  if (mutate_draw(&seed, 8) == 0 || whole > max_size || whole > 4 * RECORD) return size;
  while (size < whole) data[size++] = (uint8_t)mutate_draw(&seed, 256);
  return size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  for (int split = DPB_TRAIN; split <= DPB_TEST; split++) {
    dpb_dataset *set = NULL;
    if (dpb_dataset_load_cifar10(path, (dpb_split)split, &set) == DPB_OK)
      FUZZ_EXPECT(dpb_dataset_classes(set) == 10);
    dpb_dataset_destroy(set);
  }
  fuzz_end();
  return 0;
}
