/* SPDX-License-Identifier: MIT
 *
 * The histogram of a layer's outputs.
 */
#include "histogram.h"

#include <stdlib.h>

#include "report.h"

static double bin_width(const dpb_layer_statistics *layer) {
  return ((double)layer->high - (double)layer->low) / layer->bins;
}

void histogram_write(csv_file *csv, const char *key, const dpb_layer_statistics *layer) {
  const double width = bin_width(layer);
  for (int i = 0; i < layer->bins; i++)
    csv_row(csv, "%s,%.9g,%.9g,%zu", key, (double)layer->low + i * width,
            (double)layer->low + (i + 1) * width, layer->histogram[i]);
}

void histogram_draw(figure *f, const dpb_layer_statistics *layer) {
  if (layer->bins < 1) return;
  double *x = need_memory(2 * (size_t)layer->bins * sizeof *x), *count = x + layer->bins;
  for (int i = 0; i < layer->bins; i++) {
    x[i] = (double)layer->low + (i + 0.5) * bin_width(layer);
    count[i] = (double)layer->histogram[i];
  }
  figure_range(f, 'x', (double)layer->low, (double)layer->high);
  figure_bars(f, "", x, count, (size_t)layer->bins);
  free(x);
}
