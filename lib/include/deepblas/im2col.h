/* SPDX-License-Identifier: MIT
 *
 * im2col and col2im (section 7.4): how a convolution becomes one matrix product.
 *
 * A filter looks at the image through a window of kernel_h x kernel_w pixels. Each place
 * of the window is an output pixel; what it sees there, its patch, becomes one row of the
 * column matrix. Then all filters at all places are one product:
 *
 *     Y[n*out_h*out_w, filters] = col[n*out_h*out_w, kernel_h*kernel_w*c] * W + b
 *
 * A 3x3 image with one channel and a 2x2 kernel, stride 1, no pad:
 *
 *     image        col          ky,kx = 0,0  0,1  1,0  1,1
 *     a b c        output (0,0) [         a    b    d    e ]
 *     d e f        output (0,1) [         b    c    e    f ]
 *     g h i        output (1,0) [         d    e    g    h ]
 *                  output (1,1) [         e    f    h    i ]
 *
 * Rows count the places: image, then output row, then output column. Columns count the
 * patch: kernel row, kernel column, and channel fastest, because images lie as n, h, w, c
 * here. (The book keeps images as n, c, h, w, so its columns count channel, kernel row,
 * kernel column: the same numbers in another order.) Where the window hangs over the
 * border, into the pad, the entry is 0.
 *
 * An image pixel stands in as many entries as there are windows that see it. im2col
 * copies it there; col2im adds all those entries up, which is what the gradient needs:
 * sum(im2col(x) * col) == sum(x * col2im(col)) for any x and col.
 *
 * Layers do not build this matrix for a whole mini-batch: it is kernel_h * kernel_w times
 * as large as the images.
 */
#ifndef DEEPBLAS_IM2COL_H
#define DEEPBLAS_IM2COL_H

#include <stddef.h>

#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a filter looks. Each field is meant as it stands: a stride of 0 is an error. */
typedef struct dpb_window {
  int kernel_h;
  int kernel_w;
  int stride_h; /* pixels from one place to the next */
  int stride_w;
  int pad_h; /* rows of zeros above, and as many below */
  int pad_w;
  int dilation_h; /* pixels from one kernel row to the next; 1: no gaps */
  int dilation_w;
} dpb_window;

/* Places of the window on an image: *out_h = (h + 2 pad - dilation (kernel - 1) - 1) /
 * stride + 1, and *out_w alike. DPB_ERR_ARG names a field that is out of range,
 * DPB_ERR_SHAPE says "kernel 5x5 is larger than its padded input 4x4", DPB_ERR_SIZE: the
 * padded image does not fit in an int. Both are 0 on failure. */
DPB_API dpb_status dpb_window_places(const dpb_window *window, const dpb_hwc *in,
                                     int *out_h, int *out_w);

/* Shape of the column matrix of n images. Errors as above, DPB_ERR_ARG for n below 1,
 * DPB_ERR_SIZE when the matrix would not fit in memory. */
DPB_API dpb_status dpb_im2col_shape(const dpb_window *window, const dpb_hwc *in, int n,
                                    size_t *rows, size_t *columns);

/* Which number of x[n, h, w, c] stands at (row, column) of the column matrix; -1 for the
 * zeros of the pad. Rows go on from image to image, however many there are. -1 too for a
 * window that dpb_window_places refuses, and for a column outside of the matrix. */
DPB_API ptrdiff_t dpb_im2col_source(const dpb_window *window, const dpb_hwc *in,
                                    size_t row, size_t column);

/* col = column matrix of x[n, h, w, c]. Errors as dpb_im2col_shape, DPB_ERR_ARG for
 * NULL. */
DPB_API dpb_status dpb_im2col(const dpb_window *window, const dpb_hwc *in, int n,
                              const float *x, float *col);

/* x[n, h, w, c] = for each pixel, the sum of its entries in col. x is only written. */
DPB_API dpb_status dpb_col2im(const dpb_window *window, const dpb_hwc *in, int n,
                              const float *col, float *x);

#ifdef __cplusplus
}
#endif

#endif
