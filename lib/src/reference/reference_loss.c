/* SPDX-License-Identifier: MIT
 *
 * The losses, from their definitions: cross-entropy of softmax (sections 3.5, 4.2.2),
 * with smoothed labels and weighted classes (layer.h), and the mean squared error
 * (section 4.2.1).
 */
#include <math.h>
#include <string.h>

#include "reference/reference.h"

static double target(const dpb__truth *truth, int i, int classes, int j) {
  if (truth->labels) return dpb__truth_label(truth, i) == j ? 1.0 : 0.0;
  return (double)dpb__truth_target(truth, i, classes)[j];
}

/* A class's weight in the loss. */
static double weight(const dpb__head_config *config, int j) {
  return config->weights ? (double)config->weights[j] : 1.0;
}

static double cross_entropy(const dpb__head_config *config, int i, int classes,
                            const double *z, const dpb__truth *truth) {
  const double smoothing = (double)config->smoothing;
  double top = z[0], sum = 0.0, loss = 0.0;
  for (int j = 1; j < classes; j++) top = fmax(top, z[j]);
  for (int j = 0; j < classes; j++) sum += exp(z[j] - top);
  for (int j = 0; j < classes; j++) {
    const double smoothed =
        target(truth, i, classes, j) * (1.0 - smoothing) + smoothing / classes;
    loss -= weight(config, j) * smoothed * (z[j] - top - log(sum));
  }
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

double dpb__reference_loss(const char *head, const dpb__head_config *config, int n,
                           int classes, const double *z, const dpb__truth *truth) {
  const int softmax = strcmp(head, "softmax") == 0;
  if (!softmax && strcmp(head, "mse") != 0) return (double)NAN;
  double sum = 0.0, weights = 0.0;
  for (int i = 0; i < n; i++) {
    const double *row = z + (size_t)i * (size_t)classes;
    sum += softmax ? cross_entropy(config, i, classes, row, truth)
                   : squared_error(i, classes, row, truth);
    for (int j = 0; softmax && config->weights && j < classes; j++)
      weights += weight(config, j) * target(truth, i, classes, j);
  }
  return sum / (softmax && config->weights ? weights : n);
}
