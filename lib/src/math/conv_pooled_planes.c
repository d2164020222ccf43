/* SPDX-License-Identifier: MIT
 *
 * Few channels: image by image and channel by channel, the channel with its pad, and the
 * kernel of image.h over as many rows of windows as its room in the first cache is for.
 */
#include <string.h>

#include "base/size.h"
#include "math/conv_pooled.h"
#include "math/conv_tiles.h"
#include "math/image.h"

/* Room of the kernel: most of a first cache. */
#define ROOM_BYTES 24576

/* One row of more windows would not be in it. */
#define MOST_WINDOWS 256

static bool is_usual_convolution(const dpb__product *product) {
  const dpb_window *window = &product->patches.window;
  return (window->kernel_h == 3 || window->kernel_h == 5) &&
         window->kernel_w == window->kernel_h && window->stride_h == 1 &&
         window->stride_w == 1 && window->dilation_h == 1 && window->dilation_w == 1;
}

static bool is_usual_pooling(const dpb__patches *pooling) {
  const dpb_window *window = &pooling->window;
  return pooling->out_w <= MOST_WINDOWS && window->kernel_h == 2 &&
         window->kernel_w == 2 && window->stride_h == 2 && window->stride_w == 2 &&
         window->pad_h == 0 && window->pad_w == 0 && window->dilation_h == 1 &&
         window->dilation_w == 1;
}

static size_t room_of(size_t kernel, int rows, const dpb__patches *pooling) {
  return dpb__pooled_room(kernel, (size_t)rows, (size_t)pooling->out_w);
}

bool dpb__pooled_plan_planes(const dpb__conv *conv, dpb__conv_pooled *pooled) {
  const dpb__patches *patches = &conv->weights.patches;
  const dpb__patches *pooling = &pooled->pooling;
  const size_t kernel = (size_t)patches->window.kernel_h;
  size_t plane = 0;
  if (!dpb__image_get()->pooled_weights || !is_usual_convolution(&conv->weights) ||
      !is_usual_pooling(pooling) ||
      !dpb__size_mul(dpb__padded_h(patches), dpb__padded_w(patches), &plane))
    return false;
  int rows = pooling->out_h;
  while (rows > 1 && room_of(kernel, rows, pooling) * sizeof(float) > ROOM_BYTES) rows--;
  pooled->how = DPB__POOLED_PLANES;
  pooled->rows = rows;
  return dpb__size_add(plane, room_of(kernel, rows, pooling) + DPB__POOLED_SPARE,
                       &pooled->scratch);
}

/* One channel to where it is in plane, whose pad is zero already. */
static void copy_channel(const dpb__patches *patches, const float *x, float *plane) {
  const size_t w = (size_t)patches->in.w;
  const size_t c = (size_t)patches->in.c;
  const size_t line = dpb__padded_w(patches);
  float *to = plane + (size_t)patches->window.pad_h * line + patches->window.pad_w;
  for (int y = 0; y < patches->in.h; y++, x += w * c, to += line) {
    if (c == 1) {
      memcpy(to, x, w * sizeof *to);
    } else {
      for (size_t i = 0; i < w; i++) to[i] = x[i * c];
    }
  }
}

static void add_plane(const dpb__conv *conv, const float *plane, const float *dy,
                      const uint8_t *which, float *dw, float *room) {
  const dpb__patches *patches = &conv->weights.patches;
  const dpb__conv_pooled *pooled = &conv->pooled;
  const dpb__pooled shape = {
      .kernel = (size_t)patches->window.kernel_h,
      .line = dpb__padded_w(patches),
      .places = (size_t)pooled->pooling.out_w,
      .filters = (size_t)conv->weights.filters,
      .tap = (size_t)patches->in.c * (size_t)conv->weights.filters,
  };
  const size_t row = shape.places * shape.filters;
  for (int r = 0; r < pooled->pooling.out_h; r += pooled->rows) {
    const int rows = dpb__least(pooled->rows, pooled->pooling.out_h - r);
    dpb__image_get()->pooled_weights(
        &shape, (size_t)rows, plane + 2 * (size_t)r * shape.line, dy + (size_t)r * row,
        which + (size_t)r * row, dw, room);
  }
}

void dpb__pooled_add_planes(const dpb__conv *conv, int n, const float *x, const float *dy,
                            const uint8_t *which, float *dw, float *scratch) {
  const dpb__patches *patches = &conv->weights.patches;
  const size_t filters = (size_t)conv->weights.filters;
  const size_t outputs = dpb__windows(&conv->pooled) * filters;
  const size_t floats =
      dpb__padded_h(patches) * dpb__padded_w(patches) + DPB__POOLED_SPARE;
  float *plane = scratch, *room = scratch + floats;
  memset(plane, 0, floats * sizeof *plane);
  for (int i = 0; i < n; i++, dy += outputs, which += outputs) {
    for (size_t c = 0; c < (size_t)patches->in.c; c++) {
      copy_channel(patches, x + c, plane);
      add_plane(conv, plane, dy, which, dw + c * filters, room);
    }
    x += dpb__image_size(&patches->in);
  }
}
