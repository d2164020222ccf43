/* SPDX-License-Identifier: MIT
 *
 * Losses of several ways to learn, side by side: their table, numbers and picture.
 */
#ifndef APP_LOSS_CURVES_H
#define APP_LOSS_CURVES_H

#include "experiment.h"

typedef struct loss_curves {
  const char *name;         /* of the files, "optimizer_compare" */
  const char *title;        /* of the picture */
  const char *what;         /* that differs: a column of the numbers, "optimizer" */
  const char *const *names; /* count of them */
  int count;
  const double *losses; /* count rows of the experiment's --iterations */
  int last;             /* so many at the end are averaged; all when there are fewer */
  double top;           /* of the picture's losses */
} loss_curves;

/* Prints the first loss and the mean of the last ones of each, writes name.csv (what,
 * iteration, loss), and shows the curves, smoothed as the book's. Returns an exit code.
 */
int loss_curves_show(const experiment *e, const loss_curves *c);

#endif
