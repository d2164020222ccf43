/* SPDX-License-Identifier: MIT
 *
 * The bar of a training run, on stderr, when that is a terminal.
 */
#ifndef APP_PROGRESS_H
#define APP_PROGRESS_H

#include <deepblas/trainer.h>

typedef struct progress_bar {
  int active; /* stderr is a terminal that can redraw a line */
  int color;
  int drawn;     /* a bar stands on the present line */
  double begun;  /* seconds, monotonic */
  double redraw; /* not before */
} progress_bar;

/* quiet: never draw. */
void progress_begin(progress_bar *bar, int quiet);

/* Draws, at most ten times a second. */
void progress_show(progress_bar *bar, const dpb_progress *now);

/* Takes the bar away; before anything else is printed. */
void progress_clear(progress_bar *bar);

/* "1:05", "2:01:05" */
void duration_text(double seconds, char text[32]);

#endif
