/* SPDX-License-Identifier: MIT
 *
 * Two units at most: a time that is estimated has no more digits.
 */
#include "elapsed.h"

#include <stdio.h>
#include <time.h>

double elapsed_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

const char *elapsed_text(double seconds, char text[32]) {
  if (!(seconds >= 0 && seconds < 1e12)) {
    snprintf(text, 32, "?");
  } else if (seconds == 0) {
    snprintf(text, 32, "0 s");
  } else if (seconds < 0.001) {
    snprintf(text, 32, "%.3g us", seconds * 1e6);
  } else if (seconds < 0.9995) {
    snprintf(text, 32, "%.3g ms", seconds * 1e3);
  } else if (seconds < 59.5) {
    snprintf(text, 32, "%.2g s", seconds);
  } else if (seconds < 3600 - 0.5) {
    const long s = (long)(seconds + 0.5);
    snprintf(text, 32, "%ld min %ld s", s / 60, s % 60);
  } else if (seconds < 48 * 3600 - 30) {
    const long m = (long)(seconds / 60 + 0.5);
    snprintf(text, 32, "%ld h %ld min", m / 60, m % 60);
  } else {
    snprintf(text, 32, "%.0f days", seconds / 86400);
  }
  return text;
}
