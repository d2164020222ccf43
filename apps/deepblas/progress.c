/* SPDX-License-Identifier: MIT
 *
 *   epoch  3/17  #####------  45 %  loss 0.1234  lr 0.001  512345 images/s  0:42 left
 *
 * The bar takes what the window leaves of a line and is dropped where that is too little.
 * Colour only says what is done; it is left out under NO_COLOR (https://no-color.org).
 */
#include "progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { LEAST_BAR = 10, MOST_BAR = 40, MAX_WIDTH = 400 };

static double monotonic(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int window_width(void) {
  struct winsize size;
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
  return size.ws_col < MAX_WIDTH ? size.ws_col : MAX_WIDTH;
}

void progress_begin(progress_bar *bar, int quiet) {
  const char *terminal = getenv("TERM");
  const char *no_color = getenv("NO_COLOR");
  int dumb = terminal == NULL || strcmp(terminal, "dumb") == 0;
  *bar = (progress_bar){.active = !quiet && !dumb && isatty(STDERR_FILENO),
                        .color = no_color == NULL || *no_color == '\0',
                        .begun = monotonic()};
}

void duration_text(double seconds, char text[32]) {
  if (!(seconds >= 0 && seconds < 1e8)) {
    snprintf(text, 32, "?");
    return;
  }
  long s = lround(seconds);
  if (s < 3600) {
    snprintf(text, 32, "%ld:%02ld", s / 60, s % 60);
  } else {
    snprintf(text, 32, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
  }
}

/* Where there is room, "  ####----" of the share done. */
static void draw_bar(const progress_bar *bar, int room, double done) {
  int width = room - 2 < MOST_BAR ? room - 2 : MOST_BAR;
  if (width < LEAST_BAR) return;
  int full = (int)(done * width + 0.5);
  fputs("  ", stderr);
  if (bar->color) fputs("\x1b[32m", stderr);
  for (int i = 0; i < full; i++) putc('#', stderr);
  if (bar->color) fputs("\x1b[0;2m", stderr);
  for (int i = full; i < width; i++) putc('-', stderr);
  if (bar->color) fputs("\x1b[0m", stderr);
}

void progress_show(progress_bar *bar, const dpb_progress *now) {
  if (!bar->active) return;
  double time = monotonic();
  if (time < bar->redraw) return;
  bar->redraw = time + 0.1;
  double epoch_done = (double)now->step / (double)now->steps;
  double done = ((double)(now->epoch - 1) + epoch_done) / (double)now->epochs;
  char left[32];
  duration_text((time - bar->begun) * (1 - done) / done, left);
  char head[64];
  char tail[128];
  int width = window_width();
  double rate = now->seconds > 0 ? (double)now->samples / now->seconds : 0;
  int used = snprintf(head, sizeof head, "epoch %*zu/%zu",
                      snprintf(NULL, 0, "%zu", now->epochs), now->epoch, now->epochs);
  used += snprintf(tail, sizeof tail,
                   "  %3.0f %%  loss %.4f  lr %.3g  %.0f images/s  %s left",
                   100 * epoch_done, now->loss, (double)now->learning_rate, rate, left);
  fputs("\r\x1b[K", stderr);
  if (used < width) {
    fputs(head, stderr);
    draw_bar(bar, width - 1 - used, epoch_done);
    fputs(tail, stderr);
  } else {
    fprintf(stderr, "%.*s", width - 1, head);
  }
  fflush(stderr);
  bar->drawn = 1;
}

void progress_clear(progress_bar *bar) {
  if (!bar->drawn) return;
  fputs("\r\x1b[K", stderr);
  fflush(stderr);
  bar->drawn = 0;
}
