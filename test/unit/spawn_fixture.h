/* SPDX-License-Identifier: MIT
 *
 * This program, started again. Where an emulator runs it, DEEPBLAS_EMULATOR names that:
 * what an emulated program starts, the real CPU runs.
 */
#ifndef TEST_SPAWN_FIXTURE_H
#define TEST_SPAWN_FIXTURE_H

#include <stdlib.h>

/* Writes the one or two words that start the program; returns where its own words go. */
static inline char **put_program(char **argv, char *program) {
  char *emulator = getenv("DEEPBLAS_EMULATOR");
  if (emulator != NULL) *argv++ = emulator;
  *argv++ = program;
  return argv;
}

#endif
