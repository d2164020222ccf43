/* SPDX-License-Identifier: MIT
 *
 * The matrix products of a layer: forward, and the gradients of its data and of its
 * weights. dpb_model_layer has their sizes, dpb_model_layer_plan how each is carried out
 * (model.h).
 */
#ifndef DEEPBLAS_PRODUCT_H
#define DEEPBLAS_PRODUCT_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* C[m, n] = A[m, k] * B[k, n] */
typedef struct dpb_gemm_size {
  int m;
  int n;
  int k;
} dpb_gemm_size;

/* Which of a layer's products. */
typedef enum dpb_product_kind {
  DPB_PRODUCT_FORWARD = 0,
  DPB_PRODUCT_DATA_GRADIENT,
  DPB_PRODUCT_WEIGHT_GRADIENT
} dpb_product_kind;

/* How a product is carried out: cut into calls of a matrix product, each of which sees a
 * part of the column matrix (im2col.h) that fits in cache. Lowering is how that part is
 * made:
 *
 *     "full"             im2col, a row for each place of the window
 *     "full, planes"     the same matrix on its side: images of few channels
 *     "along x"          each image row is spread out once, kernel_w times as large, and
 *                        there is a call for each kernel row
 *     "along x, planes"  the same on its side: few filters
 *     "none"             the input is the matrix: 1x1 convolutions, and Affine
 *     "by group, planes" "full, planes" of one group of filters after the other: those
 *                        with few channels, as in depthwise convolutions */
typedef struct dpb_product_plan {
  const char *lowering; /* static; NULL: the layer has no such product */
  dpb_gemm_size gemm;   /* of one call, the largest */
  int images;           /* images of one call, in whole or in part */
  int rows;             /* output rows, of each of them, in one call */
  size_t calls;         /* for the whole mini-batch */
  size_t workspace;     /* bytes that one worker needs for it; the layers share them */
} dpb_product_plan;

#ifdef __cplusplus
}
#endif

#endif
