/* SPDX-License-Identifier: MIT
 *
 * Batch normalisation (section 6.3) and layer normalisation, from their formulas.
 */
#include <math.h>

#include "reference/reference_layers.h"

static double eps_or(float eps, double usual) {
  return eps > 0.0f ? (double)eps : usual;
}

/* Element row of column c: channels lie side by side, so do the numbers of a sample. */
static double mean_of(const double *x, size_t rows, size_t columns, size_t c) {
  double sum = 0.0;
  for (size_t row = 0; row < rows; row++) sum += x[row * columns + c];
  return sum / (double)rows;
}

static double variance_of(const double *x, size_t rows, size_t columns, size_t c,
                          double mean) {
  double sum = 0.0;
  for (size_t row = 0; row < rows; row++) {
    const double off = x[row * columns + c] - mean;
    sum += off * off;
  }
  return sum / (double)rows;
}

void dpb__reference_batchnorm(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const int per_feature = layer->config.batch_norm.per_feature;
  const size_t columns = per_feature ? layer->in_count : (size_t)layer->in.c;
  const size_t rows = (size_t)pass->n * layer->in_count / columns;
  const double eps = eps_or(layer->config.batch_norm.eps, 1e-6);
  const double *gamma = pass->params + layer->params[0].offset;
  const double *beta = pass->params + layer->params[1].offset;
  int known = pass->train;
  for (size_t c = 0; !pass->train && c < columns; c++)
    known |= pass->state[layer->states[0].offset + c] != 0.0 ||
             pass->state[layer->states[1].offset + c] != 0.0;
  for (size_t c = 0; c < columns; c++) {
    double mean, variance;
    if (pass->train) {
      mean = mean_of(pass->x, rows, columns, c);
      variance = variance_of(pass->x, rows, columns, c, mean);
    } else {
      mean = pass->state[layer->states[0].offset + c];
      variance = known ? pass->state[layer->states[1].offset + c] : 1.0;
    }
    for (size_t row = 0; row < rows; row++) {
      const size_t at = row * columns + c;
      pass->y[at] = gamma[c] * (pass->x[at] - mean) / sqrt(variance + eps) + beta[c];
    }
  }
}

void dpb__reference_layernorm(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const size_t count = layer->in_count;
  const double eps = eps_or(layer->config.layer_norm.eps, 1e-5);
  const double *gamma = pass->params + layer->params[0].offset;
  const double *beta = pass->params + layer->params[1].offset;
  for (size_t i = 0; i < (size_t)pass->n; i++) {
    const double *x = pass->x + i * count;
    const double mean = mean_of(x, count, 1, 0);
    const double deviation = sqrt(variance_of(x, count, 1, 0, mean) + eps);
    for (size_t j = 0; j < count; j++)
      pass->y[i * count + j] = gamma[j] * (x[j] - mean) / deviation + beta[j];
  }
}
