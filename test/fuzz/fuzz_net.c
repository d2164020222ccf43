/* SPDX-License-Identifier: MIT
 *
 * The text of a network: built within a limit of memory, for vectors and for images.
 */
#include <stdlib.h>

#include <deepblas/model.h>

#include "fuzz.h"
#include "net_run.h"

#define LIMIT ((size_t)8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const dpb_hwc inputs[] = {{1, 1, 10}, {9, 8, 3}};
  fuzz_begin(size);
  char *text = fuzz_text(data, size);
  for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
    const dpb_model_config config = {.input = inputs[i],
                                     .max_batch = i == 0 ? 30 : 3,
                                     .threads = 1,
                                     .inference = i == 0 && size % 2,
                                     .memory_limit = LIMIT};
    dpb_model *model = NULL;
    dpb_memory_info memory;
    FUZZ_EXPECT(dpb_model_create(&config, &model) == DPB_OK);
    if (dpb_add_text(model, text) == DPB_OK && dpb_model_build(model) == DPB_OK) {
      FUZZ_EXPECT(dpb_model_memory(model, &memory) == DPB_OK);
      FUZZ_EXPECT(memory.parameters + memory.gradients + memory.activations <=
                  LIMIT + 256);
      net_run(model);
    }
    dpb_model_destroy(model);
  }
  free(text);
  fuzz_end();
  return 0;
}
