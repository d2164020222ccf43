/* SPDX-License-Identifier: MIT
 *
 * A CSV file, plain or gzip, under several settings.
 */
#include <deepblas/data_file.h>

#include "fuzz.h"
#include "mutate.h"

enum { MANY = 10000 };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  return mutate_gzip(data, size, max_size, seed, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const dpb_csv_config configs[] = {
      {.label = NULL},
      {.class_names = 1, .header = 1},
      {.label = "1", .header = -1, .separator = ','},
      {.label = "a", .sample = {1, 2, 1}},
  };
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  size_t rows = 0; /* of all four: enough is enough */
  for (size_t i = 0; i < sizeof configs / sizeof *configs && rows < MANY; i++) {
    dpb_dataset *set = NULL;
    dpb_batch batch;
    if (dpb_dataset_load_csv(path, &configs[i], &set) == DPB_OK) {
      FUZZ_EXPECT(dpb_dataset_batch(set, 0, 1, &batch) == DPB_OK);
      FUZZ_EXPECT(batch.labels[0] >= 0 && batch.labels[0] < dpb_dataset_classes(set));
    }
    rows += dpb_dataset_count(set);
    dpb_dataset_destroy(set);
  }
  fuzz_end();
  return 0;
}
