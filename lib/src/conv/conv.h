/* SPDX-License-Identifier: MIT
 *
 * Convolution (chapter 7), lowered to matrix products through pieces of the column
 * matrix.
 *
 * Images are n, h, w, c. Weights are (kernel_h, kernel_w, c / groups, filters): row ky,
 * kx, c of this matrix goes with the same column of the column matrix. With groups, the
 * filters are cut into as many blocks as the channels, and each block sees its own
 * channels.
 *
 *     forward   Y = col(X) * W + b, and where a ReLU follows, max(Y, 0)
 *     weights   dW = col(X)^T * dY,   db = column sums of dY
 *     data      dX = image(dY * W^T); where the stride is 1, the same is a convolution of
 *               dY with the flipped kernels, and is made that way
 */
#ifndef DPB_CONV_CONV_H
#define DPB_CONV_CONV_H

#include <stdbool.h>
#include <stddef.h>

#include <deepblas/product.h>

#include "conv/patches.h"

/* How much of the column matrix is built. */
typedef enum dpb__lowering {
  /* im2col in full: any window */
  DPB__LOWER_ROWS,
  /* Along x only: each image row is spread out once, kernel_w times as large, and all
   * kernel rows look at it, one product for each. Vertical stride 1. */
  DPB__LOWER_LINES,
  /* Nothing: with a 1x1 window, the image is its own column matrix. */
  DPB__LOWER_NONE,
  /* im2col in full, turned on its side: few channels */
  DPB__LOWER_PLANES,
  /* Along x only, turned on its side: few filters. Vertical stride 1. */
  DPB__LOWER_PLANE_LINES,
  /* im2col in full, turned on its side, group by group: few channels or filters to each,
   * as in depthwise convolutions. */
  DPB__LOWER_GROUPS
} dpb__lowering;

/* One of the three products, planned. */
typedef struct dpb__product {
  dpb__patches patches;
  int filters;
  int groups;
  dpb__lowering how;
  int images;     /* whole images of one matrix product; 1 where rows are less than all */
  int rows;       /* output rows of one matrix product */
  size_t scratch; /* floats */
} dpb__product;

typedef struct dpb__conv {
  dpb__product forward;
  dpb__product weights;
  dpb__product data;
  bool data_is_forward; /* data is a convolution of dY */
  size_t weight_count;
  size_t scratch; /* floats, for any of them */
} dpb__conv;

/* Shapes and lowering, by estimate from the sizes, the caches and OpenBLAS's kernels.
 * workspace is the most bytes of scratch wanted (0: the plan's choice); the least
 * possible is taken when that is too little. DPB_ERR_ARG for filters or groups that are
 * out of range or do not divide, the errors of dpb_window_places, and DPB_ERR_SIZE. */
dpb_status dpb__conv_plan(const dpb_window *window, const dpb_hwc *in, int filters,
                          int groups, size_t workspace, dpb__conv *conv);

/* True when product can be lowered so; then the plan for it. */
bool dpb__conv_lower(dpb__product *product, dpb__lowering how, size_t workspace);

/* The name of a lowering, "along x". Static. */
const char *dpb__lowering_name(dpb__lowering how);

/* How a product is carried out for n images, in the words of dpb_model_layer_plan. */
void dpb__conv_tell(const dpb__conv *conv, dpb_product_kind kind, int n,
                    dpb_product_plan *plan);

/* What is done to the sums of a product, tile by tile, while they are in cache. */
typedef struct dpb__finish {
  const float *b;      /* added, filter by filter; NULL: none */
  bool relu;           /* then what is below 0 becomes 0 */
  const float *relu_y; /* NULL, or: 0 where this array, like y in shape, is not above 0 */
} dpb__finish;

/* n images. */
void dpb__conv_forward(const dpb__product *forward, int n, const float *x, const float *w,
                       dpb__finish finish, float *y, float *scratch);

/* dw and db are written, or with add added to; db may be NULL. */
void dpb__conv_weights(const dpb__product *weights, int n, const float *x,
                       const float *dy, bool add, float *dw, float *db, float *scratch);

/* relu_x: NULL, or x where it is the output of a ReLU, whose gradient is then taken as
 * well: dx is 0 where x is not above 0. */
void dpb__conv_data(const dpb__conv *conv, int n, const float *dy, const float *w,
                    const float *relu_x, float *dx, float *scratch);

#endif
