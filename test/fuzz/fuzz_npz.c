/* SPDX-License-Identifier: MIT
 *
 * An .npz archive: every array read in every way, and datasets of it.
 */
#include <stdlib.h>
#include <string.h>

#include <deepblas/data_file.h>
#include <deepblas/npz.h>

#include "base/memory.h"
#include "file/npz_reader.h"
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  mutate_parts parts;
  if (mutate_draw(&seed, 8) == 0 || !mutate_unzip(data, size, &parts))
    return LLVMFuzzerMutate(data, size, max_size);
  mutate_array(&parts, &seed);
  const size_t made = mutate_zip(&parts, mutate_draw(&seed, 2) != 0, data, max_size);
  mutate_release(&parts);
  return made > 0 ? made : LLVMFuzzerMutate(data, size, max_size);
}

static void read_array(dpb_npz *npz, const char *name) {
  dpb_shape shape;
  dpb__npy npy;
  char text[64];
  void *memory = NULL;
  size_t length = 0;
  dpb_npz_shape(npz, name, &shape);
  dpb_npz_read_text(npz, name, text, sizeof text, &length);
  FUZZ_EXPECT(memchr(text, 0, sizeof text) != NULL);
  if (dpb__npz_describe(npz, name, &npy) != DPB_OK) return;
  if (dpb__allocate(npy.count, 8, "numbers", &memory) != DPB_OK) return;
  dpb_npz_read_floats(npz, name, memory, npy.count);
  dpb_npz_read_ints(npz, name, memory, npy.count);
  dpb__npz_read(npz, name, &(dpb__npy_target){.bytes = memory}, npy.count);
  dpb__release(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  dpb_npz *npz = NULL;
  if (dpb_npz_open(path, &npz) == DPB_OK)
    for (int i = 0; i < dpb_npz_count(npz); i++) read_array(npz, dpb_npz_name(npz, i));
  dpb_npz_close(npz);
  for (int i = 0; i < 3; i++) {
    const dpb_array_config config = {.channels_first = i == 1};
    dpb_dataset *set = NULL;
    dpb_dataset_load_npz(path, i == 2 ? DPB_TEST : DPB_TRAIN, &config, &set);
    dpb_dataset_destroy(set);
  }
  fuzz_end();
  return 0;
}
