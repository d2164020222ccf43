/* SPDX-License-Identifier: MIT
 *
 * dX from dY.
 *
 * With stride 1, pixel (y, x) of dX is the sum over ky, kx of W[ky, kx] dY[y + pad - ky *
 * dilation, ...]: a convolution of dY whose kernels are flipped in both directions, and
 * whose pad is what the window has over the old pad. It adds up in the matrix product
 * itself. Else the products dY * W^T are rows of the column matrix, which are added into
 * the image.
 */
#include <string.h>

#include "blas/gemm.h"
#include "conv/conv_tiles.h"
#include "simd/image.h"
#include "simd/vec.h"

/* Weights (kernel_h, kernel_w, c / groups, filters), flipped and with channels for
 * filters: (kernel_h, kernel_w, filters / groups, c). */
static void flip(const dpb__conv *conv, const float *w, float *flipped) {
  const dpb__product *forward = &conv->forward;
  const size_t groups = (size_t)forward->groups;
  const size_t filters = (size_t)forward->filters;
  const size_t c = (size_t)forward->patches.in.c;
  const size_t block = filters / groups;
  const size_t channels = c / groups;
  const size_t taps = dpb__patch_size(&forward->patches) / c;
  const dpb__image *kernels = dpb__image_get();
  for (size_t tap = 0; tap < taps; tap++) {
    const float *from = w + (taps - 1 - tap) * channels * filters;
    for (size_t g = 0; g < groups; g++)
      kernels->to_planes(channels, block, from + g * block, filters,
                         flipped + tap * block * c + g * channels, c);
  }
}

static void add_tile(const dpb__product *product, const dpb__tile *tile, const float *dy,
                     const float *turned, float *dx, float *col) {
  const int block = product->filters / product->groups;
  const size_t image = dpb__image_size(&product->patches.in);
  const float *from = dy + dpb__tile_at(product, tile) * (size_t)product->filters;
  for (int g = 0; g < product->groups; g++) {
    const dpb__patches patches = dpb__group(product, g);
    const int patch = (int)dpb__patch_size(&patches);
    const size_t rows = (size_t)(tile->rows * patches.out_w);
    dpb__gemm(DPB__PLAIN, DPB__PLAIN, dpb__tile_places(product, tile), patch, block,
              from + (size_t)g * (size_t)block, product->filters,
              turned + (size_t)g * (size_t)block * (size_t)patch, patch, 0.0f, col,
              patch);
    for (int i = 0; i < tile->images; i++)
      dpb__patch_rows_add(&patches, col + (size_t)i * rows * (size_t)patch, tile->first,
                          tile->rows, dx + (size_t)(tile->image + i) * image);
  }
}

static void add_rows(const dpb__conv *conv, int n, const float *dy, const float *w,
                     float *dx, float *scratch) {
  const dpb__product *product = &conv->data;
  const size_t block = (size_t)(product->filters / product->groups);
  const size_t patch = dpb__patch_size(&product->patches) / (size_t)product->groups;
  for (size_t g = 0; g < (size_t)product->groups; g++)
    dpb__image_get()->to_planes(patch, block, w + g * block, (size_t)product->filters,
                                scratch + g * block * patch, patch);
  memset(dx, 0, (size_t)n * dpb__image_size(&product->patches.in) * sizeof *dx);
  for (dpb__tile tile = dpb__tile_begin(product, n); !dpb__tile_ended(&tile, n);
       dpb__tile_next(product, n, &tile))
    add_tile(product, &tile, dy, scratch, dx, scratch + conv->weight_count);
}

static void add_groups(const dpb__product *product, int n, const float *dy,
                       const float *w, float *dx, float *scratch) {
  for (dpb__tile tile = dpb__tile_begin(product, n); !dpb__tile_ended(&tile, n);
       dpb__tile_next(product, n, &tile))
    dpb__groups_data(product, &tile, dy, w, dx, scratch);
}

void dpb__conv_data(const dpb__conv *conv, int n, const float *dy, const float *w,
                    const float *relu_x, float *dx, float *scratch) {
  if (conv->data_is_forward) {
    flip(conv, w, scratch);
    dpb__conv_forward(&conv->data, n, dy, scratch, (dpb__finish){.relu_y = relu_x}, dx,
                      scratch + conv->weight_count);
    return;
  }
  if (conv->data.how == DPB__LOWER_GROUPS) {
    add_groups(&conv->data, n, dy, w, dx, scratch);
  } else {
    add_rows(conv, n, dy, w, dx, scratch);
  }
  if (relu_x)
    dpb__vec_get()->relu_gradient((size_t)n * dpb__image_size(&conv->data.patches.in),
                                  relu_x, dx, dx);
}
