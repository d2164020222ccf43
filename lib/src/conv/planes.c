/* SPDX-License-Identifier: MIT
 *
 * The column matrix on its side, plane by plane (patches.h).
 *
 * From an image that is turned into planes, what a tap sees from one output row is a run;
 * with a stride too, for the columns that it sees lie beside each other then.
 */
#include <stdbool.h>
#include <string.h>

#include "conv/patches.h"
#include "simd/image.h"

/* An output row is as long as an image row, and so is the step from place to place: what
 * a tap sees, row after row, is one run of the image, but for the places from which it
 * looks into the pad. */
static bool is_same(const dpb__patches *patches) {
  const dpb_window *window = &patches->window;
  return window->stride_h == 1 && window->stride_w == 1 &&
         patches->out_w == patches->in.w;
}

/* Pad that planes are made with. */
static size_t planar_pad_h(const dpb__patches *patches) {
  return is_same(patches) ? 0 : (size_t)patches->window.pad_h;
}

static size_t planar_pad_w(const dpb__patches *patches) {
  return is_same(patches) ? 0 : (size_t)patches->window.pad_w;
}

/* From place to place along a row. */
static size_t planar_step(const dpb__patches *patches) {
  return patches->out_w > 1 ? (size_t)patches->window.stride_w : 1;
}

/* Columns of a plane, pad included, that are so many steps apart. A row has those of each
 * remainder beside each other, so that a tap sees them as one run. */
static size_t planar_run(const dpb__patches *patches) {
  const size_t w = (size_t)patches->in.w + 2 * planar_pad_w(patches);
  return (w - 1) / planar_step(patches) + 1;
}

/* Rows and columns of a plane. */
static size_t planar_h(const dpb__patches *patches) {
  return (size_t)patches->in.h + 2 * planar_pad_h(patches);
}

static size_t planar_w(const dpb__patches *patches) {
  return planar_step(patches) * planar_run(patches);
}

static size_t plane_size(const dpb__patches *patches) {
  return planar_h(patches) * planar_w(patches);
}

size_t dpb__planar_size(const dpb__patches *patches) {
  return (size_t)patches->channels * plane_size(patches);
}

/* Pixels of an image row that lie beside each other in a plane: those at remainder r. */
typedef struct run {
  size_t first; /* column in the image */
  size_t count;
  size_t at; /* in the row of the plane */
} run;

static run run_of(const dpb__patches *patches, size_t r) {
  const size_t w = (size_t)patches->in.w;
  const size_t step = planar_step(patches);
  const size_t pad = planar_pad_w(patches);
  const size_t first = (r + step - pad % step) % step;
  const size_t count = first < w ? (w - first - 1) / step + 1 : 0;
  return (run){first, count, r * planar_run(patches) + (first + pad) / step};
}

dpb__planar dpb__planar_image(const dpb__patches *patches, const float *image,
                              float *room) {
  const size_t c = (size_t)patches->in.c;
  const size_t channels = (size_t)patches->channels;
  const size_t w = (size_t)patches->in.w;
  const size_t h = (size_t)patches->in.h;
  const size_t step = planar_step(patches);
  const size_t plane = plane_size(patches);
  const dpb__image *kernels = dpb__image_get();
  image += patches->channel;
  if (plane == h * w && step == 1) {
    if (c == 1) return (dpb__planar){image, plane};
    kernels->to_planes(h * w, channels, image, c, room, plane);
    return (dpb__planar){room, plane};
  }
  memset(room, 0, channels * plane * sizeof *room);
  float *row = room + planar_pad_h(patches) * planar_w(patches);
  for (size_t iy = 0; iy < h; iy++, image += w * c, row += planar_w(patches)) {
    for (size_t r = 0; r < step; r++) {
      const run at = run_of(patches, r);
      kernels->to_planes(at.count, channels, image + at.first * c, step * c, row + at.at,
                         plane);
    }
  }
  return (dpb__planar){room, plane};
}

void dpb__planar_back(const dpb__patches *patches, const float *planar, float *image) {
  const size_t c = (size_t)patches->in.c;
  const size_t w = (size_t)patches->in.w;
  const size_t step = planar_step(patches);
  const float *row = planar + planar_pad_h(patches) * planar_w(patches);
  image += patches->channel;
  for (int iy = 0; iy < patches->in.h; iy++, image += w * c, row += planar_w(patches)) {
    for (size_t r = 0; r < step; r++) {
      const run at = run_of(patches, r);
      dpb__image_get()->to_planes((size_t)patches->channels, at.count, row + at.at,
                                  plane_size(patches), image + at.first * c, step * c);
    }
  }
}

int dpb__patch_home(const dpb__patches *patches) {
  const dpb_window *window = &patches->window;
  if (!is_same(patches) || window->pad_w % window->dilation_w != 0) return -1;
  return window->pad_w / window->dilation_w;
}

static void clear(int from, int to, size_t row, float *dst) {
  if (from < to)
    memset(dst + (size_t)from * row, 0, (size_t)(to - from) * row * sizeof *dst);
}

/* Rows [first, first + count) of what tap (ky, kx) sees of a plane without pad. */
static void copy_same(const dpb__patches *patches, const float *plane, int ky, int kx,
                      int first, int count, float *dst) {
  const int w = patches->in.w;
  const int dx = kx * patches->window.dilation_w - patches->window.pad_w;
  const int top = dpb__patch_image_row(patches, first, ky);
  const int above = top < 0 ? (-top < count ? -top : count) : 0;
  const int left = patches->in.h - top; /* rows down to the image's end */
  const int end = left < count ? (left > above ? left : above) : count;
  const size_t row = (size_t)w;
  const int blind = dx < 0 ? -dx : dx; /* places of a row that see the pad */
  if (above == end || blind >= w) {
    clear(0, count, row, dst);
    return;
  }
  clear(0, above, row, dst);
  clear(end, count, row, dst);
  const float *src = plane + (size_t)(top + above) * row;
  float *to = dst + (size_t)above * row;
  const size_t length = (size_t)(end - above) * row - (size_t)blind;
  dpb__image_get()->copy_runs(1, length, src + (dx > 0 ? dx : 0), 0,
                              to + (dx < 0 ? blind : 0), 0);
  float *border = dx < 0 ? to : to + w - blind;
  /* column by column: row by row, compilers make a call for a number or two */
  for (int b = 0; b < blind; b++, border++)
    for (int i = 0; i < end - above; i++) border[i * w] = 0.0f;
}

/* What tap (ky, kx) sees from row first of a plane with pad: a run for each row, so many
 * floats apart. */
static size_t seen(const dpb__patches *patches, int ky, int kx, int first, size_t *down) {
  const dpb_window *window = &patches->window;
  const size_t w = planar_w(patches);
  const size_t x = (size_t)kx * (size_t)window->dilation_w;
  const size_t step = planar_step(patches);
  const size_t top =
      (size_t)first * (size_t)window->stride_h + (size_t)ky * (size_t)window->dilation_h;
  *down = (size_t)window->stride_h * w;
  return top * w + x % step * planar_run(patches) + x / step;
}

/* The same of a plane with pad. */
static void copy_padded(const dpb__patches *patches, const float *plane, int ky, int kx,
                        int first, int count, float *dst) {
  size_t down;
  const float *src = plane + seen(patches, ky, kx, first, &down);
  const size_t out_w = (size_t)patches->out_w;
  dpb__image_get()->copy_runs((size_t)count, out_w, src, down, dst, out_w);
}

void dpb__patch_plane_add(const dpb__patches *patches, const float *src, int ky, int kx,
                          int c, int first, int count, float *planar) {
  size_t down;
  float *to =
      planar + (size_t)c * plane_size(patches) + seen(patches, ky, kx, first, &down);
  const size_t out_w = (size_t)patches->out_w;
  dpb__image_get()->add_runs((size_t)count, out_w, src, out_w, to, down);
}

void dpb__patch_plane(const dpb__patches *patches, dpb__planar planar, int ky, int kx,
                      int c, int first, int count, float *dst) {
  const float *plane = planar.at + (size_t)c * planar.step;
  (is_same(patches) ? copy_same : copy_padded)(patches, plane, ky, kx, first, count, dst);
}

void dpb__patch_planes(const dpb__patches *patches, dpb__planar planar, int first,
                       int count, float *planes) {
  const dpb_window *window = &patches->window;
  const size_t row = (size_t)count * (size_t)patches->out_w;
  for (int ky = 0; ky < window->kernel_h; ky++)
    for (int kx = 0; kx < window->kernel_w; kx++)
      for (int c = 0; c < patches->channels; c++, planes += row)
        dpb__patch_plane(patches, planar, ky, kx, c, first, count, planes);
}
