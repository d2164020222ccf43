/* SPDX-License-Identifier: MIT
 *
 * Shapes, and the view of an array that has one.
 *
 * Arrays are dense, row-major float32. Images are stored channels last: n, h, w, c.
 */
#ifndef DEEPBLAS_TENSOR_H
#define DEEPBLAS_TENSOR_H

#include <stddef.h>

#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The shape of one sample: an image of h rows, w columns and c channels; a plain vector
 * of n numbers is {1, 1, n}. Every extent is at least 1. */
typedef struct dpb_hwc {
  int h;
  int w;
  int c;
} dpb_hwc;

#define DPB_MAX_RANK 4

/* dim[0] is the slowest. Rank 0 is a single number. */
typedef struct dpb_shape {
  int rank;
  int dim[DPB_MAX_RANK];
} dpb_shape;

/* A view: it never owns data and is never freed; whoever made the array keeps it alive.
 */
typedef struct dpb_tensor {
  float *data;
  dpb_shape shape;
} dpb_tensor;

/* Number of elements: *count = product of the dims. DPB_ERR_SHAPE for a rank outside
 * 0..DPB_MAX_RANK or an extent below 1, DPB_ERR_SIZE when the elements, as floats, would
 * not fit in memory. */
DPB_API dpb_status dpb_shape_count(const dpb_shape *shape, size_t *count);

/* Same rank and same extents; NULL is the same as nothing. */
DPB_API int dpb_shape_equal(const dpb_shape *a, const dpb_shape *b);

/* Writes "(100, 28, 28, 1)" into text, always terminated, cut off at capacity; "" for
 * NULL. */
DPB_API void dpb_shape_text(const dpb_shape *shape, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
