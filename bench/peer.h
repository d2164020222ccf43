/* SPDX-License-Identifier: MIT
 *
 * Another program that measures the same work, kept waiting until it is its turn. It
 * speaks first: "ready NAME BEFORE AFTER WHAT-IT-RUNS-ON", with the losses of its first
 * and its 50th step, or "missing WHY". Then it answers each line "SECONDS", for so long
 * does it measure, with a line: the median seconds of a step.
 */
#ifndef DEEPBLAS_PEER_H
#define DEEPBLAS_PEER_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

typedef struct peer {
  pid_t pid; /* 0: not running */
  FILE *ask;
  FILE *answer;
  char name[64];
  double before; /* the losses */
  double after;
  char runs_on[256]; /* instruction set, threads, libraries; may be empty */
} peer;

/* Starts argv[0], found by PATH, and waits until it is ready. Otherwise returns false,
 * and why says what is missing. */
bool peer_start(peer *p, char *const argv[], char *why, size_t why_size);

/* Median seconds of a step. Ends the program when the peer no longer answers. */
double peer_measure(peer *p, double seconds);

/* Lets it end, and waits for that. */
void peer_stop(peer *p);

#endif
