/* SPDX-License-Identifier: MIT
 *
 * Fails one call after the other by which the library touches files.
 *
 * As in counted_memory.h the linker sends the library's calls to the functions of
 * faulty_files.c. These are all there are: scripts/check-lib-calls refuses others.
 */
#ifndef FAULTY_FILES_HEADER
#define FAULTY_FILES_HEADER

#include <stdbool.h>
#include <stddef.h>

typedef enum fault_kind {
  FAULT_NONE,        /* counts calls */
  FAULT_ERROR,       /* any call fails with EIO */
  FAULT_DISK_FULL,   /* calls that take space fail with ENOSPC */
  FAULT_INTERRUPTED, /* calls that may wait are interrupted by a signal: EINTR */
  FAULT_SHORT        /* reads and writes do less than they are asked to */
} fault_kind;

typedef struct fault_report {
  long calls;           /* that a fault of this kind can meet */
  long failed;          /* on purpose */
  const char *name;     /* of the first that failed, or "" */
  bool serious;         /* ... and its failure must be reported by the library */
  bool removing_failed; /* so that a temporary file may be left */
  int open;             /* descriptors and folders that were not closed */
  int foreign;          /* closed, and not open */
} fault_report;

/* Call number first (from 1) fails, and all after it too when rest is true; interrupted
 * is then every second one. */
void faults_begin(fault_kind kind, long first, bool rest);
fault_report faults_end(void);

/* Leaves out what is between the two; where nothing is watched they do nothing. */
void faults_pause(void);
void faults_resume(void);

/* For functions that are put in front of elsewhere (counted_memory.c): true when the call
 * is to fail; errno is set. A folder that was opened is told. */
#ifdef FAULTY_FILES
bool fault_hits(const char *name, bool serious);
void fault_folder_opened(void);
#else
static inline bool fault_hits(const char *name, bool serious) {
  (void)name;
  (void)serious;
  return false;
}
static inline void fault_folder_opened(void) {}
#endif

#endif
