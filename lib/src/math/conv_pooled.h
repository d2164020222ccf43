/* SPDX-License-Identifier: MIT
 *
 * The weight gradient of a convolution whose output goes through maximum pooling.
 *
 * Pooling hands each gradient to the largest of its places alone: with 2x2 windows, three
 * quarters of dY are zeros, and a product of matrices multiplies with them as with other
 * numbers. What the pooling has noted of forward tells where the others are. Summed up by
 * that,
 *
 *     dW[tap, f] = sum over windows of dy[window, f] * x[largest(window, f) + tap]
 *
 * is a quarter of the work, or less: a window whose largest the ReLU did not let through
 * has no gradient at all. There are two ways to do it:
 *
 *     patches  Many channels: what a place sees is a few long runs of the image. Window
 * by window, a filter's patches are added up, times their dy. planes   Few channels, in
 * the first layer, where nobody else wants dY: it is never made. Channel by channel, all
 * filters at a time.
 *
 * With depthwise convolutions, this is what is not a GEMM, because there is too little to
 * multiply. Where neither way applies, conv.h has what always does.
 */
#ifndef DPB_MATH_CONV_POOLED_H
#define DPB_MATH_CONV_POOLED_H

#include <stdint.h>

#include "math/conv.h"

/* Plans it for conv and the pooling behind it (or behind its ReLU), and true; or false,
 * and nothing has changed: this pooling, these channels, this CPU have no use for it.
 * alone: nobody else wants dY. */
bool dpb__conv_plan_pooled(dpb__conv *conv, const dpb__patches *pooling, bool alone,
                           size_t workspace);

/* How it is carried out, in the words of dpb_model_layer_plan. */
void dpb__conv_tell_pooled(const dpb__conv *conv, dpb_product_plan *plan);

/* As dpb__conv_weights, but dy is the gradient of the pooling's output, and which what
 * dpb__max_pool noted. */
void dpb__conv_pooled_weights(const dpb__conv *conv, int n, const float *x,
                              const float *dy, const uint8_t *which, bool add, float *dw,
                              float *db, float *scratch);

/* The two ways, with their plans: rows and scratch of pooled, or false. dw += . */
bool dpb__pooled_plan_planes(const dpb__conv *conv, dpb__conv_pooled *pooled);
bool dpb__pooled_plan_patches(const dpb__conv *conv, dpb__conv_pooled *pooled);
void dpb__pooled_add_planes(const dpb__conv *conv, int n, const float *x, const float *dy,
                            const uint8_t *which, float *dw, float *scratch);
void dpb__pooled_add_patches(const dpb__conv *conv, int n, const float *x,
                             const float *dy, const uint8_t *which, float *dw,
                             float *scratch);

/* Height and width of an image with the convolution's pad. */
static inline size_t dpb__padded_h(const dpb__patches *patches) {
  return (size_t)patches->in.h + 2 * (size_t)patches->window.pad_h;
}

static inline size_t dpb__padded_w(const dpb__patches *patches) {
  return (size_t)patches->in.w + 2 * (size_t)patches->window.pad_w;
}

/* Windows of the pooling in one image. */
static inline size_t dpb__windows(const dpb__conv_pooled *pooled) {
  return (size_t)pooled->pooling.out_h * (size_t)pooled->pooling.out_w;
}

#endif
