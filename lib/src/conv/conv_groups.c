/* SPDX-License-Identifier: MIT
 *
 * Grouped convolutions with few channels or filters to a group, depthwise ones above all:
 * a product for each group, of planes (patches.h).
 *
 * Groups beside each other are a matrix with the weights of each on its diagonal. It can
 * be multiplied in blocks of a few groups, but then most of the work is zeros, and a
 * block's rows are copied in runs of a few floats. One product for each group, on its
 * side, has neither:
 *
 *     forward   Yg^T = Wg^T Pg    (filters, places)
 *     weights   dWg = Pg dYg      (taps, filters), taps being those of all its channels
 *     data      Pg = Wg dYg^T     (taps, places), and then planes are added up to dX
 *
 * Places lie beside each other, so that kernels have long rows even for one filter.
 * Images are turned into planes and back for some groups at a time (a block: as many
 * channels as turn well), and the products go over as many places as stay in the nearer
 * caches.
 */
#include <string.h>

#include "blas/gemm.h"
#include "conv/conv_tiles.h"
#include "simd/image.h"

/* Channels or filters that the kernels turn at a time, and enough of them. */
#define TURNED 16
#define ENOUGH 64

/* Groups first .. first + count - 1 of some images, and where their numbers are. */
typedef struct block {
  const dpb__product *product;
  int first;
  int count;
  dpb__patches patches; /* of the channels of all of them */
  float *planar;        /* their channels of each image */
  float *planes;        /* of one group, for one product */
  float *side;          /* (filters, places) of Y or dY, for one product each */
} block;

static int channels_of(const dpb__product *product) {
  return product->patches.in.c / product->groups;
}

static int filters_of(const dpb__product *product) {
  return product->filters / product->groups;
}

int dpb__groups_at_once(const dpb__product *product) {
  const int channels = channels_of(product);
  const int filters = filters_of(product);
  const int most = channels > filters ? channels : filters;
  const int turned = (TURNED - 1) / dpb__least(channels, filters) + 1;
  const int groups = dpb__least(turned, most < ENOUGH ? ENOUGH / most : 1);
  return dpb__least(product->groups, groups);
}

static block block_of(const dpb__product *product, int first, float *scratch) {
  const int most = dpb__groups_at_once(product);
  block b = {.product = product,
             .first = first,
             .count = dpb__least(most, product->groups - first),
             .patches = product->patches};
  const size_t places =
      (size_t)product->images * (size_t)product->rows * (size_t)product->patches.out_w;
  b.planes = scratch;
  b.side = b.planes + dpb__place_size(product) * places;
  b.planar = b.side + (size_t)(most * filters_of(product)) * places;
  b.patches.channel = first * channels_of(product);
  b.patches.channels = b.count * channels_of(product);
  return b;
}

static int places_of(const block *b, const dpb__tile *tile) {
  return dpb__tile_places(b->product, tile);
}

/* dY or Y at the first place of a tile and the first filter of the block. */
static size_t at(const block *b, const dpb__tile *tile) {
  return dpb__tile_at(b->product, tile) * (size_t)b->product->filters +
         (size_t)(b->first * filters_of(b->product));
}

/* Numbers of group g of the block in side. */
static float *side_of(const block *b, const dpb__tile *tile, int g) {
  return b->side + (size_t)(g * filters_of(b->product)) * (size_t)places_of(b, tile);
}

/* W of group g of the block: rows are filters apart. */
static const float *weights_of(const block *b, const float *w, int g) {
  return w + (size_t)(b->first + g) * (size_t)filters_of(b->product);
}

static void turn_dy(const block *b, const dpb__tile *tile, const float *dy) {
  const size_t places = (size_t)places_of(b, tile);
  dpb__image_get()->to_planes(places, (size_t)(b->count * filters_of(b->product)),
                              dy + at(b, tile), (size_t)b->product->filters, b->side,
                              places);
}

static void turn_images(const block *b, const dpb__tile *tile, const float *x) {
  const size_t image = dpb__image_size(&b->patches.in);
  for (int i = 0; i < tile->images; i++)
    dpb__planar_image(&b->patches, x + (size_t)(tile->image + i) * image,
                      b->planar + (size_t)i * dpb__planar_size(&b->patches));
}

/* Planes of group g of the block. */
static void make_planes(const block *b, const dpb__tile *tile, int g) {
  const dpb__patches *patches = &b->patches;
  const dpb_window *window = &patches->window;
  const int channels = channels_of(b->product);
  const size_t planar = dpb__planar_size(patches);
  const size_t run = (size_t)tile->rows * (size_t)patches->out_w;
  float *to = b->planes;
  for (int tap = 0; tap < window->kernel_h * window->kernel_w; tap++)
    for (int c = 0; c < channels; c++)
      for (int i = 0; i < tile->images; i++, to += run)
        dpb__patch_plane(patches,
                         (dpb__planar){b->planar + (size_t)i * planar,
                                       planar / (size_t)patches->channels},
                         tap / window->kernel_w, tap % window->kernel_w, g * channels + c,
                         tile->first, tile->rows, to);
}

/* The part of a tile, which is of whole images, that is one product. */
static dpb__tile part_of(const dpb__product *product, const dpb__tile *tile, int first) {
  dpb__tile part = *tile;
  part.first = first;
  part.rows = dpb__least(product->rows, product->patches.out_h - first);
  return part;
}

static void multiply_part(const block *b, const dpb__tile *part, const float *w,
                          float *y) {
  const int filters = b->product->filters;
  const int places = places_of(b, part);
  for (int g = 0; g < b->count; g++) {
    make_planes(b, part, g);
    dpb__gemm(DPB__TRANSPOSED, DPB__PLAIN, filters_of(b->product), places,
              (int)dpb__place_size(b->product), weights_of(b, w, g), filters, b->planes,
              places, 0.0f, side_of(b, part, g), places);
  }
  dpb__image_get()->to_planes((size_t)(b->count * filters_of(b->product)), (size_t)places,
                              b->side, (size_t)places, y + at(b, part), (size_t)filters);
}

void dpb__groups_forward(const dpb__product *product, const dpb__tile *tile,
                         const float *x, const float *w, float *y, float *scratch) {
  for (int first = 0; first < product->groups; first += dpb__groups_at_once(product)) {
    const block b = block_of(product, first, scratch);
    turn_images(&b, tile, x);
    for (int row = 0; row < product->patches.out_h; row += product->rows) {
      const dpb__tile part = part_of(product, tile, row);
      multiply_part(&b, &part, w, y);
    }
  }
}

void dpb__groups_weights(const dpb__product *product, const dpb__tile *tile,
                         const float *x, const float *dy, float beta, float *dw,
                         float *scratch) {
  const int filters = product->filters;
  for (int first = 0; first < product->groups; first += dpb__groups_at_once(product)) {
    const block b = block_of(product, first, scratch);
    turn_images(&b, tile, x);
    for (int row = 0; row < product->patches.out_h; row += product->rows) {
      const dpb__tile part = part_of(product, tile, row);
      const int places = places_of(&b, &part);
      turn_dy(&b, &part, dy);
      for (int g = 0; g < b.count; g++) {
        make_planes(&b, &part, g);
        dpb__gemm(DPB__PLAIN, DPB__TRANSPOSED, (int)dpb__place_size(product),
                  filters_of(product), places, b.planes, places, side_of(&b, &part, g),
                  places, row == 0 ? beta : 1.0f,
                  dw + (size_t)(first + g) * (size_t)filters_of(product), filters);
      }
    }
  }
}

/* Planes of group g of the block, added to its channels. */
static void add_planes(const block *b, const dpb__tile *part, int g) {
  const dpb_window *window = &b->patches.window;
  const int channels = channels_of(b->product);
  const size_t run = (size_t)part->rows * (size_t)b->patches.out_w;
  const float *from = b->planes;
  for (int tap = 0; tap < window->kernel_h * window->kernel_w; tap++)
    for (int c = 0; c < channels; c++)
      for (int i = 0; i < part->images; i++, from += run)
        dpb__patch_plane_add(&b->patches, from, tap / window->kernel_w,
                             tap % window->kernel_w, g * channels + c, part->first,
                             part->rows,
                             b->planar + (size_t)i * dpb__planar_size(&b->patches));
}

void dpb__groups_data(const dpb__product *product, const dpb__tile *tile, const float *dy,
                      const float *w, float *dx, float *scratch) {
  const size_t image = dpb__image_size(&product->patches.in);
  for (int first = 0; first < product->groups; first += dpb__groups_at_once(product)) {
    const block b = block_of(product, first, scratch);
    const size_t planar = dpb__planar_size(&b.patches);
    memset(b.planar, 0, (size_t)tile->images * planar * sizeof *b.planar);
    for (int row = 0; row < product->patches.out_h; row += product->rows) {
      const dpb__tile part = part_of(product, tile, row);
      const int places = places_of(&b, &part);
      turn_dy(&b, &part, dy);
      for (int g = 0; g < b.count; g++) {
        dpb__gemm(DPB__PLAIN, DPB__PLAIN, (int)dpb__place_size(product), places,
                  filters_of(product), weights_of(&b, w, g), product->filters,
                  side_of(&b, &part, g), places, 0.0f, b.planes, places);
        add_planes(&b, &part, g);
      }
    }
    for (int i = 0; i < tile->images; i++)
      dpb__planar_back(&b.patches, b.planar + (size_t)i * planar,
                       dx + (size_t)(tile->image + i) * image);
  }
}
