/* SPDX-License-Identifier: MIT
 *
 * Counts what the library asks the system for, and fails one request after the other.
 *
 * The linker sends every call that the library's own objects make to the functions below
 * (--wrap). What is counted: memory from the C library, and calls behind which there is
 * memory: threads, streams, paths, zlib's and libzip's objects. Counting is on between
 * memory_count and memory_stop; requests of the test itself outside are not touched.
 */
#ifndef COUNTED_MEMORY_H
#define COUNTED_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct memory_report {
  long requests; /* memory, threads, streams, ... asked for */
  long releases; /* free of anything but NULL */
  long failed;   /* requests that were failed on purpose */
  long held;     /* blocks of the C library's memory not given back */
  size_t bytes;  /* of memory asked for */
} memory_report;

/* Starts counting from nothing. Request number fail (1 is the first; 0: none) fails, and
 * all after it too when rest is true. */
void memory_count(long fail, bool rest);

/* Ends counting and tells what was seen. */
memory_report memory_stop(void);

/* Leaves out what is between the two; where nothing is counted they do nothing. */
void memory_pause(void);
void memory_resume(void);

#endif
