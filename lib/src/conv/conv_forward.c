/* SPDX-License-Identifier: MIT
 *
 * Y = col(X) * W + b, tile by tile: the products are made from a part of the column
 * matrix that is in cache, and so are the tile's rows of Y when bias and ReLU come to
 * them.
 */
#include <string.h>

#include "base/cache.h"
#include "blas/gemm.h"
#include "conv/conv_tiles.h"
#include "simd/vec.h"

/* What the tiles have in common. */
typedef struct job {
  const dpb__product *product;
  const float *x;
  const float *w;
  dpb__finish finish;
  float *y;
  float *scratch;
  bool cold; /* x: see dpb__tiles_are_cold */
} job;

/* The tile's rows of Y. */
static float *tile_of_y(const job *j, const dpb__tile *tile) {
  return j->y + dpb__tile_at(j->product, tile) * (size_t)j->product->filters;
}

static void finish_tile(const job *j, const dpb__tile *tile) {
  const dpb__vec *kernels = dpb__vec_get();
  const size_t filters = (size_t)j->product->filters;
  const size_t places = (size_t)dpb__tile_places(j->product, tile);
  const dpb__finish *finish = &j->finish;
  float *y = tile_of_y(j, tile);
  if (finish->b)
    (finish->relu ? kernels->relu_rows : kernels->add_rows)(places, filters, finish->b,
                                                            y);
  else if (finish->relu)
    kernels->relu(places * filters, y, y);
  if (finish->relu_y)
    kernels->relu_gradient(places * filters, finish->relu_y + (y - j->y), y, y);
}

static void multiply_rows(const job *j, const dpb__tile *tile) {
  const dpb__product *product = j->product;
  const int places = dpb__tile_places(product, tile);
  const int block = product->filters / product->groups;
  float *y = tile_of_y(j, tile);
  for (int g = 0; g < product->groups; g++) {
    const dpb__patches patches = dpb__group(product, g);
    const int patch = (int)dpb__patch_size(&patches);
    dpb__tile_rows(&patches, tile, j->x, j->scratch);
    dpb__gemm(DPB__PLAIN, DPB__PLAIN, places, block, patch, j->scratch, patch,
              j->w + (size_t)g * (size_t)block, product->filters, 0.0f,
              y + (size_t)g * (size_t)block, product->filters);
  }
}

static void multiply_image(const job *j, const dpb__tile *tile) {
  const dpb__product *product = j->product;
  const int c = product->patches.in.c;
  const int channels = c / product->groups;
  const int block = product->filters / product->groups;
  const float *x = j->x + dpb__tile_at(product, tile) * (size_t)c;
  float *y = tile_of_y(j, tile);
  const int places = dpb__tile_places(product, tile);
  if (j->cold) dpb__fetch(x, (size_t)places * (size_t)c);
  for (int g = 0; g < product->groups; g++)
    dpb__gemm(DPB__PLAIN, DPB__PLAIN, places, block, channels,
              x + (size_t)g * (size_t)channels, c, j->w + (size_t)g * (size_t)block,
              product->filters, 0.0f, y + (size_t)g * (size_t)block, product->filters);
}

static void multiply_planes(const job *j, const dpb__tile *tile, dpb__lines *lines) {
  const dpb__product *product = j->product;
  const int places = dpb__tile_places(product, tile);
  const float *planes = dpb__planes_for(product, tile, j->x, lines, j->scratch);
  dpb__gemm(DPB__TRANSPOSED, DPB__PLAIN, places, product->filters,
            (int)dpb__patch_size(&product->patches), planes, places, j->w,
            product->filters, 0.0f, tile_of_y(j, tile), product->filters);
}

/* The product for kernel row ky, added to the rows of Y that see pixels through it. */
static void multiply_line(const job *j, const dpb__tile *tile, int ky, dpb__rows rows,
                          const float *col, float beta) {
  const dpb__product *product = j->product;
  const int out_w = product->patches.out_w;
  const dpb__line_matrix lines = dpb__line_matrix_of(product);
  const size_t filters = (size_t)product->filters;
  const size_t skipped = (size_t)(rows.first - tile->first) * (size_t)out_w;
  dpb__gemm(lines.turned ? DPB__TRANSPOSED : DPB__PLAIN, DPB__PLAIN, rows.count * out_w,
            product->filters, lines.depth, dpb__line_block(&lines, col, ky, skipped),
            lines.step, j->w + (size_t)ky * (size_t)lines.depth * filters,
            product->filters, beta, tile_of_y(j, tile) + skipped * filters,
            product->filters);
}

/* One product for each kernel row. The first writes Y, so it is one that all rows of the
 * tile see pixels through; where there is none, all add to zeros. */
static void multiply_lines(const job *j, const dpb__tile *tile, dpb__lines *lines) {
  const dpb__product *product = j->product;
  const int kernel_h = product->patches.window.kernel_h;
  const float *col = dpb__any_lines_for(product, tile, j->x, lines, j->scratch);
  int first = 0;
  while (first < kernel_h &&
         dpb__rows_seeing(&product->patches, tile, first).count < tile->rows)
    first++;
  if (first == kernel_h)
    memset(tile_of_y(j, tile), 0,
           (size_t)dpb__tile_places(product, tile) * (size_t)product->filters *
               sizeof(float));
  else
    multiply_line(j, tile, first, (dpb__rows){tile->first, tile->rows}, col, 0.0f);
  for (int ky = 0; ky < kernel_h; ky++) {
    const dpb__rows rows = dpb__rows_seeing(&product->patches, tile, ky);
    if (ky != first && rows.count > 0) multiply_line(j, tile, ky, rows, col, 1.0f);
  }
}

void dpb__conv_forward(const dpb__product *forward, int n, const float *x, const float *w,
                       dpb__finish finish, float *y, float *scratch) {
  const bool cold =
      dpb__tiles_are_cold((size_t)n * dpb__image_size(&forward->patches.in));
  const job j = {forward, x, w, finish, y, scratch, cold};
  dpb__lines lines = {.image = -1};
  for (dpb__tile tile = dpb__tile_begin(forward, n); !dpb__tile_ended(&tile, n);
       dpb__tile_next(forward, n, &tile)) {
    switch (forward->how) {
    case DPB__LOWER_ROWS:
      multiply_rows(&j, &tile);
      break;
    case DPB__LOWER_NONE:
      multiply_image(&j, &tile);
      break;
    case DPB__LOWER_PLANES:
      multiply_planes(&j, &tile, &lines);
      break;
    case DPB__LOWER_LINES:
    case DPB__LOWER_PLANE_LINES:
      multiply_lines(&j, &tile, &lines);
      break;
    case DPB__LOWER_GROUPS:
      dpb__groups_forward(forward, &tile, x, w, y, scratch);
      break;
    }
    finish_tile(&j, &tile);
  }
}
