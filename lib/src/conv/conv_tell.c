/* SPDX-License-Identifier: MIT
 *
 * What a convolution's plan comes to, in numbers: the calls of the matrix product.
 */
#include "conv/conv_tiles.h"

static size_t divide_up(int a, int b) {
  return (size_t)(a / b + (a % b != 0));
}

static const dpb__product *product_of(const dpb__conv *conv, dpb_product_kind kind) {
  if (kind == DPB_PRODUCT_WEIGHT_GRADIENT) return &conv->weights;
  return kind == DPB_PRODUCT_FORWARD ? &conv->forward : &conv->data;
}

/* col * W, its transpose times dY, or dY times the transpose of W; by groups, the
 * transposes of all that. */
static dpb_gemm_size size_of(const dpb__conv *conv, dpb_product_kind kind, int places) {
  const dpb__product *product = product_of(conv, kind);
  const int patch = (int)dpb__place_size(product);
  const int filters = product->filters / product->groups;
  const bool turned = product->how == DPB__LOWER_GROUPS;
  if (kind == DPB_PRODUCT_WEIGHT_GRADIENT)
    return (dpb_gemm_size){.m = patch, .n = filters, .k = places};
  if (kind == DPB_PRODUCT_DATA_GRADIENT && !conv->data_is_forward)
    return turned ? (dpb_gemm_size){.m = patch, .n = places, .k = filters}
                  : (dpb_gemm_size){.m = places, .n = patch, .k = filters};
  return turned ? (dpb_gemm_size){.m = filters, .n = places, .k = patch}
                : (dpb_gemm_size){.m = places, .n = filters, .k = patch};
}

void dpb__conv_tell(const dpb__conv *conv, dpb_product_kind kind, int n,
                    dpb_product_plan *plan) {
  const dpb__product *product = product_of(conv, kind);
  const dpb__patches *patches = &product->patches;
  const bool turned = kind == DPB_PRODUCT_DATA_GRADIENT &&
                      (conv->data_is_forward || product->how != DPB__LOWER_GROUPS);
  const size_t floats = product->scratch + (turned ? conv->weight_count : 0);
  dpb__tile tile = dpb__tile_begin(product, n);
  tile.rows = product->rows;
  *plan = (dpb_product_plan){.lowering = dpb__lowering_name(product->how),
                             .images = tile.images,
                             .rows = tile.rows,
                             .workspace = floats * sizeof(float)};
  plan->gemm = size_of(conv, kind, dpb__tile_places(product, &tile));
  plan->calls = divide_up(n, product->images) * divide_up(patches->out_h, product->rows) *
                (size_t)product->groups;
  if (dpb__is_lines(product->how)) plan->calls *= (size_t)patches->window.kernel_h;
}
