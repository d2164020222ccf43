/* SPDX-License-Identifier: MIT
 *
 * Softmax with cross-entropy, fused (section 5.6.3, appendix A). With z the outputs of
 * the last layer and t the target (one-hot for a label):
 *
 *     loss = sum_j t_j * (logsumexp(z) - z_j)        dz = softmax(z) - t
 *
 * Fused, no logarithm is ever taken of a probability that has become 0.
 */
#include <math.h>

#include "layer/layer_ops.h"
#include "math/vec.h"

static double log_sum_exp(int classes, const float *z) {
  float top = z[0];
  for (int j = 1; j < classes; j++)
    if (z[j] > top) top = z[j];
  double sum = 0;
  for (int j = 0; j < classes; j++) sum += exp((double)z[j] - (double)top);
  return (double)top + log(sum);
}

static double loss_of_label(int classes, const float *z, int32_t label, double lse,
                            float scale, float *dz) {
  if (dz) {
    dz[label] -= 1.0f;
    for (int j = 0; j < classes; j++) dz[j] *= scale;
  }
  return lse - (double)z[label];
}

static double loss_of_target(int classes, const float *z, const float *t, double lse,
                             float scale, float *dz) {
  if (dz)
    for (int j = 0; j < classes; j++) dz[j] = (dz[j] - t[j]) * scale;
  double sum = 0;
  for (int j = 0; j < classes; j++) sum += (double)t[j] * (lse - (double)z[j]);
  return sum;
}

static double loss(int n, int classes, const float *z, const dpb__truth *truth,
                   float scale, float *dz) {
  const dpb__vec *vec = dpb__vec_get();
  double sum = 0;
  for (int i = 0; i < n; i++) {
    const float *row = z + (size_t)i * (size_t)classes;
    float *drow = dz ? dz + (size_t)i * (size_t)classes : NULL;
    const double lse =
        drow ? vec->softmax((size_t)classes, row, drow) : log_sum_exp(classes, row);
    sum += truth->labels
               ? loss_of_label(classes, row, dpb__truth_label(truth, i), lse, scale, drow)
               : loss_of_target(classes, row, dpb__truth_target(truth, i, classes), lse,
                                scale, drow);
  }
  return sum;
}

static void outputs(int n, int classes, const float *z, float *y) {
  const dpb__vec *vec = dpb__vec_get();
  for (int i = 0; i < n; i++) {
    const size_t row = (size_t)i * (size_t)classes;
    vec->softmax((size_t)classes, z + row, y + row);
  }
}

const dpb__head_ops dpb__head_softmax = {
    .name = "softmax",
    .loss = loss,
    .outputs = outputs,
};
