/* SPDX-License-Identifier: MIT
 *
 * Pictures of what a network takes for what.
 */
#ifndef APP_EVAL_PLOT_H
#define APP_EVAL_PLOT_H

#include <deepblas/metrics.h>

/* Draws the confusion matrix and, of images, those that were taken for something else
 * with the greatest confidence, 20 at the most: "confusion" and "misclassified" in
 * folder, or as text on stdout where it is NULL. quiet: nothing is said on stdout.
 * Returns an exit code, a failure's reason printed. */
int eval_plot(dpb_model *model, const dpb_dataset *data, const dpb_confusion *confusion,
              const char *folder, int quiet);

#endif
