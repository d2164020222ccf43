/* SPDX-License-Identifier: MIT
 *
 * Many channels. What a place sees of the padded image is kernel_h runs of kernel_w * c
 * floats, and of whole vectors: no column matrix is made. A filter has a list of the
 * places that the pooling has let through, with their dy; its weights' gradient is the
 * sum of these patches times dy, which stays in registers from one end of the list to the
 * other. Lists are of so many rows of windows that what they see is in the first cache.
 *
 * Sums lie as (filters, kernel_h, kernel_w, c), and are turned when all images are
 * through.
 */
#include <limits.h>
#include <string.h>

#include "base/size.h"
#include "math/conv_pooled.h"
#include "math/conv_tiles.h"
#include "math/image.h"
#include "math/pool2d.h"
#include "math/vec.h"

/* Channels are whole vectors of the widest kernels. */
#define LANES 16

/* Pixels that a list sees: most of a first cache. */
#define SEEN_BYTES 24576

/* Sums of more do not stay in the second cache beside the images. */
#define MOST_WEIGHTS 65536

/* The share of the places that the pooling lets through must be at most 1 / this: below
 * that, lists are no gain. */
#define LEAST_SHARE 3

/* Floats of one row of the padded image. */
static size_t line_of(const dpb__patches *patches) {
  return dpb__padded_w(patches) * (size_t)patches->in.c;
}

/* Image rows from one row of windows to the next, and those that one row sees. */
static size_t rows_down(const dpb__conv *conv, const dpb__patches *pooling) {
  return (size_t)pooling->window.stride_h * (size_t)conv->weights.patches.window.stride_h;
}

static size_t rows_seen(const dpb__conv *conv, const dpb__patches *pooling) {
  const dpb_window *window = &conv->weights.patches.window;
  return (size_t)(pooling->window.kernel_h - 1) * (size_t)window->stride_h +
         (size_t)(window->kernel_h - 1) * (size_t)window->dilation_h + 1;
}

static bool fits(const dpb__conv *conv, const dpb__patches *pooling) {
  const dpb__patches *patches = &conv->weights.patches;
  const size_t windows = (size_t)pooling->out_h * (size_t)pooling->out_w;
  return dpb__image_get()->add_patches && patches->in.c % LANES == 0 &&
         patches->window.dilation_w == 1 && conv->weight_count <= MOST_WEIGHTS &&
         windows * LEAST_SHARE <= dpb__places(&conv->weights) &&
         dpb__pool_is_noted(pooling);
}

bool dpb__pooled_plan_patches(const dpb__conv *conv, dpb__conv_pooled *pooled) {
  const dpb__patches *patches = &conv->weights.patches;
  const dpb__patches *pooling = &pooled->pooling;
  if (!fits(conv, pooling)) return false;
  size_t image = 0, floats = 0, list = 0;
  if (!dpb__size_mul(dpb__padded_h(patches), line_of(patches), &image) || image > INT_MAX)
    return false;
  const size_t line = line_of(patches) * sizeof(float);
  const size_t seen = rows_seen(conv, pooling), down = rows_down(conv, pooling);
  int rows = 1;
  while (rows < pooling->out_h && (seen + (size_t)rows * down) * line <= SEEN_BYTES)
    rows++;
  pooled->how = DPB__POOLED_PATCHES;
  pooled->rows = rows;
  return dpb__size_mul((size_t)rows * (size_t)pooling->out_w,
                       sizeof(dpb__noted) / sizeof(float), &list) &&
         dpb__size_add(image, 2 * conv->weight_count, &floats) &&
         dpb__size_add(floats, list, &pooled->scratch);
}

/* Where in the padded image the place of each pixel of a pooling window begins, seen from
 * the window's first. */
typedef struct offsets {
  uint32_t of[DPB__POOL_NOTED + 1]; /* of DPB__NO_TAP, which is not used: any */
} offsets;

static offsets offsets_of(const dpb__conv *conv) {
  const dpb__patches *patches = &conv->weights.patches;
  const dpb_window *pool = &conv->pooled.pooling.window;
  offsets o = {{0}};
  for (int t = 0; t < pool->kernel_h * pool->kernel_w; t++)
    o.of[t] = (uint32_t)((size_t)(t / pool->kernel_w * patches->window.stride_h) *
                             line_of(patches) +
                         (size_t)(t % pool->kernel_w * patches->window.stride_w) *
                             (size_t)patches->in.c);
  return o;
}

/* A row of windows from noted[0] on, one filter; returns how many it has let through.
 * Offsets count modulo 2^32: a window may begin in the pooling's pad. */
static size_t list_row(const dpb__conv *conv, const offsets *o, int row, const float *dy,
                       const uint8_t *which, dpb__noted *noted) {
  const dpb__patches *patches = &conv->weights.patches;
  const dpb__patches *pooling = &conv->pooled.pooling;
  const size_t filters = (size_t)conv->weights.filters;
  const uint32_t right =
      (uint32_t)(pooling->window.stride_w * patches->window.stride_w * patches->in.c);
  const int top = row * pooling->window.stride_h - pooling->window.pad_h;
  const int left = -pooling->window.pad_w * patches->window.stride_w * patches->in.c;
  uint32_t at = (uint32_t)(top * patches->window.stride_h) * (uint32_t)line_of(patches) +
                (uint32_t)left;
  size_t count = 0;
  for (int i = 0; i < pooling->out_w; i++, at += right, dy += filters, which += filters) {
    noted[count] = (dpb__noted){at + o->of[*which], *dy};
    count += *which != DPB__NO_TAP; /* no branch: which way is anybody's guess */
  }
  return count;
}

/* One image, whose padded copy is there. */
static void add_image(const dpb__conv *conv, const offsets *o, const float *image,
                      const float *dy, const uint8_t *which, float *sums,
                      dpb__noted *noted) {
  const dpb__patches *patches = &conv->weights.patches;
  const dpb__patches *pooling = &conv->pooled.pooling;
  const size_t filters = (size_t)conv->weights.filters;
  const size_t length = (size_t)patches->window.kernel_w * (size_t)patches->in.c;
  const size_t rows_of_kernel = (size_t)patches->window.kernel_h;
  const size_t step = (size_t)patches->window.dilation_h * line_of(patches);
  for (int r = 0; r < pooling->out_h; r += conv->pooled.rows) {
    const int end = dpb__least(r + conv->pooled.rows, pooling->out_h);
    for (size_t f = 0; f < filters; f++) {
      size_t count = 0;
      for (int row = r; row < end; row++) {
        const size_t first = (size_t)row * (size_t)pooling->out_w * filters + f;
        count += list_row(conv, o, row, dy + first, which + first, noted + count);
      }
      dpb__image_get()->add_patches(count, noted, image, rows_of_kernel, step, length,
                                    sums + f * rows_of_kernel * length);
    }
  }
}

/* The image inside of its pad, which is zero already. */
static void copy_image(const dpb__patches *patches, const float *x, float *image) {
  const size_t row = (size_t)patches->in.w * (size_t)patches->in.c;
  const size_t pad_w = (size_t)patches->window.pad_w * (size_t)patches->in.c;
  dpb__image_get()->copy_runs(
      (size_t)patches->in.h, row, x, row,
      image + (size_t)patches->window.pad_h * line_of(patches) + pad_w, line_of(patches));
}

void dpb__pooled_add_patches(const dpb__conv *conv, int n, const float *x,
                             const float *dy, const uint8_t *which, float *dw,
                             float *scratch) {
  const dpb__patches *patches = &conv->weights.patches;
  const size_t filters = (size_t)conv->weights.filters;
  const size_t taps = conv->weight_count / filters;
  const size_t outputs = dpb__windows(&conv->pooled) * filters;
  const size_t padded = dpb__padded_h(patches) * line_of(patches);
  const offsets o = offsets_of(conv);
  float *sums = scratch, *turned = sums + conv->weight_count;
  float *image = turned + conv->weight_count;
  dpb__noted *noted = (dpb__noted *)(image + padded);
  const size_t pixels = dpb__image_size(&patches->in);
  const bool pads = padded > pixels;
  memset(sums, 0, conv->weight_count * sizeof *sums);
  if (pads) memset(image, 0, padded * sizeof *image);
  for (int i = 0; i < n; i++, x += pixels, dy += outputs, which += outputs) {
    if (pads) copy_image(patches, x, image);
    add_image(conv, &o, pads ? image : x, dy, which, sums, noted);
  }
  dpb__image_get()->to_planes(filters, taps, sums, taps, turned, filters);
  dpb__vec_get()->add(conv->weight_count, turned, dw);
}
