/* SPDX-License-Identifier: MIT
 *
 * Affine (section 5.6): y[i, j] = b[j] + sum_k x[i, k] W[k, j].
 */
#include "reference/reference_layers.h"

void dpb__reference_affine(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const size_t in = layer->in_count;
  const size_t out = layer->out_count;
  const double *w = pass->params + layer->params[0].offset;
  const double *b =
      layer->param_count > 1 ? pass->params + layer->params[1].offset : NULL;
  for (size_t i = 0; i < (size_t)pass->n; i++) {
    for (size_t j = 0; j < out; j++) {
      double sum = b ? b[j] : 0.0;
      for (size_t k = 0; k < in; k++) sum += pass->x[i * in + k] * w[k * out + j];
      pass->y[i * out + j] = sum;
    }
  }
}
