/* SPDX-License-Identifier: MIT
 *
 * Average pooling: the sum over the kernel's pixels, each a run along the row, then the
 * division by how many of them there were.
 */
#include <string.h>

#include "conv/pool2d.h"
#include "simd/image.h"

/* Pixels that the window at (oy, ox) sees. */
static int count_pixels(const dpb__patches *patches, int oy, int ox) {
  const dpb_window *win = &patches->window;
  const int top = oy * win->stride_h - win->pad_h;
  const int left = ox * win->stride_w - win->pad_w;
  const int bottom =
      top + win->kernel_h < patches->in.h ? top + win->kernel_h : patches->in.h;
  const int right =
      left + win->kernel_w < patches->in.w ? left + win->kernel_w : patches->in.w;
  return (bottom - (top > 0 ? top : 0)) * (right - (left > 0 ? left : 0));
}

/* to = from / count, for each place of output row oy. */
static void divide(const dpb__patches *patches, int oy, const float *from, float *to) {
  const size_t c = (size_t)patches->in.c;
  for (int ox = 0; ox < patches->out_w; ox++, from += c, to += c) {
    const float count = (float)count_pixels(patches, oy, ox);
    for (size_t i = 0; i < c; i++) to[i] = from[i] / count;
  }
}

/* Kernel rows that lie inside the image at output row oy, and kernel columns that do at
 * any place of it: windows may be far larger than their image. */
typedef struct taps {
  int top, bottom;
  int left, right;
} taps;

static taps taps_of(const dpb__patches *patches, int oy) {
  const dpb_window *win = &patches->window;
  const int below = patches->in.h - dpb__patch_image_row(patches, oy, 0);
  const int above = patches->in.h - below;
  const int last = (patches->out_w - 1) * win->stride_w; /* from place 0 to the last */
  const int right = patches->in.w + win->pad_w;
  return (taps){.top = above < 0 ? -above : 0,
                .bottom = below < win->kernel_h ? below : win->kernel_h,
                .left = win->pad_w > last ? win->pad_w - last : 0,
                .right = right < win->kernel_w ? right : win->kernel_w};
}

static size_t image_size(const dpb__patches *patches) {
  return (size_t)patches->in.h * (size_t)patches->in.w * (size_t)patches->in.c;
}

void dpb__avg_pool(const dpb__patches *patches, int n, const float *x, float *y) {
  const dpb_window *win = &patches->window;
  const size_t c = (size_t)patches->in.c;
  const size_t row = (size_t)patches->out_w * c;
  const dpb__image *kernels = dpb__image_get();
  for (int i = 0; i < n; i++, x += image_size(patches)) {
    for (int oy = 0; oy < patches->out_h; oy++, y += row) {
      const taps t = taps_of(patches, oy);
      memset(y, 0, row * sizeof *y);
      for (int ky = t.top; ky < t.bottom; ky++)
        for (int kx = t.left; kx < t.right; kx++) {
          const dpb__overlap o = dpb__patch_overlap(patches, oy, ky, kx);
          kernels->add_runs(o.count, c, x + o.pixel * c, (size_t)win->stride_w * c,
                            y + o.place * c, c);
        }
      divide(patches, oy, y, y);
    }
  }
}

void dpb__avg_pool_gradient(const dpb__patches *patches, int n, const float *dy,
                            float *dx, float *scratch) {
  const dpb_window *win = &patches->window;
  const size_t c = (size_t)patches->in.c;
  const size_t row = (size_t)patches->out_w * c;
  const dpb__image *kernels = dpb__image_get();
  memset(dx, 0, (size_t)n * image_size(patches) * sizeof *dx);
  for (int i = 0; i < n; i++, dx += image_size(patches)) {
    for (int oy = 0; oy < patches->out_h; oy++, dy += row) {
      divide(patches, oy, dy, scratch);
      const taps t = taps_of(patches, oy);
      for (int ky = t.top; ky < t.bottom; ky++)
        for (int kx = t.left; kx < t.right; kx++) {
          const dpb__overlap o = dpb__patch_overlap(patches, oy, ky, kx);
          kernels->add_runs(o.count, c, scratch + o.place * c, c, dx + o.pixel * c,
                            (size_t)win->stride_w * c);
        }
    }
  }
}
