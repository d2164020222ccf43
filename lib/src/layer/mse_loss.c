/* SPDX-License-Identifier: MIT
 *
 * Mean squared error as the book has it (section 4.2.1), on the plain outputs z of the
 * last layer. With t the target (one-hot for a label):
 *
 *     loss = 1/2 * sum_j (z_j - t_j)^2               dz = z - t
 */
#include <string.h>

#include "layer/layer_ops.h"

static float target(const dpb__truth *truth, int i, int classes, int j) {
  if (truth->labels) return j == dpb__truth_label(truth, i) ? 1.0f : 0.0f;
  return dpb__truth_target(truth, i, classes)[j];
}

static double loss(int n, int classes, const float *z, const dpb__truth *truth,
                   float scale, float *dz) {
  double sum = 0;
  for (int i = 0; i < n; i++) {
    const size_t row = (size_t)i * (size_t)classes;
    for (int j = 0; j < classes; j++) {
      const float off = z[row + (size_t)j] - target(truth, i, classes, j);
      sum += 0.5 * (double)off * (double)off;
      if (dz) dz[row + (size_t)j] = off * scale;
    }
  }
  return sum;
}

static void outputs(int n, int classes, const float *z, float *y) {
  if (y != z) memcpy(y, z, (size_t)n * (size_t)classes * sizeof *y);
}

const dpb__head_ops dpb__head_mse = {
    .name = "mse",
    .loss = loss,
    .outputs = outputs,
};
