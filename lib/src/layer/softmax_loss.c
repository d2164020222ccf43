/* SPDX-License-Identifier: MIT
 *
 * Softmax with cross-entropy, fused (section 5.6.3, appendix A). With z the outputs of
 * the last layer and t the target (one-hot for a label):
 *
 *     loss = sum_j t_j * (logsumexp(z) - z_j)        dz = softmax(z) - t
 *
 * Fused, no logarithm is ever taken of a probability that has become 0.
 *
 * With smoothed labels t' = (1 - smoothing) t + smoothing / classes and class weights w,
 *
 *     loss = sum_j w_j t'_j * (logsumexp(z) - z_j)
 *     dz_k = softmax(z)_k * sum_j w_j t'_j - w_k t'_k
 */
#include <math.h>
#include <stdio.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/number.h"
#include "layer/layer_ops.h"
#include "layer/words.h"
#include "simd/vec.h"

/* The numbers behind the word weights. */
static dpb_status parse_weights(dpb__words *words, dpb__head_config *config) {
  dpb__words ahead = *words;
  int count = 0;
  double number = 0;
  while (dpb__words_next(&ahead) && dpb__parse_double(ahead.word, ahead.length, &number))
    count++;
  if (count == 0) return dpb__words_float(words, "softmax: class weight 1", &(float){0});
  void *memory = NULL;
  dpb_status status =
      dpb__allocate((size_t)count, sizeof(float), "class weights", &memory);
  config->weights = memory;
  config->classes = count;
  for (int i = 0; i < count && status == DPB_OK; i++)
    status = dpb__words_float(words, "softmax: class weight", &config->weights[i]);
  return status;
}

static dpb_status parse(dpb__words *words, dpb__head_config *config) {
  bool smoothed = false;
  dpb_status status = DPB_OK;
  while (status == DPB_OK && dpb__words_next(words)) {
    if (!smoothed && dpb__word_is(words, "smooth")) {
      smoothed = true;
      status = dpb__words_float(words, "softmax: smoothing", &config->smoothing);
    } else if (!config->weights && dpb__word_is(words, "weights")) {
      status = parse_weights(words, config);
    } else {
      status = dpb__words_unknown(words, "softmax");
    }
  }
  return status;
}

/* Writes word and, behind it, number, as far as they fit. */
static size_t put(const char *word, float number, char *text, size_t capacity,
                  size_t length) {
  char shown[32], both[48];
  dpb__print_float(number, shown);
  const size_t all = (size_t)snprintf(both, sizeof both, "%s %s", word, shown);
  if (length < capacity) snprintf(text + length, capacity - length, "%s", both);
  return length + all;
}

static size_t format(const dpb__head_config *config, char *text, size_t capacity) {
  size_t length = 0;
  if (config->smoothing > 0.0f)
    length = put(" smooth", config->smoothing, text, capacity, length);
  for (int i = 0; i < config->classes; i++)
    length = put(i == 0 ? " weights" : "", config->weights[i], text, capacity, length);
  return length;
}

static dpb_status check(const dpb__head_config *config) {
  char shown[32];
  if (!(config->smoothing >= 0.0f && config->smoothing < 1.0f)) {
    dpb__print_float(config->smoothing, shown);
    return dpb__fail(DPB_ERR_ARG, "smoothing is %s, must be at least 0 and below 1",
                     shown);
  }
  for (int i = 0; i < config->classes; i++) {
    if (config->weights[i] > 0.0f && isfinite(config->weights[i])) continue;
    dpb__print_float(config->weights[i], shown);
    return dpb__fail(DPB_ERR_ARG, "weight of class %d is %s, must be above 0", i, shown);
  }
  return DPB_OK;
}

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

static double weight_of(const dpb__head_config *config, int j) {
  return config->weights ? (double)config->weights[j] : 1.0;
}

/* w_j t'_j */
static double weighted_target(const dpb__head_config *config, const dpb__truth *truth,
                              int i, int classes, int j) {
  const double smoothing = (double)config->smoothing;
  const double t = (double)dpb__truth_at(truth, i, classes, j);
  return weight_of(config, j) * ((1.0 - smoothing) * t + smoothing / classes);
}

static double loss_of_weighted(const dpb__head_config *config, const dpb__truth *truth,
                               int i, int classes, const float *z, double lse,
                               float scale, float *dz) {
  double sum = 0, all = 0;
  for (int j = 0; j < classes; j++) {
    const double wt = weighted_target(config, truth, i, classes, j);
    all += wt;
    sum += wt * (lse - (double)z[j]);
  }
  if (!dz) return sum;
  for (int j = 0; j < classes; j++) {
    const double wt = weighted_target(config, truth, i, classes, j);
    dz[j] = (float)((all * (double)dz[j] - wt) * (double)scale);
  }
  return sum;
}

/* Without a choice, the plain formula does less, and gives the bits that it always gave.
 */
static bool is_plain(const dpb__head_config *config) {
  return config->smoothing == 0.0f && !config->weights;
}

static double loss(const dpb__head_config *config, int n, int classes, const float *z,
                   const dpb__truth *truth, float scale, float *dz) {
  const dpb__vec *vec = dpb__vec_get();
  double sum = 0;
  for (int i = 0; i < n; i++) {
    const float *row = z + (size_t)i * (size_t)classes;
    float *drow = dz ? dz + (size_t)i * (size_t)classes : NULL;
    const double lse =
        drow ? vec->softmax((size_t)classes, row, drow) : log_sum_exp(classes, row);
    if (!is_plain(config))
      sum += loss_of_weighted(config, truth, i, classes, row, lse, scale, drow);
    else
      sum +=
          truth->labels
              ? loss_of_label(classes, row, dpb__truth_label(truth, i), lse, scale, drow)
              : loss_of_target(classes, row, dpb__truth_target(truth, i, classes), lse,
                               scale, drow);
  }
  return sum;
}

static double divisor(const dpb__head_config *config, int n, int classes,
                      const dpb__truth *truth) {
  if (!config->weights) return n;
  double sum = 0;
  for (int i = 0; i < n; i++) {
    if (truth->labels) {
      sum += weight_of(config, dpb__truth_label(truth, i));
      continue;
    }
    const float *t = dpb__truth_target(truth, i, classes);
    for (int j = 0; j < classes; j++) sum += weight_of(config, j) * (double)t[j];
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
    .parse = parse,
    .format = format,
    .check = check,
    .loss = loss,
    .divisor = divisor,
    .outputs = outputs,
};
