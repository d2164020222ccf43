/* SPDX-License-Identifier: MIT
 *
 * An IDX file, plain or gzip: as images, and as labels, with a partner that fits.
 */
#include <stdlib.h>
#include <string.h>

#include <deepblas/dataset.h>

#include "base/memory.h"
#include "data/idx.h"
#include "fuzz.h"
#include "mutate.h"

enum { MOST = 4096 };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  return mutate_gzip(data, size, max_size, seed, NULL);
}

/* A file of count bytes 1: labels, or images of one pixel. */
static const char *partner(int rank, size_t count) {
  static uint8_t bytes[16 + MOST];
  const size_t head = rank == 1 ? 8 : 16;
  memset(bytes, 0, sizeof bytes);
  bytes[2] = 8;
  bytes[3] = (uint8_t)rank;
  bytes[6] = (uint8_t)(count >> 8);
  bytes[7] = (uint8_t)count;
  bytes[11] = bytes[15] = 1;
  memset(bytes + head, 1, count);
  return fuzz_file(1, bytes, head + count);
}

static void read_as(const char *path, int rank) {
  dpb__idx idx;
  if (dpb__idx_read(path, rank, "things", &idx) != DPB_OK) return;
  const size_t count = idx.dim[0];
  FUZZ_EXPECT(idx.bytes != NULL && count >= 1 && count <= idx.count);
  dpb__release(idx.bytes);
  const char *other = partner(4 - rank, count < MOST ? count : MOST);
  dpb_dataset *data = NULL;
  const dpb_status status =
      dpb_dataset_load_idx(rank == 3 ? path : other, rank == 3 ? other : path, &data);
  FUZZ_EXPECT((status == DPB_OK) == (count <= MOST));
  FUZZ_EXPECT(dpb_dataset_count(data) == (status == DPB_OK ? count : 0));
  dpb_dataset_destroy(data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  read_as(path, 3);
  read_as(path, 1);
  fuzz_end();
  return 0;
}
