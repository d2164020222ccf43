/* SPDX-License-Identifier: MIT
 *
 * history.csv, as the program reads it back to draw from.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "report.h"
#include "run_history.h"

/* The program's messages go nowhere. */
int fail(int exit_code, const char *format, ...) {
  char text[512];
  va_list values;
  va_start(values, format);
  vsnprintf(text, sizeof text, format, values);
  va_end(values);
  return exit_code;
}

void *need_memory(size_t size) {
  void *memory = malloc(size);
  FUZZ_EXPECT(memory != NULL);
  return memory;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  run_history run = {.count = 0};
  if (run_history_read(fuzz_file(0, data, size), &run) == EXIT_OK)
    for (size_t i = 0; i < run.count; i++) FUZZ_EXPECT(run.rows[i][RUN_EPOCH] >= 1);
  run_history_epoch_steps(&run);
  run_history_free(&run);
  fuzz_end();
  return 0;
}
