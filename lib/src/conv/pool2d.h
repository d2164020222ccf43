/* SPDX-License-Identifier: MIT
 *
 * Pooling (section 7.3): what a window sees is one number, channel by channel. Images are
 * n, h, w, c. The pad does not take part: for the maximum it counts as -inf, and the mean
 * is that of the pixels which are there.
 */
#ifndef DPB_CONV_POOL2D_H
#define DPB_CONV_POOL2D_H

#include <stdbool.h>
#include <stdint.h>

#include "conv/patches.h"

/* Windows of more pixels than this keep no note of where the maximum was; backward looks
 * for it again. */
#define DPB__POOL_NOTED 255

static inline int dpb__pool_is_noted(const dpb__patches *patches) {
  return patches->window.kernel_h <= DPB__POOL_NOTED / patches->window.kernel_w;
}

/* Errors of dpb_window_places; DPB_ERR_SHAPE when the pad is as large as the window,
 * which could then see nothing but pad. */
dpb_status dpb__pool_plan(const dpb_window *window, const dpb_hwc *in,
                          dpb__patches *patches);

/* which: for each output, the number of the pixel in its window that it came from (the
 * first of equals; NaN counts as the largest); NULL: not wanted. b: added to each
 * maximum, channel by channel; NULL: nothing. relu: there is a ReLU in front, and the
 * gradient is to be that of both: where the maximum is not above 0, none. With noted
 * windows, x may then be the ReLU's input as well as its output: y is the same, for the
 * largest of numbers stays the largest when b is added to all of them, and when those
 * below 0 become 0. */
void dpb__max_pool(const dpb__patches *patches, const float *b, bool relu, int n,
                   const float *x, float *y, uint8_t *which);

/* dx is written; which is NULL for windows of more than DPB__POOL_NOTED pixels. */
void dpb__max_pool_gradient(const dpb__patches *patches, bool relu, int n, const float *x,
                            const float *dy, const uint8_t *which, float *dx);

void dpb__avg_pool(const dpb__patches *patches, int n, const float *x, float *y);

/* scratch: floats of one output row. */
void dpb__avg_pool_gradient(const dpb__patches *patches, int n, const float *dy,
                            float *dx, float *scratch);

#endif
