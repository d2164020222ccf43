/* SPDX-License-Identifier: MIT
 *
 * The losses, from their definitions: cross-entropy of softmax (sections 3.5, 4.2.2) and
 * the mean squared error (section 4.2.1).
 */
#include <math.h>
#include <string.h>

#include "reference/reference.h"

static double target(const dpb__truth *truth, int i, int classes, int j) {
  if (truth->labels) return dpb__truth_label(truth, i) == j ? 1.0 : 0.0;
  return (double)dpb__truth_target(truth, i, classes)[j];
}

static double cross_entropy(int i, int classes, const double *z,
                            const dpb__truth *truth) {
  double top = z[0], sum = 0.0, loss = 0.0;
  for (int j = 1; j < classes; j++) top = fmax(top, z[j]);
  for (int j = 0; j < classes; j++) sum += exp(z[j] - top);
  for (int j = 0; j < classes; j++)
    loss -= target(truth, i, classes, j) * (z[j] - top - log(sum));
  return loss;
}

static double squared_error(int i, int classes, const double *z,
                            const dpb__truth *truth) {
  double loss = 0.0;
  for (int j = 0; j < classes; j++) {
    const double off = z[j] - target(truth, i, classes, j);
    loss += 0.5 * off * off;
  }
  return loss;
}

double dpb__reference_loss(const char *head, int n, int classes, const double *z,
                           const dpb__truth *truth) {
  const int softmax = strcmp(head, "softmax") == 0;
  if (!softmax && strcmp(head, "mse") != 0) return (double)NAN;
  double sum = 0.0;
  for (int i = 0; i < n; i++) {
    const double *row = z + (size_t)i * (size_t)classes;
    sum += softmax ? cross_entropy(i, classes, row, truth)
                   : squared_error(i, classes, row, truth);
  }
  return sum;
}
