/* SPDX-License-Identifier: MIT
 *
 * The convolution as section 7.2 describes it: for each number of the output, each weight
 * of its filter. Sums are made in double precision, so that this is what the fast
 * products are held against as well.
 */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "gemm_conv.h"

#define MULTIPLY_ADDS 3e7 /* the loops take as many images as this makes */

/* Rounding errors of a sum of k numbers grow as the square root of k. */
#define ERROR_PER_ROOT 2.0
#define ERROR_LEAST    8.0

/* An image (x, y) and the results. */
typedef struct loops {
  const conv_subject *subject;
  conv_product product;
  const float *x;
  const float *dy;
  double *y, *dx, *dw;
} loops;

/* The weights at one place of a filter: k of them, strides apart. */
static void at_tap(const loops *l, size_t pixel, size_t weight, size_t output) {
  const conv_shape *shape = l->subject->shape;
  const int channels = shape->in.c / shape->groups;
  const size_t step = (size_t)shape->filters;
  const float *w = l->subject->w + weight;
  double sum = 0.0;
  switch (l->product) {
  case CONV_FORWARD:
    for (int c = 0; c < channels; c++)
      sum += (double)l->x[pixel + (size_t)c] * (double)w[(size_t)c * step];
    l->y[output] += sum;
    break;
  case CONV_DATA:
    for (int c = 0; c < channels; c++)
      l->dx[pixel + (size_t)c] += (double)l->dy[output] * (double)w[(size_t)c * step];
    break;
  case CONV_WEIGHTS:
    for (int c = 0; c < channels; c++)
      l->dw[weight + (size_t)c * step] +=
          (double)l->dy[output] * (double)l->x[pixel + (size_t)c];
    break;
  }
}

static void at_output(const loops *l, int oy, int ox, int f) {
  const conv_shape *shape = l->subject->shape;
  const dpb_window *window = &shape->window;
  const dpb_hwc in = shape->in;
  const int channels = in.c / shape->groups;
  const int channel = f / (shape->filters / shape->groups) * channels;
  const int out_w = l->subject->conv.forward.patches.out_w;
  const size_t output = (size_t)(oy * out_w + ox) * (size_t)shape->filters + (size_t)f;
  if (l->product == CONV_FORWARD) l->y[output] = (double)l->subject->b[f];
  if (l->product == CONV_WEIGHTS)
    l->dw[l->subject->weight_count + (size_t)f] += (double)l->dy[output];
  for (int ky = 0; ky < window->kernel_h; ky++) {
    for (int kx = 0; kx < window->kernel_w; kx++) {
      const int iy = oy * window->stride_h - window->pad_h + ky * window->dilation_h;
      const int ix = ox * window->stride_w - window->pad_w + kx * window->dilation_w;
      if (iy < 0 || iy >= in.h || ix < 0 || ix >= in.w) continue;
      const size_t pixel = (size_t)(iy * in.w + ix) * (size_t)in.c + (size_t)channel;
      const size_t row = (size_t)(ky * window->kernel_w + kx) * (size_t)channels;
      at_tap(l, pixel, row * (size_t)shape->filters + (size_t)f, output);
    }
  }
}

static void at_image(const loops *l) {
  const dpb__patches *patches = &l->subject->conv.forward.patches;
  for (int oy = 0; oy < patches->out_h; oy++)
    for (int ox = 0; ox < patches->out_w; ox++)
      for (int f = 0; f < l->subject->shape->filters; f++) at_output(l, oy, ox, f);
}

/* -- comparing */

/* Largest difference and largest value so far. NaN stays. */
typedef struct gap {
  double difference;
  double value;
} gap;

static void measure_gap(const float *fast, const double *slow, size_t count, gap *g) {
  for (size_t i = 0; i < count; i++) {
    const double difference = fabs((double)fast[i] - slow[i]);
    if (!(difference <= g->difference) && !isnan(g->difference))
      g->difference = difference;
    if (fabs(slow[i]) > g->value) g->value = fabs(slow[i]);
  }
}

/* Image number i of those that take part, spread over the batch, the last at its end. */
static int image_at(const conv_subject *s, int i, int images) {
  return (int)(((long long)i + 1) * s->batch / images) - 1;
}

/* The multiply-adds of a product on one image. */
static double work_of(const conv_subject *s) {
  return (double)s->weight_count * (double)s->out_count / s->shape->filters;
}

/* A copy of dy with the other images cleared. */
static float *only(const conv_subject *s, int images) {
  float *dy = calloc((size_t)s->batch * s->out_count, sizeof *dy);
  if (!dy) bench_quit(3, "no memory for %d images", s->batch);
  for (int i = 0; i < images; i++) {
    const size_t at = (size_t)image_at(s, i, images) * s->out_count;
    memcpy(dy + at, s->dy + at, s->out_count * sizeof *dy);
  }
  return dy;
}

static void run_fast(conv_subject *s, conv_product product, int images) {
  if (product != CONV_WEIGHTS) {
    conv_run(s, product);
    return;
  }
  float *whole = s->dy;
  s->dy = only(s, images);
  conv_run(s, product);
  free(s->dy);
  s->dy = whole;
}

conv_check conv_compare(conv_subject *s, conv_product product) {
  const double most = MULTIPLY_ADDS / work_of(s);
  const int images = most < 1 ? 1 : most < s->batch ? (int)most : s->batch;
  run_fast(s, product, images);

  const size_t counts[CONV_PRODUCTS] = {s->out_count, s->in_count, s->gradient_count};
  const size_t count = counts[product];
  double *results = calloc(count, sizeof *results);
  if (!results) bench_quit(3, "no memory for %zu numbers", count);
  loops l = {
      .subject = s, .product = product, .y = results, .dx = results, .dw = results};
  const float *fast[CONV_PRODUCTS] = {s->y, s->dx, s->dw};
  gap g = {0};
  double seconds = 0.0;
  for (int i = 0; i < images; i++) {
    const size_t image = (size_t)image_at(s, i, images);
    l.x = s->x + image * s->in_count;
    l.dy = s->dy + image * s->out_count;
    if (product == CONV_DATA) memset(results, 0, count * sizeof *results);
    const double begin = bench_now();
    at_image(&l);
    seconds += bench_now() - begin;
    if (product != CONV_WEIGHTS)
      measure_gap(fast[product] + image * count, results, count, &g);
  }
  if (product == CONV_WEIGHTS) measure_gap(fast[product], results, count, &g);
  free(results);

  /* numbers in the longest sum of the product */
  const double terms =
      work_of(s) / (double)count * (product == CONV_WEIGHTS ? images : 1);
  const double steps = ERROR_LEAST + ERROR_PER_ROOT * sqrt(terms);
  return (conv_check){.images = images,
                      .seconds = seconds * s->batch / images,
                      .error = g.difference / g.value,
                      .tolerance = steps * (double)FLT_EPSILON};
}
