/* SPDX-License-Identifier: MIT
 *
 * Maximum and average pooling (section 7.3), and the mean over the whole image: channel
 * by channel, over the pixels of each window that are inside the image.
 */
#include <math.h>

#include "reference/reference_layers.h"

static int either(int one, int both, int usual) {
  if (one) return one;
  return both ? both : usual;
}

/* Pixels [top, bottom) x [left, right) of one image. */
typedef struct field {
  int top, bottom, left, right;
} field;

static field field_at(const dpb__layer *layer, int oy, int ox) {
  const dpb_pool2d_config *c = &layer->config.pool2d;
  const int h = either(c->size_h, c->size, 0);
  const int w = either(c->size_w, c->size, 0);
  field f;
  f.top = oy * either(c->stride_h, c->stride, h) - either(c->pad_h, c->pad, 0);
  f.left = ox * either(c->stride_w, c->stride, w) - either(c->pad_w, c->pad, 0);
  f.bottom = f.top + h < layer->in.h ? f.top + h : layer->in.h;
  f.right = f.left + w < layer->in.w ? f.left + w : layer->in.w;
  if (f.top < 0) f.top = 0;
  if (f.left < 0) f.left = 0;
  return f;
}

static double at(const dpb__layer *layer, const double *x, int iy, int ix, int c) {
  return x[((size_t)iy * (size_t)layer->in.w + (size_t)ix) * (size_t)layer->in.c +
           (size_t)c];
}

/* The largest; *which counts the pixels up to it, *lead is how far the next one is
 * behind.
 */
static double largest(const dpb__layer *layer, const double *x, field f, int c,
                      uint64_t *which, double *lead) {
  double best = -HUGE_VAL, second = -HUGE_VAL;
  uint64_t count = 0;
  for (int iy = f.top; iy < f.bottom; iy++) {
    for (int ix = f.left; ix < f.right; ix++, count++) {
      const double v = at(layer, x, iy, ix, c);
      if (v > best) {
        second = best;
        best = v;
        *which = count;
      } else if (v > second) {
        second = v;
      }
    }
  }
  *lead = best - second;
  return best;
}

static double largest_size(size_t count, const double *x) {
  double most = 0.0;
  for (size_t i = 0; i < count; i++)
    if (fabs(x[i]) > most) most = fabs(x[i]);
  return most;
}

/* A near tie is a kink; its distance counts in units of the largest input, as ReLU's
 * does. Numbers that are exactly equal are zeros from a ReLU in front, which has looked
 * at them itself. */
void dpb__reference_maxpool(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const dpb_hwc out = layer->out;
  const double most = largest_size((size_t)pass->n * layer->in_count, pass->x);
  double *y = pass->y;
  for (size_t i = 0; i < (size_t)pass->n; i++)
    for (int oy = 0; oy < out.h; oy++)
      for (int ox = 0; ox < out.w; ox++)
        for (int c = 0; c < out.c; c++) {
          uint64_t which = 0;
          double lead = 0.0;
          *y++ = largest(layer, pass->x + i * layer->in_count, field_at(layer, oy, ox), c,
                         &which, &lead);
          if (pass->branches)
            *pass->branches = (*pass->branches ^ (which + 1)) * UINT64_C(1099511628211);
          if (pass->kink_distance && lead > 0.0 && lead < *pass->kink_distance * most)
            *pass->kink_distance = lead / most;
        }
}

static double mean(const dpb__layer *layer, const double *x, field f, int c) {
  double sum = 0.0;
  for (int iy = f.top; iy < f.bottom; iy++)
    for (int ix = f.left; ix < f.right; ix++) sum += at(layer, x, iy, ix, c);
  return sum / ((f.bottom - f.top) * (f.right - f.left));
}

void dpb__reference_avgpool(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const dpb_hwc out = layer->out;
  double *y = pass->y;
  for (size_t i = 0; i < (size_t)pass->n; i++)
    for (int oy = 0; oy < out.h; oy++)
      for (int ox = 0; ox < out.w; ox++)
        for (int c = 0; c < out.c; c++)
          *y++ = mean(layer, pass->x + i * layer->in_count, field_at(layer, oy, ox), c);
}

void dpb__reference_gap(const dpb__layer *layer, const dpb__reference_pass *pass) {
  const field whole = {0, layer->in.h, 0, layer->in.w};
  double *y = pass->y;
  for (size_t i = 0; i < (size_t)pass->n; i++)
    for (int c = 0; c < layer->in.c; c++)
      *y++ = mean(layer, pass->x + i * layer->in_count, whole, c);
}
