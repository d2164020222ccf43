/* SPDX-License-Identifier: MIT
 *
 * The twin of fail_each for files: runs a piece of work again and again, with call number
 * 1, 2, ... by which it touches files failed, until none is left to fail. Each time the
 * work must either have told so, with DPB_ERR_IO and one line that names a file in the
 * folder and the reason, or have ended as if nothing had been; and nothing is open, held
 * or left lying in the folder. Interruptions and short counts must never show.
 */
#ifndef EVERY_FAULT_H
#define EVERY_FAULT_H

#include <dirent.h>
#include <unistd.h>

#include "counted_memory.h"
#include "faulty_files.h"
#include "train_fixture.h"

static const char *fault_folder;
static long faults_met;
static uint64_t fault_outcome;

/* The folder where the files are. */
static inline void work_in(const char *folder) {
  fault_folder = folder;
}

static inline bool work_was_done(void) {
  print_message("%ld calls failed\n", faults_met);
  return faults_met > 0;
}

/* What came out of the work: the same however often a call was repeated. */
static inline void outcome(const void *bytes, size_t count) {
  const unsigned char *at = bytes;
  for (size_t i = 0; i < count; i++)
    fault_outcome = (fault_outcome ^ at[i]) * 0x100000001b3u;
}

static inline void work_pause(void) {
  memory_pause();
  faults_pause();
}

static inline void work_resume(void) {
  memory_resume();
  faults_resume();
}

/* Removes temporary files; how many there were. */
static inline int remove_temporaries(void) {
  int count = 0;
  DIR *dir = opendir(fault_folder);
  assert_non_null(dir);
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (!strstr(entry->d_name, ".tmp")) continue;
    assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
    count++;
  }
  closedir(dir);
  return count;
}

static inline int open_descriptors(void) {
  int count = 0;
  DIR *dir = opendir("/proc/self/fd");
  if (!dir) return 0;
  while (readdir(dir)) count++;
  closedir(dir);
  return count;
}

/* What was being done when a check fails. */
typedef struct fault_round {
  fault_kind kind;
  long first;
  int rest;
  fault_report seen;
} fault_round;

#define FAULT_FAIL(round, format, ...)                                                   \
  fail_msg("fault %d, call %ld (%s)%s: " format, (int)(round)->kind, (round)->first,     \
           (round)->seen.name, (round)->rest ? " and all after it" : "", __VA_ARGS__)

static inline void check_told(const fault_round *r, dpb_status status) {
  const char *message = dpb_error_message();
  const char *reason = r->kind == FAULT_ERROR ? "Input/output error" : "No space left";
  if (r->kind != FAULT_ERROR && r->kind != FAULT_DISK_FULL)
    FAULT_FAIL(r, "%s (%s)", dpb_status_name(status), message);
  if (status != DPB_ERR_IO || !strstr(message, reason) ||
      !strstr(message, fault_folder) || strchr(message, '\n'))
    FAULT_FAIL(r, "%s (%s)", dpb_status_name(status), message);
}

static inline void check_round(const fault_round *r, dpb_status status, uint64_t right,
                               long held) {
  if (held != 0) FAULT_FAIL(r, "%ld blocks held", held);
  if (r->seen.open != 0) FAULT_FAIL(r, "%d descriptors left open", r->seen.open);
  if (r->seen.foreign != 0) FAULT_FAIL(r, "%d closed twice", r->seen.foreign);
  if (remove_temporaries() != 0 && !r->seen.removing_failed)
    FAULT_FAIL(r, "%s", "a temporary file is left");
  if (status != DPB_OK) {
    check_told(r, status);
  } else if (r->seen.serious) {
    FAULT_FAIL(r, "%s", "not a word of it");
  } else if (fault_outcome != right) {
    FAULT_FAIL(r, "%s", "another outcome");
  }
}

/* Runs the work once; false when there was no call to fail. */
static inline bool fail_one(dpb_status (*work)(void), fault_round *r, uint64_t right) {
  int before = open_descriptors();
  fault_outcome = 0;
  memory_count(0, false);
  faults_begin(r->kind, r->first, r->rest != 0);
  dpb_status status = work();
  r->seen = faults_end();
  long held = memory_stop().held;
  if (r->seen.failed == 0) must(status);
  check_round(r, status, right, held);
  if (open_descriptors() != before) FAULT_FAIL(r, "%s", "descriptors left open");
  faults_met += r->seen.failed;
  return r->seen.failed > 0;
}

/* at_least counts requests for memory, see oom.h. */
static inline void fail_each(dpb_status (*work)(void), long at_least) {
  (void)at_least;
  fault_outcome = 0;
  must(work());
  uint64_t right = fault_outcome;
  for (int kind = FAULT_ERROR; kind <= FAULT_SHORT; kind++) {
    /* What must not show is done to all calls at once. */
    bool hidden = kind == FAULT_INTERRUPTED || kind == FAULT_SHORT;
    for (int rest = 0; rest <= 1; rest++) {
      fault_round round = {.kind = (fault_kind)kind, .first = 1, .rest = rest};
      while (fail_one(work, &round, right)) {
        if (hidden && rest) break;
        assert_true(++round.first < 10000);
      }
    }
  }
}

#endif
