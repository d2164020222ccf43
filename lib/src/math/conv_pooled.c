/* SPDX-License-Identifier: MIT
 *
 * Image by image and channel by channel: the channel with its pad, and the kernel of
 * image.h over as many rows of windows as its room in the first cache is for.
 */
#include "math/conv_pooled.h"

#include <string.h>

#include "base/size.h"
#include "math/conv_tiles.h"
#include "math/image.h"

/* Room of the kernel: most of a first cache. */
#define ROOM_BYTES 24576

/* One row of more windows would not be in it. */
#define MOST_WINDOWS 256

/* A plane is one channel of an image with its pad. */
static size_t plane_h(const dpb__patches *patches) {
  return (size_t)patches->in.h + 2 * (size_t)patches->window.pad_h;
}

static size_t plane_w(const dpb__patches *patches) {
  return (size_t)patches->in.w + 2 * (size_t)patches->window.pad_w;
}

static bool is_usual_convolution(const dpb__product *product) {
  const dpb_window *window = &product->patches.window;
  return (window->kernel_h == 3 || window->kernel_h == 5) &&
         window->kernel_w == window->kernel_h && window->stride_h == 1 &&
         window->stride_w == 1 && window->dilation_h == 1 && window->dilation_w == 1 &&
         product->groups == 1;
}

static bool is_usual_pooling(const dpb__patches *pooling) {
  const dpb_window *window = &pooling->window;
  return pooling->out_w <= MOST_WINDOWS && window->kernel_h == 2 &&
         window->kernel_w == 2 && window->stride_h == 2 && window->stride_w == 2 &&
         window->pad_h == 0 && window->pad_w == 0 && window->dilation_h == 1 &&
         window->dilation_w == 1;
}

/* Rows of windows at a time: as many as the room is for. */
static int choose_rows(size_t kernel, const dpb__patches *pooling) {
  int rows = pooling->out_h;
  while (rows > 1 &&
         dpb__pooled_room(kernel, (size_t)rows, (size_t)pooling->out_w) * sizeof(float) >
             ROOM_BYTES)
    rows--;
  return rows;
}

bool dpb__conv_plan_pooled(dpb__conv *conv, const dpb__patches *pooling,
                           size_t workspace) {
  const dpb__patches *patches = &conv->weights.patches;
  size_t plane = 0, floats = 0, bytes = 0;
  if (!dpb__image_get()->pooled_weights || !is_usual_convolution(&conv->weights) ||
      !is_usual_pooling(pooling) ||
      !dpb__size_mul(plane_h(patches), plane_w(patches), &plane))
    return false;
  const size_t kernel = (size_t)patches->window.kernel_h;
  const int rows = choose_rows(kernel, pooling);
  const size_t room = dpb__pooled_room(kernel, (size_t)rows, (size_t)pooling->out_w);
  if (!dpb__size_add(plane, room + DPB__POOLED_SPARE, &floats) ||
      !dpb__size_mul(floats, sizeof(float), &bytes) ||
      (workspace > 0 && bytes > workspace))
    return false;
  conv->pooled = (dpb__conv_pooled){.windows_h = pooling->out_h,
                                    .windows_w = pooling->out_w,
                                    .rows = rows,
                                    .scratch = floats};
  return dpb__conv_share_scratch(conv) == DPB_OK;
}

void dpb__conv_tell_pooled(const dpb__conv *conv, dpb_product_plan *plan) {
  *plan = (dpb_product_plan){.lowering = "pooled",
                             .images = 1,
                             .rows = 2 * conv->pooled.rows,
                             .workspace = conv->pooled.scratch * sizeof(float)};
}

/* The pad of plane is zero already. */
static void copy_channel(const dpb__patches *patches, const float *x, float *plane) {
  const size_t w = (size_t)patches->in.w;
  const size_t c = (size_t)patches->in.c;
  float *to = plane + (size_t)patches->window.pad_h * plane_w(patches) +
              (size_t)patches->window.pad_w;
  for (int y = 0; y < patches->in.h; y++, x += w * c, to += plane_w(patches)) {
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
  const dpb__pooled shape = {
      .kernel = (size_t)patches->window.kernel_h,
      .line = plane_w(patches),
      .places = (size_t)conv->pooled.windows_w,
      .filters = (size_t)conv->weights.filters,
      .tap = (size_t)patches->in.c * (size_t)conv->weights.filters,
  };
  const size_t row = shape.places * shape.filters;
  for (int r = 0; r < conv->pooled.windows_h; r += conv->pooled.rows) {
    const int rows = dpb__least(conv->pooled.rows, conv->pooled.windows_h - r);
    dpb__image_get()->pooled_weights(
        &shape, (size_t)rows, plane + 2 * (size_t)r * shape.line, dy + (size_t)r * row,
        which + (size_t)r * row, dw, room);
  }
}

void dpb__conv_pooled_weights(const dpb__conv *conv, int n, const float *x,
                              const float *dy, const uint8_t *which, bool add, float *dw,
                              float *db, float *scratch) {
  const dpb__patches *patches = &conv->weights.patches;
  const size_t filters = (size_t)conv->weights.filters;
  const size_t windows = (size_t)conv->pooled.windows_h * (size_t)conv->pooled.windows_w;
  const size_t floats = plane_h(patches) * plane_w(patches) + DPB__POOLED_SPARE;
  float *plane = scratch, *room = scratch + floats;
  memset(plane, 0, floats * sizeof *plane);
  if (!add) memset(dw, 0, conv->weight_count * sizeof *dw);
  if (db && !add) memset(db, 0, filters * sizeof *db);
  for (int i = 0; i < n; i++) {
    for (size_t c = 0; c < (size_t)patches->in.c; c++) {
      copy_channel(patches, x + c, plane);
      add_plane(conv, plane, dy, which, dw + c * filters, room);
    }
    if (db) dpb__image_get()->pooled_sums(windows, filters, dy, which, db);
    x += dpb__image_size(&patches->in);
    dy += windows * filters;
    which += windows * filters;
  }
}
