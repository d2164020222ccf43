/* SPDX-License-Identifier: MIT
 *
 * Runs a piece of work again and again, with request number 1, 2, ... for memory failed,
 * until none is left to fail. Each time the work must come back with DPB_ERR_MEMORY and
 * one line that says so, hold nothing, and have set its out-pointers to NULL.
 */
#ifndef OOM_H
#define OOM_H

#include "counted_memory.h"
#include "train_fixture.h"

/* The same pieces of work, in programs of their own, meet files that fail. */
#ifdef FAULTY_FILES
#include "every_fault.h"
#endif

/* What out-pointers hold before a call: not NULL, so that it is the call that sets them.
 */
#define POISON ((void *)(uintptr_t)8)

/* What a call left in its out-pointer fits the status it returned. */
static inline void check_out(dpb_status status, const void *out) {
  if (status == DPB_OK)
    assert_true(out != NULL && out != POISON);
  else
    assert_null(out);
}

#ifndef FAULTY_FILES

/* Tell every_fault.h where files are and what came out of the work. */
static inline void work_in(const char *folder) {
  (void)folder;
}

static inline bool work_was_done(void) {
  return true;
}

static inline void outcome(const void *bytes, size_t count) {
  (void)bytes;
  (void)count;
}

/* Between the two nothing fails. */
static inline void work_pause(void) {
  memory_pause();
}

static inline void work_resume(void) {
  memory_resume();
}

static inline void check_failure(dpb_status status, long k) {
  const char *message = dpb_error_message();
  if (status != DPB_ERR_MEMORY)
    fail_msg("request %ld failed: %s (%s)", k, dpb_status_name(status), message);
  assert_true(strlen(message) > 8);
  assert_null(strchr(message, '\n'));
}

/* at_least: fewer requests than that would mean that counting does not work. */
static inline void fail_each(dpb_status (*work)(void), long at_least) {
  for (int rest = 0; rest <= 1; rest++) {
    long k = 0;
    memory_report seen;
    do {
      memory_count(++k, rest != 0);
      dpb_status status = work();
      seen = memory_stop();
      if (seen.held != 0) fail_msg("request %ld failed: %ld blocks held", k, seen.held);
      if (seen.failed > 0)
        check_failure(status, k);
      else
        must(status);
      assert_true(k < 1000);
    } while (seen.failed > 0);
    if (k - 1 < at_least) fail_msg("only %ld requests were seen", k - 1);
  }
}

#endif

/* Labels and features, as they come out in order. */
static inline void outcome_of_batch(const dpb_batch *batch, size_t sample) {
  size_t count = (size_t)batch->n * sample;
  if (batch->labels) outcome(batch->labels, (size_t)batch->n * sizeof *batch->labels);
  if (batch->pixels) outcome(batch->pixels, count);
  if (batch->features) outcome(batch->features, count * sizeof(float));
}

static inline void outcome_of_dataset(const dpb_dataset *dataset) {
  if (!dataset) return;
  dpb_hwc size = dpb_dataset_sample_shape(dataset);
  dpb_batch batch;
  must(dpb_dataset_batch(dataset, 0, (int)dpb_dataset_count(dataset), &batch));
  outcome_of_batch(&batch, (size_t)size.h * (size_t)size.w * (size_t)size.c);
}

static inline void outcome_of_file(const char *path) {
  unsigned char bytes[4096];
  work_pause();
  FILE *file = fopen(path, "rb");
  assert_non_null(file);
  for (size_t count; (count = fread(bytes, 1, sizeof bytes, file)) > 0;)
    outcome(bytes, count);
  fclose(file);
  work_resume();
}

#endif
