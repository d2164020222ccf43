/* SPDX-License-Identifier: MIT
 *
 * Convolution with a Kaiser window: w[i] = I0(2 sqrt(1 - (i / 5)^2)), i = -5..5.
 */
#include "smooth.h"

#include <math.h>
#include <string.h>

enum { HALF = 5, WIDTH = 2 * HALF + 1 };

/* The modified Bessel function of order 0: the sum of (x / 2)^2k / k!^2. */
static double bessel(double x) {
  double term = 1, sum = 1;
  for (int k = 1; k < 30; k++) {
    term *= (x / 2 / k) * (x / 2 / k);
    sum += term;
  }
  return sum;
}

/* Where the mirror has number i: the first is not repeated, the last is, as the book has
 * it. */
static size_t mirrored(ptrdiff_t i, size_t n) {
  if (i < 0) return (size_t)-i;
  return (size_t)i < n ? (size_t)i : 2 * n - 1 - (size_t)i;
}

void smooth_curve(const double y[], double smooth[], size_t n) {
  double w[WIDTH], sum = 0;
  if (n < WIDTH) {
    if (n > 0) memmove(smooth, y, n * sizeof *y);
    return;
  }
  for (int i = 0; i < WIDTH; i++) {
    const double at = (double)(i - HALF) / HALF;
    w[i] = bessel(2 * sqrt(1 - at * at));
    sum += w[i];
  }
  for (size_t i = 0; i < n; i++) {
    double mean = 0;
    for (int j = 0; j < WIDTH; j++)
      mean += w[j] * y[mirrored((ptrdiff_t)i + j - HALF, n)];
    smooth[i] = mean / sum;
  }
}
