/* SPDX-License-Identifier: MIT
 *
 * Handlers are set even where SIGINT was ignored at the start, as it is for a script's
 * background jobs: a training run is stopped cleanly with kill -INT there, too.
 */
#include "stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t caught;

static void note_signal(int number) {
  caught = number;
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
}

void stop_watch(void) {
  struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
}

int stop_signal(void) {
  return caught;
}
