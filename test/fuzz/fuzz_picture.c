/* SPDX-License-Identifier: MIT
 *
 * A picture: PNG, PGM, PPM, plain or gzip; and the same bytes as bare pixels.
 */
#include <deepblas/images.h>

#include "base/memory.h"
#include "file/picture.h"
#include "fuzz.h"
#include "mutate.h"
#include "mutate_png.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  return mutate_gzip(data, size, max_size, seed, mutate_png);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  dpb__picture picture;
  dpb_images *images = NULL;
  const dpb_status status = dpb__picture_read(path, &picture);
  const dpb_hwc hwc = picture.size;
  if (status == DPB_OK) {
    unsigned sum = 0;
    const size_t count = (size_t)hwc.h * (size_t)hwc.w * (size_t)hwc.c;
    for (size_t i = 0; i < count; i++) sum += picture.bytes[i];
    FUZZ_EXPECT(count > 0 && sum <= 255 * count);
    dpb__release(picture.bytes);
    FUZZ_EXPECT(dpb_images_load(path, DPB_IMAGES_BY_CONTENT, hwc, &images) == DPB_OK);
    dpb_images_destroy(images);
  }
  dpb_images_load(path, DPB_IMAGES_RAW, (dpb_hwc){2, 2, 1}, &images);
  dpb_images_destroy(images);
  fuzz_end();
  return 0;
}
