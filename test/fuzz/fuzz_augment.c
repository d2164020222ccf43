/* SPDX-License-Identifier: MIT
 *
 * The text of an augmentation, carried out on two small images.
 */
#include <stdlib.h>

#include <deepblas/augment.h>

#include "fuzz.h"

enum { H = 6, W = 5, C = 2, N = 2 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint8_t pixels[N * H * W * C] = {1, 2, 3};
  fuzz_begin(size);
  char *text = fuzz_text(data, size);
  dpb_augment_config config;
  dpb_augment *augment = NULL;
  if (dpb_augment_parse(text, &config) == DPB_OK &&
      dpb_augment_create(&config, (dpb_hwc){H, W, C}, 1, &augment) == DPB_OK) {
    float out[N * H * W * C];
    const dpb_batch batch = {.n = N, .pixels = pixels, .scale = 1.0f};
    FUZZ_EXPECT(dpb_augment_apply(augment, &batch, 1, 3, out) == DPB_OK);
  }
  dpb_augment_destroy(augment);
  free(text);
  fuzz_end();
  return 0;
}
