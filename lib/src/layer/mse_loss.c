/* SPDX-License-Identifier: MIT
 *
 * Mean squared error as the book has it (section 4.2.1), on the plain outputs z of the
 * last layer. With t the target (one-hot for a label):
 *
 *     loss = 1/2 * sum_j (z_j - t_j)^2               dz = z - t
 */
#include <string.h>

#include "layer/layer_ops.h"

static double loss(const dpb__head_config *config, int n, int classes, const float *z,
                   const dpb__truth *truth, float scale, float *dz) {
  (void)config; /* there is nothing to choose */
  double sum = 0;
  for (int i = 0; i < n; i++) {
    const size_t row = (size_t)i * (size_t)classes;
    for (int j = 0; j < classes; j++) {
      const float off = z[row + (size_t)j] - dpb__truth_at(truth, i, classes, j);
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
