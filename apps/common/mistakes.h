/* SPDX-License-Identifier: MIT
 *
 * The samples that a network takes for something else, and a picture of them.
 */
#ifndef APP_MISTAKES_H
#define APP_MISTAKES_H

#include <deepblas/dataset.h>
#include <deepblas/model.h>

#include "figure.h"

typedef struct mistake {
  size_t row; /* of the dataset */
  int label, prediction;
  double confidence; /* probability of the prediction; NaN where outputs are none */
} mistake;

/* Runs the whole dataset through the model. *list, to be freed, has *count mistakes, the
 * most confident first, of equals the first in the dataset. Returns an exit code, a
 * failure's reason printed. */
int mistakes_find(dpb_model *model, const dpb_dataset *data, mistake **list,
                  size_t *count);

/* The images of the first count mistakes, columns in a row, each with its class, what it
 * was taken for and the confidence. Colours become grey. NULL where samples are no images
 * (one row or column) or count is 0. The caller shows the figure. */
figure *mistakes_figure(const dpb_dataset *data, const mistake list[], size_t count,
                        int columns);

#endif
