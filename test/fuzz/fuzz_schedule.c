/* SPDX-License-Identifier: MIT
 *
 * The text of a learning-rate schedule, and what it says at some steps.
 */
#include <math.h>
#include <stdlib.h>

#include <deepblas/schedule.h>

#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const uint64_t steps[] = {0, 1, 9, 100, 999, 1000, UINT64_MAX};
  fuzz_begin(size);
  char *text = fuzz_text(data, size);
  dpb_schedule *schedule = NULL;
  if (dpb_schedule_create(text, 0.1f, 10, 1000, &schedule) == DPB_OK) {
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
      const float lr = dpb_schedule_lr(schedule, steps[i]);
      FUZZ_EXPECT(lr > 0.0f && lr <= 0.1f);
      FUZZ_EXPECT(dpb_schedule_observe(schedule, 1.0) == DPB_OK);
    }
    FUZZ_EXPECT(dpb_schedule_observe(schedule, (double)NAN) == DPB_OK);
  }
  dpb_schedule_destroy(schedule);
  free(text);
  fuzz_end();
  return 0;
}
