/* SPDX-License-Identifier: MIT
 *
 * The parts of gemm_conv, the program that measures convolutions:
 *
 *     gemm_conv_shape.c    which convolutions: the book's, usual ones, and given ones
 *     gemm_conv_subject.c  one of them with its arrays, run as the library runs it
 *     gemm_conv_naive.c    the same by plain loops, and how far the two are apart
 *     gemm_conv_times.c    its speed, that of its lowering, and that of bare products
 *     gemm_conv.c          the program and its table
 *
 * It measures conv/conv.h itself and not a model, so it is the one program that sees
 * private headers.
 */
#ifndef DEEPBLAS_GEMM_CONV_H
#define DEEPBLAS_GEMM_CONV_H

#include <stdbool.h>
#include <stddef.h>

#include "bare_gemm.h"
#include "base/pool.h"
#include "conv/conv.h"

/* -- shapes */

typedef struct conv_shape {
  char name[80]; /* "deep_convnet 2 16x28x28,16k3p1" */
  dpb_hwc in;
  dpb_window window;
  int filters;
  int groups;
  int batch;    /* usual one */
  int together; /* images that a step of its network takes at a time; 0: all of a shard */
  bool first;   /* of its network: training makes no data gradient */
} conv_shape;

/* Calls take for each convolution of the networks of the book, and for usual ones of
 * larger networks. */
void conv_usual_shapes(void (*take)(const conv_shape *shape, void *user), void *user);

/* From text such as "64x56x56,64k3s1p1". Ends the program (2) for any other. */
conv_shape conv_shape_from(const char *text);

/* -- products */

typedef enum conv_product { CONV_FORWARD, CONV_DATA, CONV_WEIGHTS } conv_product;
enum { CONV_PRODUCTS = 3 };

typedef struct conv_subject {
  const conv_shape *shape;
  int batch;
  int shards;
  dpb__pool *pool;
  dpb__conv conv;
  size_t in_count; /* floats of one image of x */
  size_t out_count;
  size_t weight_count;
  size_t gradient_count; /* dw, behind it db */
  size_t scratch_step;   /* floats from one worker's scratch to the next */
  float *x, *w, *b, *dy; /* filled with random numbers */
  float *y, *dx, *dw;
  float *shard_dw;
  float *scratch;
} conv_subject;

/* Plans the convolution and makes its arrays; ends the program (2) when it cannot be. */
void conv_subject_create(const conv_shape *shape, int batch, dpb__pool *pool,
                         conv_subject *subject);
void conv_subject_destroy(conv_subject *subject);

/* The plan of a product. */
const dpb__product *conv_planned(const conv_subject *subject, conv_product product);

/* The whole product, cut into shards and micro-batches as a model's step is. Forward
 * includes the bias, the weight gradient that of the bias and the sum over the shards. */
void conv_run(const conv_subject *subject, conv_product product);

/* Only what is around the matrix products (nothing, where that goes group by group): the
 * column matrix, or its way back to images, and the turning of W; by the same calls, tile
 * by tile, into the same memory. Leaves no results. */
void conv_run_lowering(const conv_subject *subject, conv_product product);

/* -- plain loops */

typedef struct conv_check {
  int images;       /* so many of the batch went through the loops */
  double seconds;   /* of the loops, for the whole batch */
  double error;     /* largest difference, relative to the largest result */
  double tolerance; /* what it may be */
} conv_check;

/* Runs a product, then the loops on some images, the last among them, and compares. Of a
 * weight gradient, which is a sum over all images, dy is 0 in the others meanwhile. */
conv_check conv_compare(conv_subject *subject, conv_product product);

/* -- time */

/* What is measured of a product: medians over rounds, and medians of the quotients that
 * were formed within each round. Lowering is NaN for what
 * goes group by group. */
typedef struct conv_figures {
  double seconds;
  double spread;   /* from the fastest round to the 9th of 10, as a part of seconds */
  double gflops;   /* all taps of the window count, those in the pad too */
  double lowering; /* its part of the time */
  dpb_gemm_size bare;
  double bare_gflops;
  double cube_gflops; /* the best of the machine */
  double of_bare;     /* gflops over theirs */
  double of_cube;
  size_t rounds;
} conv_figures;

/* Measures a product for min_time and at least 5 rounds; operands are for the bare ones,
 * and grow. */
conv_figures conv_measure(const conv_subject *subject, conv_product product,
                          bench_operands *operands, double min_time);

#endif
