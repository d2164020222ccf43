/* SPDX-License-Identifier: MIT
 *
 * Walking through the tiles of a convolution's product: whole images together, or rows of
 * one image.
 */
#ifndef DPB_CONV_CONV_TILES_H
#define DPB_CONV_CONV_TILES_H

#include "blas/openblas.h"
#include "conv/conv.h"

/* A megabyte: more than most second caches hold beside other things. */
#define DPB__COLD_FLOATS ((size_t)1 << 18)

/* Places of output rows [first, first + rows) of images [image, image + images). */
typedef struct dpb__tile {
  int image;
  int images;
  int first;
  int rows;
} dpb__tile;

static inline size_t dpb__image_size(const dpb_hwc *shape) {
  return (size_t)shape->h * (size_t)shape->w * (size_t)shape->c;
}

/* Places of one image. */
static inline size_t dpb__places(const dpb__product *product) {
  return (size_t)product->patches.out_h * (size_t)product->patches.out_w;
}

/* True where there is one product for each kernel row. */
static inline bool dpb__is_lines(dpb__lowering how) {
  return how == DPB__LOWER_LINES || how == DPB__LOWER_PLANE_LINES;
}

/* Floats that one place takes in one matrix product. */
static inline size_t dpb__place_size(const dpb__product *product) {
  const dpb__patches *patches = &product->patches;
  if (dpb__is_lines(product->how))
    return (size_t)patches->window.kernel_w * (size_t)patches->channels;
  return dpb__patch_size(patches) / (size_t)product->groups;
}

static inline int dpb__least(int a, int b) {
  return a < b ? a : b;
}

/* Images of a tile when there are n: tiles are of nearly equal size, for a small one at
 * the end would be a product of another kind. */
static inline int dpb__tile_images(const dpb__product *product, int n) {
  if (n < 1) return 0;
  const int tiles = (n - 1) / product->images + 1;
  return (n - 1) / tiles + 1;
}

/* Output rows of a tile. By groups it is the whole image, and cut behind its planes. */
static inline int dpb__tile_height(const dpb__product *product) {
  return product->how == DPB__LOWER_GROUPS ? product->patches.out_h : product->rows;
}

static inline dpb__tile dpb__tile_begin(const dpb__product *product, int n) {
  return (dpb__tile){0, dpb__tile_images(product, n), 0, dpb__tile_height(product)};
}

static inline bool dpb__tile_ended(const dpb__tile *tile, int n) {
  return tile->image >= n;
}

static inline void dpb__tile_next(const dpb__product *product, int n, dpb__tile *tile) {
  tile->first += tile->rows;
  if (tile->first >= product->patches.out_h) {
    tile->first = 0;
    tile->image += tile->images;
  }
  tile->images = dpb__least(dpb__tile_images(product, n), n - tile->image);
  tile->rows =
      dpb__least(dpb__tile_height(product), product->patches.out_h - tile->first);
}

/* First place of a tile, and how many it has. */
static inline size_t dpb__tile_at(const dpb__product *product, const dpb__tile *tile) {
  return (size_t)tile->image * dpb__places(product) +
         (size_t)tile->first * (size_t)product->patches.out_w;
}

static inline int dpb__tile_places(const dpb__product *product, const dpb__tile *tile) {
  return tile->images * tile->rows * product->patches.out_w;
}

/* Whether tiles are fetched before they are multiplied: kernels that pack read a matrix
 * as no core expects, which costs twice the time of fetching it where it is in no cache,
 * as when floats, all that the tiles are cut from, are many. */
static inline bool dpb__tiles_are_cold(size_t floats) {
  return floats > DPB__COLD_FLOATS && dpb__gemm_small_limit() <= 0.0;
}

/* The patches of group number g. */
static inline dpb__patches dpb__group(const dpb__product *product, int g) {
  dpb__patches patches = product->patches;
  patches.channels = patches.in.c / product->groups;
  patches.channel = g * patches.channels;
  return patches;
}

/* Rows of the column matrix (of one group) for a tile, below each other. */
static inline void dpb__tile_rows(const dpb__patches *patches, const dpb__tile *tile,
                                  const float *x, float *col) {
  const size_t image = dpb__image_size(&patches->in);
  const size_t size =
      (size_t)tile->rows * (size_t)patches->out_w * dpb__patch_size(patches);
  for (int i = 0; i < tile->images; i++)
    dpb__patch_rows(patches, x + (size_t)(tile->image + i) * image, tile->first,
                    tile->rows, col + (size_t)i * size);
}

/* What is in scratch from the tile before: lines [0, next) of this image. */
typedef struct dpb__lines {
  int image; /* -1: none */
  int next;
  dpb__planar planar; /* at is NULL: not made */
  int spare;          /* places of the spare planes in scratch; 0: none */
} dpb__lines;

/* Output rows [first, first + count). */
typedef struct dpb__rows {
  int first;
  int count;
} dpb__rows;

/* Rows of a tile that see pixels through kernel row ky (the vertical stride is 1): the
 * others see the pad, and nothing comes of that. */
static inline dpb__rows dpb__rows_seeing(const dpb__patches *patches,
                                         const dpb__tile *tile, int ky) {
  const int up = patches->window.pad_h - ky * patches->window.dilation_h;
  const int first = up > tile->first ? up : tile->first;
  const int end = dpb__least(tile->first + tile->rows, patches->in.h + up);
  return (dpb__rows){first, end > first ? end - first : 0};
}

/* How the lines of a product lie: step floats from row to row of a matrix whose rows are
 * places, or, turned, patches (of depth floats). */
typedef struct dpb__line_matrix {
  bool turned;
  int depth;
  int step;
  size_t place; /* floats from one place to the next */
  size_t down;  /* places from one kernel row to the next */
} dpb__line_matrix;

dpb__line_matrix dpb__line_matrix_of(const dpb__product *product);

/* What kernel row ky sees from place number place of a tile whose lines begin at col. */
static inline const float *dpb__line_block(const dpb__line_matrix *lines,
                                           const float *col, int ky, size_t place) {
  return col + ((size_t)ky * lines->down + place) * lines->place;
}

/* Makes sure that the lines which a tile sees are in scratch, which holds those of a
 * whole padded image; returns where the tile's begin. Turned, they are a row of
 * dpb__line_places floats for each kx, c. Lines in the pad are left out. */
const float *dpb__any_lines_for(const dpb__product *product, const dpb__tile *tile,
                                const float *x, dpb__lines *lines, float *scratch);

/* Behind the planes there is room for so many more: weight gradients put one of ones
 * there, for those of the bias, and zeros up to a number of rows that kernels like. */
#define DPB__SPARE_PLANES 4

/* All planes of a tile. */
const float *dpb__planes_for(const dpb__product *product, const dpb__tile *tile,
                             const float *x, dpb__lines *lines, float *scratch);

/* The products of one tile by groups (DPB__LOWER_GROUPS), and how many of those are
 * turned at a time. dw and dx are written, or with beta = 1 dw added to. */
int dpb__groups_at_once(const dpb__product *product);
void dpb__groups_forward(const dpb__product *product, const dpb__tile *tile,
                         const float *x, const float *w, float *y, float *scratch);
void dpb__groups_weights(const dpb__product *product, const dpb__tile *tile,
                         const float *x, const float *dy, float beta, float *dw,
                         float *scratch);
void dpb__groups_data(const dpb__product *product, const dpb__tile *tile, const float *dy,
                      const float *w, float *dx, float *scratch);

/* Lines of a whole padded image, and the places in them. */
int dpb__line_count(const dpb__patches *patches);
size_t dpb__line_places(const dpb__patches *patches);

#endif
