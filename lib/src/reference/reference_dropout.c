/* SPDX-License-Identifier: MIT
 *
 * Dropout (section 6.4.3), with the mask of the fast path: element j of sample s is
 * dropped when number s * count + j of the stream is below ratio.
 */
#include "reference/reference_layers.h"

static int is_left(const dpb__layer *layer, const dpb__reference_pass *pass, size_t i,
                   size_t j) {
  dpb_rng rng = *pass->rng;
  dpb_rng_seek(&rng, ((uint64_t)pass->first + i) * layer->in_count + j);
  return dpb_rng_uniform(&rng) >= layer->config.dropout.ratio;
}

void dpb__reference_dropout(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const size_t count = layer->in_count;
  const int book = layer->config.dropout.book;
  const double kept = 1.0 - (double)layer->config.dropout.ratio;
  for (size_t i = 0; i < (size_t)pass->n; i++) {
    for (size_t j = 0; j < count; j++) {
      const double x = pass->x[i * count + j];
      double factor = book ? kept : 1.0;
      if (pass->train) factor = is_left(layer, pass, i, j) ? (book ? 1.0 : 1 / kept) : 0;
      pass->y[i * count + j] = x * factor;
    }
  }
}
