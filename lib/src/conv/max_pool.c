/* SPDX-License-Identifier: MIT
 *
 * Maximum pooling. In the middle of an output row all windows see the same pixels
 * relative to their place, and one kernel call makes them all; at the ends each place has
 * fewer.
 */
#include <string.h>

#include "base/error.h"
#include "conv/pool2d.h"
#include "simd/image.h"

/* One output row: the kernel rows that are inside the image, and where things are. */
typedef struct line {
  const dpb__patches *patches;
  const float *b;
  bool relu;
  int first; /* kernel rows [first, end) are inside */
  int end;
  int iy; /* image row of kernel row first */
} line;

/* Pixels that a run of places sees. */
typedef struct view {
  dpb__taps taps;
  size_t offset[DPB__POOL_NOTED];
  uint8_t number[DPB__POOL_NOTED];
  size_t
      at; /* first tap's pixel of the first place, in floats from the image's beginning */
} view;

dpb_status dpb__pool_plan(const dpb_window *window, const dpb_hwc *in,
                          dpb__patches *patches) {
  const dpb_status status = dpb__patches_plan(window, in, patches);
  if (status != DPB_OK) return status;
  if (window->pad_h >= window->kernel_h || window->pad_w >= window->kernel_w)
    return dpb__fail(DPB_ERR_SHAPE, "pad %dx%d is not smaller than its window %dx%d",
                     window->pad_h, window->pad_w, window->kernel_h, window->kernel_w);
  return DPB_OK;
}

static line line_of(const dpb__patches *patches, const float *b, bool relu, int oy) {
  const int top = dpb__patch_image_row(patches, oy, 0);
  line l = {.patches = patches, .b = b, .relu = relu, .end = patches->window.kernel_h};
  if (top < 0) l.first = -top;
  if (top + l.end > patches->in.h) l.end = patches->in.h - top;
  l.iy = top + l.first;
  return l;
}

static int image_column(const dpb__patches *patches, int ox) {
  return ox * patches->window.stride_w - patches->window.pad_w;
}

/* Kernel columns inside the image from place ox: [*first, *end). */
static void columns_at(const dpb__patches *patches, int ox, int *first, int *end) {
  const int left = image_column(patches, ox);
  const int kernel_w = patches->window.kernel_w;
  *first = left < 0 ? -left : 0;
  *end = left + kernel_w > patches->in.w ? patches->in.w - left : kernel_w;
}

/* Places [ox, return value) see the same kernel columns as place ox. */
static int same_columns(const dpb__patches *patches, int ox) {
  int first, end, next_first, next_end;
  columns_at(patches, ox, &first, &end);
  int next = ox + 1;
  for (; next < patches->out_w; next++) {
    columns_at(patches, next, &next_first, &next_end);
    if (next_first != first || next_end != end) break;
  }
  return next;
}

static void look(const line *l, int ox, view *v) {
  const dpb__patches *patches = l->patches;
  const size_t c = (size_t)patches->in.c;
  const size_t w = (size_t)patches->in.w;
  int first, end;
  columns_at(patches, ox, &first, &end);
  v->taps = (dpb__taps){0, v->offset, v->number, l->b, l->relu};
  for (int ky = l->first; ky < l->end; ky++) {
    for (int kx = first; kx < end; kx++) {
      v->offset[v->taps.count] = ((size_t)(ky - l->first) * w + (size_t)(kx - first)) * c;
      v->number[v->taps.count] = (uint8_t)(ky * patches->window.kernel_w + kx);
      v->taps.count++;
    }
  }
  v->at = ((size_t)l->iy * w + (size_t)(image_column(patches, ox) + first)) * c;
}

/* The pixel (float offset) that is the largest in channel c of place ox. */
static size_t find_largest(const line *l, int ox, size_t c, const float *image) {
  const dpb__patches *patches = l->patches;
  const size_t pixel = (size_t)patches->in.c;
  int first, end;
  columns_at(patches, ox, &first, &end);
  size_t best = SIZE_MAX;
  for (int ky = l->first; ky < l->end; ky++) {
    for (int kx = first; kx < end; kx++) {
      const size_t iy = (size_t)(l->iy + ky - l->first);
      const size_t ix = (size_t)(image_column(patches, ox) + kx);
      const size_t at = (iy * (size_t)patches->in.w + ix) * pixel + c;
      if (best == SIZE_MAX || image[at] > image[best] ||
          (image[at] != image[at] && image[best] == image[best]))
        best = at;
    }
  }
  return best;
}

static void pool_line(const line *l, const float *image, float *y, uint8_t *which) {
  const dpb__patches *patches = l->patches;
  const size_t c = (size_t)patches->in.c;
  const size_t step = (size_t)patches->window.stride_w * c;
  view v;
  for (int ox = 0, next; ox < patches->out_w; ox = next) {
    next = same_columns(patches, ox);
    look(l, ox, &v);
    dpb__image_get()->max_pool((size_t)(next - ox), c, &v.taps, image + v.at, step,
                               y + (size_t)ox * c, which ? which + (size_t)ox * c : NULL);
  }
}

static void pool_large_line(const line *l, const float *image, float *y) {
  const size_t c = (size_t)l->patches->in.c;
  for (int ox = 0; ox < l->patches->out_w; ox++)
    for (size_t i = 0; i < c; i++)
      y[(size_t)ox * c + i] = image[find_largest(l, ox, i, image)];
}

void dpb__max_pool(const dpb__patches *patches, const float *b, bool relu, int n,
                   const float *x, float *y, uint8_t *which) {
  const size_t image =
      (size_t)patches->in.h * (size_t)patches->in.w * (size_t)patches->in.c;
  const size_t row = (size_t)patches->out_w * (size_t)patches->in.c;
  for (int i = 0; i < n; i++, x += image) {
    for (int oy = 0; oy < patches->out_h; oy++, y += row) {
      const line l = line_of(patches, b, relu, oy);
      if (dpb__pool_is_noted(patches))
        pool_line(&l, x, y, which);
      else
        pool_large_line(&l, x, y);
      if (which) which += row;
    }
  }
}

/* Each pixel is seen by one window, and none is left out: all of dx gets written. */
static int is_partition(const dpb__patches *patches) {
  const dpb_window *win = &patches->window;
  return win->pad_h == 0 && win->pad_w == 0 && win->stride_h == win->kernel_h &&
         win->stride_w == win->kernel_w &&
         patches->out_h * win->stride_h == patches->in.h &&
         patches->out_w * win->stride_w == patches->in.w;
}

static void spread_line(const line *l, int partition, const float *dy,
                        const uint8_t *which, float *dx) {
  const dpb__patches *patches = l->patches;
  const size_t c = (size_t)patches->in.c;
  const size_t step = (size_t)patches->window.stride_w * c;
  const dpb__image *kernels = dpb__image_get();
  view v;
  for (int ox = 0, next; ox < patches->out_w; ox = next) {
    next = same_columns(patches, ox);
    look(l, ox, &v);
    (partition ? kernels->max_pool_scatter : kernels->max_pool_gradient)(
        (size_t)(next - ox), c, &v.taps, dy + (size_t)ox * c, which + (size_t)ox * c,
        dx + v.at, step);
  }
}

static void spread_large_line(const line *l, const float *image, const float *dy,
                              float *dx) {
  const size_t c = (size_t)l->patches->in.c;
  for (int ox = 0; ox < l->patches->out_w; ox++)
    for (size_t i = 0; i < c; i++) {
      const size_t largest = find_largest(l, ox, i, image);
      if (!l->relu || image[largest] > 0.0f) dx[largest] += dy[(size_t)ox * c + i];
    }
}

void dpb__max_pool_gradient(const dpb__patches *patches, bool relu, int n, const float *x,
                            const float *dy, const uint8_t *which, float *dx) {
  const size_t image =
      (size_t)patches->in.h * (size_t)patches->in.w * (size_t)patches->in.c;
  const size_t row = (size_t)patches->out_w * (size_t)patches->in.c;
  const int partition = which && is_partition(patches);
  if (!partition) memset(dx, 0, (size_t)n * image * sizeof *dx);
  for (int i = 0; i < n; i++, x += image, dx += image) {
    for (int oy = 0; oy < patches->out_h; oy++, dy += row) {
      const line l = line_of(patches, NULL, relu, oy);
      if (which) {
        spread_line(&l, partition, dy, which, dx);
        which += row;
      } else {
        spread_large_line(&l, x, dy, dx);
      }
    }
  }
}
