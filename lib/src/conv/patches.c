/* SPDX-License-Identifier: MIT
 *
 * Pieces of the column matrix.
 *
 * Along an image row, kernel column kx sees image column ox * stride - pad + kx *
 * dilation. In the middle of the row all kernel columns are inside, and without dilation
 * a place's floats lie beside each other in the image: they move as one run. At both ends
 * each kernel column is looked at for itself.
 */
#include "conv/patches.h"

#include <stdbool.h>
#include <string.h>

#include "simd/image.h"

/* Places [begin, end) of an output row. */
typedef struct span {
  int begin;
  int end;
} span;

dpb_status dpb__patches_plan(const dpb_window *window, const dpb_hwc *in,
                             dpb__patches *patches) {
  *patches = (dpb__patches){.window = *window, .in = *in, .channels = in->c};
  return dpb_window_places(window, in, &patches->out_h, &patches->out_w);
}

size_t dpb__patch_size(const dpb__patches *patches) {
  return (size_t)patches->window.kernel_h * (size_t)patches->window.kernel_w *
         (size_t)patches->channels;
}

int dpb__patch_image_row(const dpb__patches *patches, int oy, int ky) {
  const dpb_window *window = &patches->window;
  return oy * window->stride_h - window->pad_h + ky * window->dilation_h;
}

static int image_column(const dpb__patches *patches, int ox, int kx) {
  const dpb_window *window = &patches->window;
  return ox * window->stride_w - window->pad_w + kx * window->dilation_w;
}

/* Places from which kernel columns first and last are both inside the image. */
static span inside(const dpb__patches *patches, int first, int last) {
  span s = {0, patches->out_w};
  while (s.begin < s.end && image_column(patches, s.begin, first) < 0) s.begin++;
  while (s.end > s.begin && image_column(patches, s.end - 1, last) >= patches->in.w)
    s.end--;
  return s;
}

static const float *row_of(const dpb__patches *patches, const float *image, int iy) {
  const size_t row = (size_t)patches->in.w * (size_t)patches->in.c;
  return image + (size_t)iy * row + patches->channel;
}

static void clear_runs(size_t runs, size_t length, float *dst, size_t step) {
  for (size_t r = 0; r < runs; r++) memset(dst + r * step, 0, length * sizeof *dst);
}

/* The kernel columns lie beside each other in the image. */
static bool is_one_run(const dpb__patches *patches) {
  return patches->channels == patches->in.c && patches->window.dilation_w == 1;
}

/* Kernel columns that it takes to go at least so many pixels, which are not 0. */
static int columns_over(int pixels, int dilation) {
  return dilation == 1 ? pixels : (pixels - 1) / dilation + 1;
}

/* Kernel columns that are inside the image from place ox: the first of them, and the
 * first behind them. */
static span columns_inside(const dpb__patches *patches, int ox) {
  const int dilation = patches->window.dilation_w;
  const int kernel_w = patches->window.kernel_w;
  const int ix = image_column(patches, ox, 0);
  const int left = patches->in.w - ix; /* pixels from there to the end of the row */
  span s = {0, kernel_w};
  if (ix < 0) s.begin = columns_over(-ix, dilation);
  if (left <= (kernel_w - 1) * dilation)
    s.end = left > 0 ? columns_over(left, dilation) : 0;
  if (s.begin > kernel_w) s.begin = kernel_w;
  if (s.end < s.begin) s.end = s.begin;
  return s;
}

/* Places of span, at the end of a row: zeros beside what is inside the image. */
static void copy_edge(const dpb__patches *patches, const float *row, span places,
                      float *dst, size_t step) {
  const size_t channels = (size_t)patches->channels;
  const size_t pixel = (size_t)patches->in.c;
  const bool one_run = is_one_run(patches);
  const dpb__image *kernels = dpb__image_get();
  for (int ox = places.begin; ox < places.end; ox++) {
    const span in = columns_inside(patches, ox);
    const size_t count = (size_t)(in.end - in.begin);
    const size_t behind = (size_t)(patches->window.kernel_w - in.end);
    float *to = dst + (size_t)ox * step;
    if (in.begin > 0) memset(to, 0, (size_t)in.begin * channels * sizeof *to);
    if (behind > 0)
      memset(to + (size_t)in.end * channels, 0, behind * channels * sizeof *to);
    if (count == 0) continue;
    const float *from = row + (size_t)image_column(patches, ox, in.begin) * pixel;
    to += (size_t)in.begin * channels;
    if (one_run)
      kernels->copy_runs(1, count * channels, from, 0, to, 0);
    else
      kernels->copy_runs(count, channels, from,
                         (size_t)patches->window.dilation_w * pixel, to, channels);
  }
}

static void copy_middle(const dpb__patches *patches, const float *row, span middle,
                        float *dst, size_t step) {
  const size_t channels = (size_t)patches->channels;
  const size_t pixel = (size_t)patches->in.c;
  const size_t runs = (size_t)(middle.end - middle.begin);
  const size_t next = (size_t)patches->window.stride_w * pixel;
  const dpb__image *kernels = dpb__image_get();
  const int pieces = is_one_run(patches) ? 1 : patches->window.kernel_w;
  const size_t length =
      pieces == 1 ? channels * (size_t)patches->window.kernel_w : channels;
  for (int kx = 0; kx < pieces; kx++) {
    const int ix = image_column(patches, middle.begin, kx);
    kernels->copy_runs(runs, length, row + (size_t)ix * pixel, next,
                       dst + (size_t)middle.begin * step + (size_t)kx * channels, step);
  }
}

void dpb__patch_line(const dpb__patches *patches, const float *image, int iy, float *dst,
                     size_t step) {
  const int kernel_w = patches->window.kernel_w;
  if (iy < 0 || iy >= patches->in.h) {
    clear_runs((size_t)patches->out_w, (size_t)patches->channels * (size_t)kernel_w, dst,
               step);
    return;
  }
  const float *row = row_of(patches, image, iy);
  const span middle = inside(patches, 0, kernel_w - 1);
  if (middle.begin < middle.end) copy_middle(patches, row, middle, dst, step);
  copy_edge(patches, row, (span){0, middle.begin}, dst, step);
  copy_edge(patches, row, (span){middle.end, patches->out_w}, dst, step);
}

void dpb__patch_rows(const dpb__patches *patches, const float *image, int first,
                     int count, float *col) {
  const size_t patch = dpb__patch_size(patches);
  const int kernel_h = patches->window.kernel_h;
  const size_t line = patch / (size_t)kernel_h;
  for (int oy = first; oy < first + count; oy++, col += (size_t)patches->out_w * patch)
    for (int ky = 0; ky < kernel_h; ky++)
      dpb__patch_line(patches, image, dpb__patch_image_row(patches, oy, ky),
                      col + (size_t)ky * line, patch);
}

static void add_edge(const dpb__patches *patches, const float *src, size_t step,
                     span places, float *row) {
  const size_t channels = (size_t)patches->channels;
  for (int ox = places.begin; ox < places.end; ox++) {
    for (int kx = 0; kx < patches->window.kernel_w; kx++) {
      const int ix = image_column(patches, ox, kx);
      const float *from = src + (size_t)ox * step + (size_t)kx * channels;
      if (ix < 0 || ix >= patches->in.w) continue;
      float *to = row + (size_t)ix * (size_t)patches->in.c;
      for (size_t c = 0; c < channels; c++) to[c] += from[c];
    }
  }
}

static void add_line(const dpb__patches *patches, const float *src, size_t step,
                     float *row) {
  const size_t channels = (size_t)patches->channels;
  const int kernel_w = patches->window.kernel_w;
  const span middle = inside(patches, 0, kernel_w - 1);
  add_edge(patches, src, step, (span){0, middle.begin}, row);
  add_edge(patches, src, step, (span){middle.end, patches->out_w}, row);
  if (middle.begin == middle.end) return;
  const size_t pixel = (size_t)patches->in.c;
  const dpb__image *kernels = dpb__image_get();
  const int pieces = is_one_run(patches) ? 1 : kernel_w;
  const size_t length = channels * (size_t)(pieces == 1 ? kernel_w : 1);
  for (int kx = 0; kx < pieces; kx++) {
    const int ix = image_column(patches, middle.begin, kx);
    kernels->add_runs((size_t)(middle.end - middle.begin), length,
                      src + (size_t)middle.begin * step + (size_t)kx * channels, step,
                      row + (size_t)ix * pixel, (size_t)patches->window.stride_w * pixel);
  }
}

void dpb__patch_rows_add(const dpb__patches *patches, const float *col, int first,
                         int count, float *image) {
  const size_t patch = dpb__patch_size(patches);
  const int kernel_h = patches->window.kernel_h;
  const size_t line = patch / (size_t)kernel_h;
  const size_t row = (size_t)patches->in.w * (size_t)patches->in.c;
  for (int oy = first; oy < first + count; oy++, col += (size_t)patches->out_w * patch) {
    for (int ky = 0; ky < kernel_h; ky++) {
      const int iy = dpb__patch_image_row(patches, oy, ky);
      if (iy >= 0 && iy < patches->in.h)
        add_line(patches, col + (size_t)ky * line, patch,
                 image + (size_t)iy * row + patches->channel);
    }
  }
}

dpb__overlap dpb__patch_overlap(const dpb__patches *patches, int oy, int ky, int kx) {
  const int iy = dpb__patch_image_row(patches, oy, ky);
  const span s = inside(patches, kx, kx);
  if (iy < 0 || iy >= patches->in.h || s.begin == s.end) return (dpb__overlap){0, 0, 0};
  return (dpb__overlap){
      .place = (size_t)s.begin,
      .count = (size_t)(s.end - s.begin),
      .pixel =
          (size_t)iy * (size_t)patches->in.w + (size_t)image_column(patches, s.begin, kx),
  };
}
