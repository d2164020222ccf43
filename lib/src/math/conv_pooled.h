/* SPDX-License-Identifier: MIT
 *
 * The weight gradient of a convolution whose output goes through maximum pooling.
 *
 * Pooling hands each gradient to the largest of its 2x2 places alone: three quarters of
 * dY are zeros, and a product of matrices multiplies with them as with other numbers.
 * What the pooling has noted of forward tells where the others are. Summed up by that,
 *
 *     dW[tap, f] = sum over windows of dy[window, f] * x[largest(window, f) + tap]
 *
 * is a quarter of the work, and dY need not be made at all where nobody else wants it: in
 * the first layer, which has no gradient to hand on. There, with one channel, it is a
 * quarter as well of what a matrix product is least good at.
 *
 * This is the one product with dense weights that is not a GEMM. Where it does not apply,
 * conv.h has what does.
 */
#ifndef DPB_MATH_CONV_POOLED_H
#define DPB_MATH_CONV_POOLED_H

#include <stdint.h>

#include "math/conv.h"

/* Plans it for conv and the pooling behind it (or behind its ReLU), and true; or false:
 * other kernels than 3x3 and 5x5, strides, dilation, groups, or another pooling than 2x2
 * with stride 2 and no pad, or a CPU that has no use for it. */
bool dpb__conv_plan_pooled(dpb__conv *conv, const dpb__patches *pooling,
                           size_t workspace);

/* How it is carried out, in the words of dpb_model_layer_plan. */
void dpb__conv_tell_pooled(const dpb__conv *conv, dpb_product_plan *plan);

/* As dpb__conv_weights, but dy is the gradient of the pooling's output, and which what
 * dpb__max_pool noted. */
void dpb__conv_pooled_weights(const dpb__conv *conv, int n, const float *x,
                              const float *dy, const uint8_t *which, bool add, float *dw,
                              float *db, float *scratch);

#endif
