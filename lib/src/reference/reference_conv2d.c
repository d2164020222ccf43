/* SPDX-License-Identifier: MIT
 *
 * Convolution (section 7.2): y[i, oy, ox, f] = b[f] + the sum over ky, kx and the
 * channels c of f's group of x[i, oy * stride - pad + ky * dilation, ..., c] W[ky, kx, c,
 * f], where x is 0 outside the image.
 */
#include "reference/reference_layers.h"

static int either(int one, int both, int usual) {
  if (one) return one;
  return both ? both : usual;
}

/* The sum for one number of the output. */
static double look(const dpb__layer *layer, const double *x, const double *w, int oy,
                   int ox, int f) {
  const dpb_conv2d_config *c = &layer->config.conv2d;
  const dpb_hwc in = layer->in;
  const int groups = c->groups ? c->groups : 1;
  const int channels = in.c / groups;
  const int channel = f / (c->filters / groups) * channels;
  const int kernel_h = either(c->kernel_h, c->kernel, 0);
  const int kernel_w = either(c->kernel_w, c->kernel, 0);
  const int top = oy * either(c->stride_h, c->stride, 1) - either(c->pad_h, c->pad, 0);
  const int left = ox * either(c->stride_w, c->stride, 1) - either(c->pad_w, c->pad, 0);
  double sum = 0.0;
  for (int ky = 0; ky < kernel_h; ky++) {
    for (int kx = 0; kx < kernel_w; kx++) {
      const int iy = top + ky * either(c->dilation_h, c->dilation, 1);
      const int ix = left + kx * either(c->dilation_w, c->dilation, 1);
      if (iy < 0 || iy >= in.h || ix < 0 || ix >= in.w) continue;
      const double *pixel = x + ((size_t)iy * (size_t)in.w + (size_t)ix) * (size_t)in.c;
      for (int i = 0; i < channels; i++)
        sum += pixel[channel + i] *
               w[(size_t)((ky * kernel_w + kx) * channels + i) * (size_t)c->filters +
                 (size_t)f];
    }
  }
  return sum;
}

void dpb__reference_conv(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const dpb_hwc out = layer->out;
  const double *w = pass->params + layer->params[0].offset;
  const double *b =
      layer->param_count > 1 ? pass->params + layer->params[1].offset : NULL;
  double *y = pass->y;
  for (size_t i = 0; i < (size_t)pass->n; i++)
    for (int oy = 0; oy < out.h; oy++)
      for (int ox = 0; ox < out.w; ox++)
        for (int f = 0; f < out.c; f++)
          *y++ =
              look(layer, pass->x + i * layer->in_count, w, oy, ox, f) + (b ? b[f] : 0.0);
}
