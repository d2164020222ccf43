/* SPDX-License-Identifier: MIT
 *
 * The bytes of a plain or gzip file, taken in pieces of many sizes.
 */
#include <stdlib.h>

#include "file/byte_source.h"
#include "fuzz.h"
#include "mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  return mutate_gzip(data, size, max_size, seed, NULL);
}

/* The same bytes whichever way they are read. */
static void read_all(const char *path, size_t piece, dpb_status *status, size_t *count) {
  dpb__byte_source *source = NULL;
  uint8_t bytes[4096];
  size_t got = 1;
  *count = 0;
  *status = dpb__byte_source_open(path, &source);
  while (*status == DPB_OK && got > 0) {
    *status = dpb__byte_source_some(source, bytes, piece, &got);
    if (*status == DPB_OK) *count += got;
  }
  if (*status == DPB_OK) *status = dpb__byte_source_end(source);
  if (source != NULL) FUZZ_EXPECT(*count <= dpb__byte_source_limit(source));
  dpb__byte_source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  dpb_status first, second;
  size_t count = 0, again = 0;
  read_all(path, 4096, &first, &count);
  read_all(path, 7, &second, &again);
  FUZZ_EXPECT(first == second && (first != DPB_OK || count == again));
  dpb__byte_source *source = NULL;
  if (dpb__byte_source_open(path, &source) == DPB_OK) {
    uint8_t *all = NULL;
    size_t length = 0;
    const dpb_status status = dpb__byte_source_all(source, &all, &length);
    FUZZ_EXPECT(status == first && (status != DPB_OK || length == count));
    free(all);
  }
  dpb__byte_source_close(source);
  fuzz_end();
  return 0;
}
