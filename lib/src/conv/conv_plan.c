/* SPDX-License-Identifier: MIT
 *
 * Shapes of a convolution, and how its three products are lowered, by estimate.
 *
 * A tile is as many places as OpenBLAS's unpacked path takes (where the kernels in use
 * have one), and no more than its part of the column matrix fits in cache.
 */
#include <limits.h>
#include <stdint.h>

#include "base/cpu.h"
#include "base/error.h"
#include "base/size.h"
#include "blas/openblas.h"
#include "conv/conv_tiles.h"

/* A part of the column matrix of this many bytes lies in the second cache of any present
 * core, beside what it is multiplied with. */
#define TILE_BYTES 262144

/* The same of planes of one group, beside those that are turned. */
#define GROUP_BYTES 65536

/* Weights that no second cache holds. */
#define LARGE_WEIGHTS 4194304

/* Below this many places a product is too small to be worth the unpacked path. */
#define FEWEST_PLACES 24

/* OpenBLAS's unpacked A * B keeps four sums for so few columns, A^T * B eight. */
#define FEW_FILTERS 16

/* Channels of a group from which rows of the column matrix are worth their copying, and
 * those of 1x1 convolutions, which are not copied. */
#define WIDE_GROUP 16
#define SHORT_RUN  8

/* Patches of so few channels are better copied as planes. */
#define FEW_CHANNELS 4

const char *dpb__lowering_name(dpb__lowering how) {
  switch (how) {
  case DPB__LOWER_ROWS:
    return "full";
  case DPB__LOWER_LINES:
    return "along x";
  case DPB__LOWER_NONE:
    return "none";
  case DPB__LOWER_PLANES:
    return "full, planes";
  case DPB__LOWER_PLANE_LINES:
    return "along x, planes";
  case DPB__LOWER_GROUPS:
    return "by group, planes";
  }
  return "unknown";
}

static bool planar_fits(const dpb__patches *patches) {
  size_t count = 0;
  return dpb__size_mul((size_t)patches->in.h + 2 * (size_t)patches->window.pad_h,
                       (size_t)patches->in.w + 2 * (size_t)patches->window.pad_w,
                       &count) &&
         dpb__size_mul(count, 2 * (size_t)patches->in.c, &count) && count <= INT_MAX;
}

static bool can_lower(const dpb__product *product, dpb__lowering how) {
  const dpb__patches *patches = &product->patches;
  const dpb_window *window = &patches->window;
  switch (how) {
  case DPB__LOWER_ROWS:
    return true;
  case DPB__LOWER_NONE:
    return window->kernel_h == 1 && window->kernel_w == 1 && window->stride_h == 1 &&
           window->stride_w == 1 && window->pad_h == 0 && window->pad_w == 0;
  case DPB__LOWER_PLANES:
    return product->groups == 1 && planar_fits(patches);
  case DPB__LOWER_LINES:
  case DPB__LOWER_PLANE_LINES:
    return product->groups == 1 && window->stride_h == 1 &&
           dpb__line_places(patches) <= INT_MAX && planar_fits(patches);
  case DPB__LOWER_GROUPS:
    return product->groups > 1 && planar_fits(patches);
  }
  return false;
}

/* A block of groups that are turned at a time: its filters, and its channels as patches.
 */
static size_t filters_of_block(const dpb__product *product) {
  return (size_t)dpb__groups_at_once(product) *
         ((size_t)product->filters / (size_t)product->groups);
}

static dpb__patches patches_of_block(const dpb__product *product) {
  dpb__patches patches = product->patches;
  patches.channels = dpb__groups_at_once(product) * (patches.in.c / product->groups);
  return patches;
}

/* Places whose part of the column matrix is so many bytes; by groups, what is turned of Y
 * is in cache, too. */
static double most_places(const dpb__product *product, size_t bytes) {
  const double k = (double)dpb__place_size(product);
  const double n = (double)product->filters / product->groups;
  const double small = dpb__gemm_small_limit() / (n * k);
  double places = (double)bytes / sizeof(float) / k;
  if (small >= FEWEST_PLACES && small < places) places = small;
  if (product->how != DPB__LOWER_GROUPS) return places;
  const double turned = TILE_BYTES / sizeof(float) / (double)filters_of_block(product);
  return turned < places ? turned : places;
}

/* Images of one product; by groups, no more than stay in cache when they are turned. */
static double most_images(const dpb__product *product, double places) {
  const double images = places / (double)dpb__places(product);
  if (product->how == DPB__LOWER_ROWS || product->how == DPB__LOWER_NONE) return images;
  if (product->how != DPB__LOWER_GROUPS) return 1;
  const dpb__patches block = patches_of_block(product);
  const double turned = TILE_BYTES / sizeof(float) / (double)dpb__planar_size(&block);
  return turned < images ? turned : images;
}

static void choose_tile(dpb__product *product, size_t bytes) {
  const dpb__patches *patches = &product->patches;
  const double places = most_places(product, bytes);
  const double rows = places / patches->out_w;
  DPB__KNOWN(patches->out_h >= 1);
  product->images = 1;
  product->rows = rows < 1 ? 1 : rows < patches->out_h ? (int)rows : patches->out_h;
  /* tiles of one image are of nearly equal size */
  const int tiles = (patches->out_h + product->rows - 1) / product->rows;
  product->rows = (patches->out_h + tiles - 1) / tiles;
  if (product->rows < patches->out_h) return;
  const double images = most_images(product, places);
  product->images = images > 1 ? (int)images : 1;
}

/* What planes take besides themselves: the planar image, and for all planes the spare
 * ones, and the gradients of weights and bias together. */
static bool add_planar(const dpb__product *product, size_t places, size_t *floats) {
  const dpb__patches *patches = &product->patches;
  if (product->how != DPB__LOWER_PLANES && product->how != DPB__LOWER_PLANE_LINES)
    return true;
  if (product->how == DPB__LOWER_PLANE_LINES && dpb__patch_home(patches) >= 0)
    return true; /* it lies among the planes */
  if (!dpb__size_add(*floats, dpb__planar_size(patches), floats)) return false;
  if (product->how == DPB__LOWER_PLANE_LINES) return true;
  const size_t rows = dpb__patch_size(patches) + DPB__SPARE_PLANES;
  size_t spare = 0;
  return dpb__size_mul(places, DPB__SPARE_PLANES, &spare) &&
         dpb__size_add(*floats, spare, floats) &&
         dpb__size_add(*floats, rows * (size_t)product->filters, floats);
}

/* What groups take besides the planes of one: those of a block that are turned. */
static bool add_groups(const dpb__product *product, size_t places, size_t *floats) {
  if (product->how != DPB__LOWER_GROUPS) return true;
  const dpb__patches block = patches_of_block(product);
  size_t planar = 0;
  size_t side = 0;
  return dpb__size_mul(dpb__planar_size(&block), (size_t)product->images, &planar) &&
         dpb__size_mul(filters_of_block(product), places, &side) &&
         dpb__size_add(*floats, planar, floats) && dpb__size_add(*floats, side, floats);
}

/* Floats of scratch; false when they cannot be counted. */
static bool count_scratch(dpb__product *product) {
  const dpb__patches *patches = &product->patches;
  size_t places = 0;
  size_t bytes = 0;
  if (product->how == DPB__LOWER_NONE) {
    product->scratch = 0;
    return true;
  }
  if (dpb__is_lines(product->how))
    places = dpb__line_places(patches);
  else if (!dpb__size_mul((size_t)product->images * (size_t)product->rows,
                          (size_t)patches->out_w, &places))
    return false;
  return dpb__size_mul(places, dpb__place_size(product), &product->scratch) &&
         add_planar(product, places, &product->scratch) &&
         add_groups(product, places, &product->scratch) &&
         dpb__size_mul(product->scratch, sizeof(float), &bytes) && bytes <= PTRDIFF_MAX;
}

/* Bytes of a tile's part of the column matrix. Where the weights are larger than a cache,
 * each tile reads them from memory, and pays for that by being as large as they are. */
static size_t tile_bytes(const dpb__product *product, size_t workspace) {
  const size_t weights =
      dpb__place_size(product) * (size_t)product->filters * sizeof(float);
  size_t wanted = weights > LARGE_WEIGHTS ? weights : TILE_BYTES;
  if (product->how == DPB__LOWER_GROUPS) wanted = GROUP_BYTES;
  return workspace > 0 && workspace < wanted ? workspace : wanted;
}

bool dpb__conv_lower(dpb__product *product, dpb__lowering how, size_t workspace) {
  dpb__product lowered = *product;
  lowered.how = how;
  if (!can_lower(product, how)) return false;
  choose_tile(&lowered, tile_bytes(&lowered, workspace));
  if (!count_scratch(&lowered)) return false;
  if (workspace > 0 && how != DPB__LOWER_ROWS &&
      lowered.scratch > workspace / sizeof(float))
    return false;
  *product = lowered;
  return true;
}

/* Few filters on a core that needs more than four sums: turning the image pays. */
static bool is_narrow(const dpb__product *product) {
  return product->filters <= FEW_FILTERS && dpb__gemm_small_limit() > 0 &&
         dpb__cpu_is_wide();
}

/* Rows of the column matrix are copied in runs as long as a group has channels: where
 * these are short, planes are better. */
static bool lower_groups(dpb__product *product, size_t workspace) {
  const int channels = product->patches.in.c / product->groups;
  if (channels >= WIDE_GROUP) return false;
  return (channels >= SHORT_RUN &&
          dpb__conv_lower(product, DPB__LOWER_NONE, workspace)) ||
         dpb__conv_lower(product, DPB__LOWER_GROUPS, workspace);
}

/* The first that can be, of a list that ends with what always can. narrow_planes: few
 * filters are better off with planes. */
static bool lower(dpb__product *product, bool narrow_planes, size_t workspace) {
  if (lower_groups(product, workspace) ||
      dpb__conv_lower(product, DPB__LOWER_NONE, workspace))
    return true;
  if (product->patches.in.c <= FEW_CHANNELS &&
      dpb__conv_lower(product, DPB__LOWER_PLANES, workspace))
    return true;
  const bool large = dpb__patch_size(&product->patches) * (size_t)product->filters >
                     LARGE_WEIGHTS / sizeof(float);
  if (narrow_planes && !large && is_narrow(product) &&
      dpb__conv_lower(product, DPB__LOWER_PLANE_LINES, workspace))
    return true;
  return (!large && dpb__conv_lower(product, DPB__LOWER_LINES, workspace)) ||
         dpb__conv_lower(product, DPB__LOWER_ROWS, workspace);
}

static dpb_status check_groups(const dpb_hwc *in, int filters, int groups) {
  if (filters < 1)
    return dpb__fail(DPB_ERR_ARG, "filters is %d, must be at least 1", filters);
  if (groups < 1)
    return dpb__fail(DPB_ERR_ARG, "groups is %d, must be at least 1", groups);
  if (in->c % groups != 0)
    return dpb__fail(DPB_ERR_SHAPE, "groups is %d, must divide the %d channels", groups,
                     in->c);
  if (filters % groups != 0)
    return dpb__fail(DPB_ERR_SHAPE, "groups is %d, must divide the %d filters", groups,
                     filters);
  return DPB_OK;
}

/* Everything that is counted in an int by OpenBLAS, or in bytes. */
static dpb_status check_sizes(const dpb__product *product, size_t *weights) {
  const dpb__patches *patches = &product->patches;
  const dpb_window *window = &patches->window;
  const size_t filters = (size_t)product->filters;
  size_t patch = 0;
  size_t bytes = 0;
  if (!dpb__size_mul((size_t)window->kernel_h, (size_t)window->kernel_w, &patch) ||
      !dpb__size_mul(patch, (size_t)(patches->in.c / product->groups), &patch) ||
      patch > INT_MAX || !dpb__size_mul(patch, filters, weights) ||
      !dpb__size_mul(*weights, sizeof(float), &bytes) || bytes > PTRDIFF_MAX / 2)
    return dpb__fail(DPB_ERR_SIZE, "W (%d, %d, %d, %d) is too large", product->filters,
                     patches->in.c / product->groups, window->kernel_h, window->kernel_w);
  size_t out = 0;
  if (!dpb__size_mul((size_t)patches->out_h, (size_t)patches->out_w, &out) ||
      out > INT_MAX || !dpb__size_mul(out, filters, &out) || out > INT_MAX)
    return dpb__fail(DPB_ERR_SIZE, "output %dx%dx%d is too large", patches->out_h,
                     patches->out_w, product->filters);
  return DPB_OK;
}

/* The gradient of the data as a convolution of dY, when it is one. */
static bool plan_data_as_forward(dpb__conv *conv) {
  const dpb__product *forward = &conv->forward;
  dpb_window window = forward->patches.window;
  const dpb_hwc out = {forward->patches.out_h, forward->patches.out_w, forward->filters};
  window.pad_h = (window.kernel_h - 1) * window.dilation_h - window.pad_h;
  window.pad_w = (window.kernel_w - 1) * window.dilation_w - window.pad_w;
  if (window.stride_h != 1 || window.stride_w != 1 || window.pad_h < 0 ||
      window.pad_w < 0)
    return false;
  dpb__product data = *forward;
  if (dpb__patches_plan(&window, &out, &data.patches) != DPB_OK) return false;
  data.filters = forward->patches.in.c;
  conv->data = data;
  return true;
}

static dpb_status too_large(const dpb__conv *conv) {
  return dpb__fail(DPB_ERR_SIZE, "column matrix of %zu columns is too large",
                   dpb__patch_size(&conv->forward.patches));
}

static dpb_status share_scratch(dpb__conv *conv) {
  size_t most = 0;
  if (!dpb__size_add(conv->weight_count, conv->data.scratch, &most))
    return too_large(conv);
  if (most < conv->forward.scratch) most = conv->forward.scratch;
  if (most < conv->weights.scratch) most = conv->weights.scratch;
  conv->scratch = most;
  return DPB_OK;
}

static dpb_status plan_products(dpb__conv *conv, size_t workspace) {
  dpb__product *forward = &conv->forward;
  conv->weights = *forward;
  bool fits = lower(forward, true, workspace);
  fits = fits && lower(&conv->weights, false, workspace);
  conv->data_is_forward = plan_data_as_forward(conv);
  if (conv->data_is_forward) {
    fits = fits && lower(&conv->data, true, workspace);
  } else {
    conv->data = *forward;
    fits = fits && (lower_groups(&conv->data, workspace) ||
                    dpb__conv_lower(&conv->data, DPB__LOWER_ROWS, workspace));
  }
  return fits ? share_scratch(conv) : too_large(conv);
}

dpb_status dpb__conv_plan(const dpb_window *window, const dpb_hwc *in, int filters,
                          int groups, size_t workspace, dpb__conv *conv) {
  *conv = (dpb__conv){.forward = {.filters = filters, .groups = groups}};
  dpb_status status = dpb__patches_plan(window, in, &conv->forward.patches);
  if (status == DPB_OK) status = check_groups(in, filters, groups);
  if (status == DPB_OK) status = check_sizes(&conv->forward, &conv->weight_count);
  if (status == DPB_OK) status = plan_products(conv, workspace);
  return status;
}
