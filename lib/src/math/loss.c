/* SPDX-License-Identifier: MIT
 *
 * Mean squared error and cross-entropy on plain arrays (chapter 4), summed in double in
 * the order of the rows.
 */
#include <deepblas/loss.h>

#include <math.h>
#include <stdint.h>

#include "base/error.h"

#define SMALLEST_PROBABILITY 1e-7
#define TARGET_SUM_TOLERANCE 1e-3

/* What all three want of their arguments; *loss is 0 from here on until there is one. */
static dpb_status check_arguments(const char *what, size_t rows, size_t cols,
                                  const float *y, const void *targets, double *loss) {
  if (loss == NULL) return dpb__fail(DPB_ERR_ARG, "%s: loss is NULL", what);
  *loss = 0;
  if (y == NULL || targets == NULL)
    return dpb__fail(DPB_ERR_ARG, "%s: %s is NULL", what,
                     y == NULL ? "y" : "the target array");
  if (rows == 0 || cols == 0)
    return dpb__fail(DPB_ERR_ARG, "%s: %zu rows of %zu columns, at least 1 of 1 needed",
                     what, rows, cols);
  if (rows > PTRDIFF_MAX / sizeof(float) / cols)
    return dpb__fail(DPB_ERR_SIZE,
                     "%s: %zu rows of %zu columns are more floats than memory can hold",
                     what, rows, cols);
  return DPB_OK;
}

/* A NaN is not below anything: it shows in the loss. */
static double negative_log(float probability) {
  double p = (double)probability;
  return -log(p < SMALLEST_PROBABILITY ? SMALLEST_PROBABILITY : p);
}

dpb_status dpb_mean_squared_error(size_t rows, size_t cols, const float *y,
                                  const float *t, double *loss) {
  dpb_status status = check_arguments("mean squared error", rows, cols, y, t, loss);
  if (status != DPB_OK) return status;
  double sum = 0;
  for (size_t i = 0; i < rows * cols; i++) {
    double difference = (double)y[i] - (double)t[i];
    sum += difference * difference;
  }
  *loss = 0.5 * sum / (double)rows;
  return DPB_OK;
}

dpb_status dpb_cross_entropy_labels(size_t rows, size_t cols, const float *y,
                                    const int32_t *labels, double *loss) {
  dpb_status status = check_arguments("cross-entropy", rows, cols, y, labels, loss);
  if (status != DPB_OK) return status;
  double sum = 0;
  for (size_t r = 0; r < rows; r++) {
    if (labels[r] < 0 || (size_t)labels[r] >= cols)
      return dpb__fail(DPB_ERR_DATA,
                       "cross-entropy: label of row %zu is %d, not in 0..%zu", r,
                       labels[r], cols - 1);
    sum += negative_log(y[r * cols + (size_t)labels[r]]);
  }
  *loss = sum / (double)rows;
  return DPB_OK;
}

/* Targets are probabilities: each in 0..1 (NaN is not) and together 1. */
static dpb_status check_targets(size_t row, size_t cols, const float *t) {
  double sum = 0;
  for (size_t c = 0; c < cols; c++) {
    double target = (double)t[c];
    if (!(target >= 0 && target <= 1))
      return dpb__fail(DPB_ERR_DATA,
                       "cross-entropy: target of row %zu, column %zu is %g, not in 0..1",
                       row, c, target);
    sum += target;
  }
  if (fabs(sum - 1) > TARGET_SUM_TOLERANCE)
    return dpb__fail(DPB_ERR_DATA,
                     "cross-entropy: targets of row %zu add up to %g, not 1", row, sum);
  return DPB_OK;
}

dpb_status dpb_cross_entropy_one_hot(size_t rows, size_t cols, const float *y,
                                     const float *t, double *loss) {
  dpb_status status = check_arguments("cross-entropy", rows, cols, y, t, loss);
  if (status != DPB_OK) return status;
  double sum = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *target = t + r * cols;
    status = check_targets(r, cols, target);
    if (status != DPB_OK) return status;
    for (size_t c = 0; c < cols; c++)
      if (target[c] > 0) sum += (double)target[c] * negative_log(y[r * cols + c]);
  }
  *loss = sum / (double)rows;
  return DPB_OK;
}
