/* SPDX-License-Identifier: MIT
 *
 * One affine map from the pixels of an image to those of its source,
 *
 *     source = centre + F R(-angle) / zoom (pixel - centre - move)
 *
 * sampled bilinearly; F mirrors. Without angle and zoom it is a copy of rows.
 */
#include "data/warp.h"

#include <math.h>
#include <string.h>

static inline float pixel(const dpb__image *from, size_t at) {
  return from->bytes ? (float)from->bytes[at] * from->unit : from->floats[at];
}

static void copy_pixels(const dpb__image *from, size_t at, size_t count, float *out) {
  if (!from->bytes) {
    memcpy(out, from->floats + at, count * sizeof *out);
    return;
  }
  for (size_t i = 0; i < count; i++) out[i] = (float)from->bytes[at + i] * from->unit;
}

static void mirror_row(float *row, int w, int c) {
  for (int x = 0; x < w / 2; x++)
    for (int k = 0; k < c; k++) {
      float *a = row + x * c + k;
      float *b = row + (w - 1 - x) * c + k;
      const float kept = *a;
      *a = *b;
      *b = kept;
    }
}

/* Mirrored and moved by whole pixels. In the mirrored image's terms the columns that are
 * seen lie at begin .. end - 1; mirroring the finished row instead moves them the other
 * way round. */
static void copy_moved(const dpb__image *from, const dpb__warp *d, float *out) {
  const size_t line = (size_t)from->w * (size_t)from->c;
  const int right = d->mirror ? -d->move_x : d->move_x;
  const int begin = right > 0 ? right < from->w ? right : from->w : 0;
  const int end = right < 0 ? from->w + right > 0 ? from->w + right : 0 : from->w;
  const size_t c = (size_t)from->c;
  for (int y = 0; y < from->h; y++, out += line) {
    const int source = y - d->move_y;
    if (source < 0 || source >= from->h || begin >= end) {
      memset(out, 0, line * sizeof *out);
      continue;
    }
    memset(out, 0, (size_t)begin * c * sizeof *out);
    copy_pixels(from, (size_t)source * line + (size_t)(begin - right) * c,
                (size_t)(end - begin) * c, out + (size_t)begin * c);
    memset(out + (size_t)end * c, 0, (size_t)(from->w - end) * c * sizeof *out);
    if (d->mirror) mirror_row(out, from->w, from->c);
  }
}

/* A number near the image's edge, where some of the four are outside. */
static float edge_pixel(const dpb__image *from, int x, int y, int k) {
  if (x < 0 || y < 0 || x >= from->w || y >= from->h) return 0.0f;
  return pixel(from,
               ((size_t)y * (size_t)from->w + (size_t)x) * (size_t)from->c + (size_t)k);
}

static float mix(float a, float b, float c, float d, float fx, float fy) {
  const float top = a + fx * (b - a);
  const float bottom = c + fx * (d - c);
  return top + fy * (bottom - top);
}

static void sample_edge(const dpb__image *from, float sx, float sy, float *out) {
  /* Beyond a pixel of 0 around the image there is nothing but 0. */
  if (!(sx > -1.0f && sy > -1.0f && sx < (float)from->w && sy < (float)from->h)) {
    memset(out, 0, (size_t)from->c * sizeof *out);
    return;
  }
  const int x = (int)(sx + 1.0f) - 1; /* rounds down from -1 on */
  const int y = (int)(sy + 1.0f) - 1;
  for (int k = 0; k < from->c; k++)
    out[k] = mix(edge_pixel(from, x, y, k), edge_pixel(from, x + 1, y, k),
                 edge_pixel(from, x, y + 1, k), edge_pixel(from, x + 1, y + 1, k),
                 sx - (float)x, sy - (float)y);
}

/* The map from pixels to places in the source. */
typedef struct map {
  float xx, xy, x0;
  float yx, yy, y0;
  float left, up; /* of the first pixel */
} map;

static map map_of(const dpb__image *from, const dpb__warp *d) {
  const double cx = 0.5 * (from->w - 1);
  const double cy = 0.5 * (from->h - 1);
  const double side = d->mirror ? -1.0 : 1.0;
  return (map){.xx = (float)(side * cos(d->angle) / d->zoom),
               .xy = (float)(side * sin(d->angle) / d->zoom),
               .x0 = (float)cx,
               .yx = (float)(-sin(d->angle) / d->zoom),
               .yy = (float)(cos(d->angle) / d->zoom),
               .y0 = (float)cy,
               .left = (float)(-cx - d->move_x),
               .up = (float)(-cy - d->move_y)};
}

/* One row of pixels; channels and bytes are constants where it counts. */
static inline void sample_row(const dpb__image *from, const map *m, int y, size_t c,
                              bool bytes, float *out) {
  const size_t line = (size_t)from->w * c;
  const float last_x = (float)(from->w - 1);
  const float last_y = (float)(from->h - 1);
  const float v = (float)y + m->up;
  const float row_x = m->x0 + m->xy * v;
  const float row_y = m->y0 + m->yy * v;
  for (int x = 0; x < from->w; x++, out += c) {
    const float u = (float)x + m->left;
    const float sx = row_x + m->xx * u;
    const float sy = row_y + m->yx * u;
    if (!(sx >= 0.0f && sy >= 0.0f && sx < last_x && sy < last_y)) {
      sample_edge(from, sx, sy, out);
      continue;
    }
    const int i = (int)sx;
    const int j = (int)sy;
    const size_t at = (size_t)j * line + (size_t)i * c;
    const float fx = sx - (float)i;
    const float fy = sy - (float)j;
    const uint8_t *b = bytes ? from->bytes + at : NULL;
    const float *f = bytes ? NULL : from->floats + at;
    for (size_t k = 0; k < c; k++)
      out[k] = bytes ? from->unit * mix((float)b[k], (float)b[c + k], (float)b[line + k],
                                        (float)b[line + c + k], fx, fy)
                     : mix(f[k], f[c + k], f[line + k], f[line + c + k], fx, fy);
  }
}

static void sample_all(const dpb__image *from, const dpb__warp *d, float *out) {
  const map m = map_of(from, d);
  const size_t c = (size_t)from->c;
  const size_t line = (size_t)from->w * c;
  for (int y = 0; y < from->h; y++, out += line) {
    if (from->bytes && c == 1)
      sample_row(from, &m, y, 1, true, out);
    else if (from->bytes && c == 3)
      sample_row(from, &m, y, 3, true, out);
    else
      sample_row(from, &m, y, c, from->bytes != NULL, out);
  }
}

void dpb__warp_image(const dpb__image *from, const dpb__warp *warp, float *out) {
  const bool copied =
      warp->angle >= 0 && warp->angle <= 0 && warp->zoom >= 1 && warp->zoom <= 1;
  if (copied)
    copy_moved(from, warp, out);
  else
    sample_all(from, warp, out);
}
