/* SPDX-License-Identifier: MIT
 *
 * One small convolution with small whole numbers, worked out in two ways: as the product
 * of a column matrix, and by plain loops.
 */
#ifndef APP_IM2COL_EXAMPLE_H
#define APP_IM2COL_EXAMPLE_H

#include <deepblas/im2col.h>

typedef struct im2col_example {
  dpb_hwc in;
  dpb_window window;
  int filters;
  int out_h;
  int out_w;
  size_t rows;    /* of the column matrix: places */
  size_t columns; /* numbers that the window sees */
  float *image;   /* h, w, c */
  float *seen;    /* likewise: how many windows see each pixel */
  float *w;       /* (columns, filters) */
  float *col;     /* (rows, columns) */
  float *product; /* (rows, filters): col * W */
  float *loops;   /* likewise */
} im2col_example;

/* Works it out for example->in, window and filters. Returns EXIT_OK, or EXIT_USAGE with
 * the reason printed, for a window that does not fit and for what is too large to be
 * read. Free it in any case. */
int im2col_example_make(im2col_example *example);
void im2col_example_free(im2col_example *example);

/* The largest difference between the two ways. */
double im2col_example_difference(const im2col_example *example);

#endif
