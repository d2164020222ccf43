/* SPDX-License-Identifier: MIT
 *
 * Flatten: from h, w, c to the book's c, h, w.
 */
#include "reference/reference_layers.h"

void dpb__reference_flatten(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const dpb_hwc in = layer->in;
  double *y = pass->y;
  for (size_t i = 0; i < (size_t)pass->n; i++)
    for (int c = 0; c < in.c; c++)
      for (int iy = 0; iy < in.h; iy++)
        for (int ix = 0; ix < in.w; ix++)
          *y++ = pass->x[i * layer->in_count + (size_t)((iy * in.w + ix) * in.c + c)];
}
