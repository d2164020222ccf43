/* SPDX-License-Identifier: MIT
 *
 * dW = col(X)^T * dY, db = column sums of dY: the sums over the tiles of what comes of
 * their rows. The first tile writes dW, the others add.
 */
#include <string.h>

#include "base/cache.h"
#include "blas/gemm.h"
#include "blas/openblas.h"
#include "conv/conv_tiles.h"
#include "simd/vec.h"

/* Filters that are one vector of the widest kernels, or less. */
#define NARROW 16

typedef struct job {
  const dpb__product *product;
  const float *x;
  const float *dy;
  float *dw;
  float *db; /* may be NULL */
  float *scratch;
  bool cold; /* x and dy: see dpb__tiles_are_cold */
} job;

static const float *tile_of_dy(const job *j, const dpb__tile *tile) {
  return j->dy + dpb__tile_at(j->product, tile) * (size_t)j->product->filters;
}

static void multiply_rows(const job *j, const dpb__tile *tile, float beta) {
  const dpb__product *product = j->product;
  const int block = product->filters / product->groups;
  const float *dy = tile_of_dy(j, tile);
  for (int g = 0; g < product->groups; g++) {
    const dpb__patches patches = dpb__group(product, g);
    const int patch = (int)dpb__patch_size(&patches);
    dpb__tile_rows(&patches, tile, j->x, j->scratch);
    dpb__gemm(DPB__TRANSPOSED, DPB__PLAIN, patch, block, dpb__tile_places(product, tile),
              j->scratch, patch, dy + (size_t)g * (size_t)block, product->filters, beta,
              j->dw + (size_t)g * (size_t)block, product->filters);
  }
}

static void multiply_image(const job *j, const dpb__tile *tile, float beta) {
  const dpb__product *product = j->product;
  const int c = product->patches.in.c;
  const int channels = c / product->groups;
  const int block = product->filters / product->groups;
  const float *x = j->x + dpb__tile_at(product, tile) * (size_t)c;
  const float *dy = tile_of_dy(j, tile);
  const int places = dpb__tile_places(product, tile);
  if (j->cold) {
    dpb__fetch(x, (size_t)places * (size_t)c);
    dpb__fetch(dy, (size_t)places * (size_t)product->filters);
  }
  for (int g = 0; g < product->groups; g++)
    dpb__gemm(DPB__TRANSPOSED, DPB__PLAIN, channels, block, places,
              x + (size_t)g * (size_t)channels, c, dy + (size_t)g * (size_t)block,
              product->filters, beta, j->dw + (size_t)g * (size_t)block,
              product->filters);
}

/* Rows of dW and db together. OpenBLAS's kernels take 4 at a time, and in what remains
 * they have too few sums to be at work all the time, unless the rows are long and the
 * product is one without packing. */
static int joined_rows(const dpb__product *product) {
  const int rows = (int)dpb__patch_size(&product->patches) + 1;
  const bool narrow = product->filters <= NARROW;
  return narrow || dpb__gemm_small_limit() <= 0 ? (rows + 3) / 4 * 4 : rows;
}

/* Behind the planes, one of ones and then zeros, for so many rows. */
static void make_spare_planes(const dpb__product *product, int places, int rows,
                              float *planes, dpb__lines *lines) {
  const size_t patch = dpb__patch_size(&product->patches);
  float *ones = planes + patch * (size_t)places;
  if (lines->spare == places) return;
  for (int i = 0; i < places; i++) ones[i] = 1.0f;
  memset(ones + places, 0, ((size_t)rows - patch - 1) * (size_t)places * sizeof *planes);
  lines->spare = places;
}

/* With few columns db costs nothing as one more row of dW, behind one more plane, of
 * ones. */
static void multiply_planes(const job *j, const dpb__tile *tile, dpb__lines *lines,
                            float beta) {
  const dpb__product *product = j->product;
  const int places = dpb__tile_places(product, tile);
  float *planes = j->scratch;
  dpb__planes_for(product, tile, j->x, lines, planes);
  const int rows = j->db ? joined_rows(product) : (int)dpb__patch_size(&product->patches);
  if (j->db) make_spare_planes(product, places, rows, planes, lines);
  dpb__gemm(DPB__PLAIN, DPB__PLAIN, rows, product->filters, places, planes, places,
            tile_of_dy(j, tile), product->filters, beta, j->dw, product->filters);
}

/* Kernel row ky: the product of the lines that it sees, in the rows of the tile that see
 * any. */
static void multiply_line(const job *j, const dpb__tile *tile, int ky, const float *col,
                          float beta) {
  const dpb__product *product = j->product;
  const int out_w = product->patches.out_w;
  const dpb__line_matrix lines = dpb__line_matrix_of(product);
  const dpb__rows rows = dpb__rows_seeing(&product->patches, tile, ky);
  const size_t filters = (size_t)product->filters;
  const size_t block = (size_t)lines.depth * filters;
  float *dw = j->dw + (size_t)ky * block;
  if (rows.count == 0) {
    if (beta == 0.0f) memset(dw, 0, block * sizeof *dw);
    return;
  }
  const size_t skipped = (size_t)(rows.first - tile->first) * (size_t)out_w;
  dpb__gemm(lines.turned ? DPB__PLAIN : DPB__TRANSPOSED, DPB__PLAIN, lines.depth,
            product->filters, rows.count * out_w,
            dpb__line_block(&lines, col, ky, skipped), lines.step,
            tile_of_dy(j, tile) + skipped * filters, product->filters, beta, dw,
            product->filters);
}

static void multiply_lines(const job *j, const dpb__tile *tile, dpb__lines *lines,
                           float beta) {
  const float *col = dpb__any_lines_for(j->product, tile, j->x, lines, j->scratch);
  for (int ky = 0; ky < j->product->patches.window.kernel_h; ky++)
    multiply_line(j, tile, ky, col, beta);
}

static void multiply_tile(const job *j, const dpb__tile *tile, dpb__lines *lines,
                          float beta) {
  switch (j->product->how) {
  case DPB__LOWER_ROWS:
    multiply_rows(j, tile, beta);
    break;
  case DPB__LOWER_NONE:
    multiply_image(j, tile, beta);
    break;
  case DPB__LOWER_PLANES:
    multiply_planes(j, tile, lines, beta);
    break;
  case DPB__LOWER_LINES:
  case DPB__LOWER_PLANE_LINES:
    multiply_lines(j, tile, lines, beta);
    break;
  case DPB__LOWER_GROUPS:
    dpb__groups_weights(j->product, tile, j->x, j->dy, beta, j->dw, j->scratch);
    break;
  }
}

static void multiply_tiles(const job *j, int n, bool add) {
  const dpb__product *product = j->product;
  const size_t filters = (size_t)product->filters;
  const bool sums = j->db && product->how != DPB__LOWER_PLANES;
  dpb__lines lines = {.image = -1};
  float beta = add ? 1.0f : 0.0f;
  if (sums && !add) memset(j->db, 0, filters * sizeof *j->db);
  for (dpb__tile tile = dpb__tile_begin(product, n); !dpb__tile_ended(&tile, n);
       dpb__tile_next(product, n, &tile)) {
    multiply_tile(j, &tile, &lines, beta);
    if (sums)
      dpb__vec_get()->sum_rows((size_t)dpb__tile_places(product, &tile), filters,
                               tile_of_dy(j, &tile), j->db);
    beta = 1.0f;
  }
}

void dpb__conv_weights(const dpb__product *weights, int n, const float *x,
                       const float *dy, bool add, float *dw, float *db, float *scratch) {
  const size_t filters = (size_t)weights->filters;
  const size_t count =
      dpb__patch_size(&weights->patches) / (size_t)weights->groups * filters;
  const bool cold =
      dpb__tiles_are_cold((size_t)n * dpb__image_size(&weights->patches.in));
  job j = {weights, x, dy, dw, db, scratch, cold};
  const bool joined = db && weights->how == DPB__LOWER_PLANES;
  if (joined) j.dw = scratch + weights->scratch - count - DPB__SPARE_PLANES * filters;
  if (joined && add) {
    memcpy(j.dw, dw, count * sizeof *dw);
    memcpy(j.dw + count, db, filters * sizeof *db);
    memset(j.dw + count + filters, 0, (DPB__SPARE_PLANES - 1) * filters * sizeof *db);
  }
  multiply_tiles(&j, n, add);
  if (!joined) return;
  memcpy(dw, j.dw, count * sizeof *dw);
  memcpy(db, j.dw + count, filters * sizeof *db);
}
