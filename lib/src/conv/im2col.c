/* SPDX-License-Identifier: MIT
 *
 * im2col and col2im of whole mini-batches, and the checks of a window.
 */
#include <deepblas/im2col.h>

#include <limits.h>
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/size.h"
#include "conv/patches.h"

static dpb_status check_at_least(const char *what, int h, int w, int least) {
  if (h >= least && w >= least) return DPB_OK;
  return dpb__fail(DPB_ERR_ARG, "%s is %dx%d, must be at least %d", what, h, w, least);
}

static dpb_status check_window(const dpb_window *window, const dpb_hwc *in) {
  if (!window || !in)
    return dpb__fail(DPB_ERR_ARG, "%s is NULL", window ? "in" : "window");
  if (in->h < 1 || in->w < 1 || in->c < 1)
    return dpb__fail(DPB_ERR_ARG, "image %dx%dx%d has an extent below 1", in->h, in->w,
                     in->c);
  dpb_status status = check_at_least("kernel", window->kernel_h, window->kernel_w, 1);
  if (status == DPB_OK)
    status = check_at_least("stride", window->stride_h, window->stride_w, 1);
  if (status == DPB_OK) status = check_at_least("pad", window->pad_h, window->pad_w, 0);
  if (status == DPB_OK)
    status = check_at_least("dilation", window->dilation_h, window->dilation_w, 1);
  return status;
}

static dpb_status too_large(const dpb_window *window, int64_t kernel_h, int64_t kernel_w,
                            int64_t in_h, int64_t in_w) {
  if (window->dilation_h > 1 || window->dilation_w > 1)
    return dpb__fail(DPB_ERR_SHAPE,
                     "kernel %dx%d, dilated to %lldx%lld, is larger than its padded "
                     "input %lldx%lld",
                     window->kernel_h, window->kernel_w, (long long)kernel_h,
                     (long long)kernel_w, (long long)in_h, (long long)in_w);
  return dpb__fail(DPB_ERR_SHAPE,
                   "kernel %dx%d is larger than its padded input %lldx%lld",
                   window->kernel_h, window->kernel_w, (long long)in_h, (long long)in_w);
}

dpb_status dpb_window_places(const dpb_window *window, const dpb_hwc *in, int *out_h,
                             int *out_w) {
  if (!out_h || !out_w)
    return dpb__fail(DPB_ERR_ARG, "%s is NULL", out_h ? "out_w" : "out_h");
  *out_h = *out_w = 0;
  const dpb_status status = check_window(window, in);
  if (status != DPB_OK) return status;
  const int64_t kernel_h = (window->kernel_h - INT64_C(1)) * window->dilation_h + 1;
  const int64_t kernel_w = (window->kernel_w - INT64_C(1)) * window->dilation_w + 1;
  const int64_t in_h = in->h + 2 * (int64_t)window->pad_h;
  const int64_t in_w = in->w + 2 * (int64_t)window->pad_w;
  if (in_h > INT_MAX || in_w > INT_MAX)
    return dpb__fail(DPB_ERR_SIZE, "padded input %lldx%lld is too large", (long long)in_h,
                     (long long)in_w);
  if (kernel_h > in_h || kernel_w > in_w)
    return too_large(window, kernel_h, kernel_w, in_h, in_w);
  *out_h = (int)((in_h - kernel_h) / window->stride_h + 1);
  *out_w = (int)((in_w - kernel_w) / window->stride_w + 1);
  return DPB_OK;
}

/* *product = a * b * c elements, when that many floats fit in memory. */
static bool floats_fit(size_t a, size_t b, size_t c, size_t *product) {
  size_t count = 0;
  size_t bytes = 0;
  if (!dpb__size_mul(a, b, &count) || !dpb__size_mul(count, c, &count) ||
      !dpb__size_mul(count, sizeof(float), &bytes) || bytes > PTRDIFF_MAX)
    return false;
  *product = count;
  return true;
}

static dpb_status plan_matrix(const dpb_window *window, const dpb_hwc *in, int n,
                              dpb__patches *patches, size_t *rows, size_t *columns) {
  if (!window || !in)
    return dpb__fail(DPB_ERR_ARG, "%s is NULL", window ? "in" : "window");
  const dpb_status status = dpb__patches_plan(window, in, patches);
  if (status != DPB_OK) return status;
  if (n < 1) return dpb__fail(DPB_ERR_ARG, "n is %d, must be at least 1", n);
  size_t count = 0;
  size_t pixels = 0;
  if (!floats_fit((size_t)in->h, (size_t)in->w, (size_t)in->c, &pixels) ||
      !floats_fit(pixels, (size_t)n, 1, &count) ||
      !floats_fit((size_t)n, (size_t)patches->out_h, (size_t)patches->out_w, rows) ||
      !floats_fit((size_t)window->kernel_h, (size_t)window->kernel_w, (size_t)in->c,
                  columns) ||
      !floats_fit(*rows, *columns, 1, &count))
    return dpb__fail(DPB_ERR_SIZE,
                     "column matrix of %d images %dx%dx%d with kernel %dx%d is too large",
                     n, in->h, in->w, in->c, window->kernel_h, window->kernel_w);
  return DPB_OK;
}

dpb_status dpb_im2col_shape(const dpb_window *window, const dpb_hwc *in, int n,
                            size_t *rows, size_t *columns) {
  if (!rows || !columns)
    return dpb__fail(DPB_ERR_ARG, "%s is NULL", rows ? "columns" : "rows");
  dpb__patches patches;
  const dpb_status status = plan_matrix(window, in, n, &patches, rows, columns);
  if (status != DPB_OK) *rows = *columns = 0;
  return status;
}

ptrdiff_t dpb_im2col_source(const dpb_window *window, const dpb_hwc *in, size_t row,
                            size_t column) {
  int out_h = 0;
  int out_w = 0;
  if (dpb_window_places(window, in, &out_h, &out_w) != DPB_OK) return -1;
  const size_t h = (size_t)in->h, w = (size_t)in->w, c = (size_t)in->c;
  const size_t ox = row % (size_t)out_w;
  const size_t oy = row / (size_t)out_w % (size_t)out_h;
  const size_t image = row / (size_t)out_w / (size_t)out_h;
  const size_t kx = column / c % (size_t)window->kernel_w;
  const size_t ky = column / c / (size_t)window->kernel_w;
  if (ky >= (size_t)window->kernel_h) return -1;
  /* in padded coordinates nothing is negative */
  const size_t py = oy * (size_t)window->stride_h + ky * (size_t)window->dilation_h;
  const size_t px = ox * (size_t)window->stride_w + kx * (size_t)window->dilation_w;
  const size_t pad_h = (size_t)window->pad_h, pad_w = (size_t)window->pad_w;
  if (py < pad_h || py - pad_h >= h || px < pad_w || px - pad_w >= w) return -1;
  return (ptrdiff_t)(((image * h + py - pad_h) * w + px - pad_w) * c + column % c);
}

dpb_status dpb_im2col(const dpb_window *window, const dpb_hwc *in, int n, const float *x,
                      float *col) {
  dpb__patches patches;
  size_t rows = 0;
  size_t columns = 0;
  const dpb_status status = plan_matrix(window, in, n, &patches, &rows, &columns);
  if (status != DPB_OK) return status;
  if (!x || !col) return dpb__fail(DPB_ERR_ARG, "%s is NULL", x ? "col" : "x");
  const size_t image = (size_t)in->h * (size_t)in->w * (size_t)in->c;
  for (size_t i = 0; i < (size_t)n; i++)
    dpb__patch_rows(&patches, x + i * image, 0, patches.out_h,
                    col + i * (rows / (size_t)n) * columns);
  return DPB_OK;
}

dpb_status dpb_col2im(const dpb_window *window, const dpb_hwc *in, int n,
                      const float *col, float *x) {
  dpb__patches patches;
  size_t rows = 0;
  size_t columns = 0;
  const dpb_status status = plan_matrix(window, in, n, &patches, &rows, &columns);
  if (status != DPB_OK) return status;
  if (!x || !col) return dpb__fail(DPB_ERR_ARG, "%s is NULL", x ? "col" : "x");
  const size_t image = (size_t)in->h * (size_t)in->w * (size_t)in->c;
  memset(x, 0, (size_t)n * image * sizeof *x);
  for (size_t i = 0; i < (size_t)n; i++)
    dpb__patch_rows_add(&patches, col + i * (rows / (size_t)n) * columns, 0,
                        patches.out_h, x + i * image);
  return DPB_OK;
}
