/* SPDX-License-Identifier: MIT
 *
 * Shapes: counting, comparing, writing down.
 */
#include <deepblas/tensor.h>

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/size.h"

dpb_status dpb_shape_count(const dpb_shape *shape, size_t *count) {
  if (count == NULL) return dpb__fail(DPB_ERR_ARG, "shape: count is NULL");
  *count = 0;
  if (shape == NULL) return dpb__fail(DPB_ERR_ARG, "shape is NULL");
  if (shape->rank < 0 || shape->rank > DPB_MAX_RANK)
    return dpb__fail(DPB_ERR_SHAPE, "shape: rank is %d, must be 0 to %d", shape->rank,
                     DPB_MAX_RANK);
  char text[64];
  dpb_shape_text(shape, text, sizeof text);
  size_t product = 1;
  for (int i = 0; i < shape->rank; i++) {
    if (shape->dim[i] < 1)
      return dpb__fail(DPB_ERR_SHAPE, "shape %s: extent %d is %d, must be at least 1",
                       text, i, shape->dim[i]);
  }
  for (int i = 0; i < shape->rank; i++) {
    if (!dpb__size_mul(product, (size_t)shape->dim[i], &product) ||
        product > PTRDIFF_MAX / sizeof(float))
      return dpb__fail(DPB_ERR_SIZE, "shape %s: more floats than memory can hold", text);
  }
  *count = product;
  return DPB_OK;
}

int dpb_shape_equal(const dpb_shape *a, const dpb_shape *b) {
  if (a == NULL || b == NULL) return 0;
  if (a->rank != b->rank) return 0;
  for (int i = 0; i < a->rank && i < DPB_MAX_RANK; i++)
    if (a->dim[i] != b->dim[i]) return 0;
  return 1;
}

void dpb_shape_text(const dpb_shape *shape, char *text, size_t capacity) {
  if (text == NULL || capacity == 0) return;
  *text = '\0';
  if (shape == NULL) return;
  /* Four extents of at most 11 characters, separators and brackets. */
  char whole[64] = "(";
  size_t length = 1;
  for (int i = 0; i < shape->rank && i < DPB_MAX_RANK; i++)
    length += (size_t)snprintf(whole + length, sizeof whole - length, "%s%d",
                               i == 0 ? "" : ", ", shape->dim[i]);
  snprintf(whole + length, sizeof whole - length, ")");
  snprintf(text, capacity, "%s", whole);
}
