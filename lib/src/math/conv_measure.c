/* SPDX-License-Identifier: MIT
 *
 * A convolution's plan by measurement: each product is made in every way there is, on
 * numbers that mean nothing, and the fastest way is kept.
 */
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "math/conv_tiles.h"
#include "math/gemm.h"

/* Numbers in the images that are measured with; fewer images where they are large. */
#define MOST_NUMBERS 4194304

/* The least time of so many is a way's time, after one that warms up. */
#define ROUNDS 3

/* What the estimate chose stays unless another way needs less than this share of its
 * time: small differences are noise. */
#define WORTH_IT 0.97

/* Every byte of the arrays: as floats, 0.747, of which no sum of products overflows. */
#define FILL 0x3f

typedef struct bench {
  const dpb__conv *conv;
  int n;
  float *x, *y, *w, *dw;
  float *scratch;
  size_t scratch_floats;
} bench;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static dpb_status get_floats(size_t count, float **floats) {
  void *memory = NULL;
  const dpb_status status =
      dpb__allocate(count, sizeof(float), "measuring a convolution", &memory);
  if (status == DPB_OK) memset(memory, FILL, count * sizeof(float));
  *floats = memory;
  return status;
}

/* Room for a product's scratch, which grows when it has to. */
static dpb_status need_scratch(bench *b, size_t floats) {
  if (floats <= b->scratch_floats) return DPB_OK;
  dpb__release(b->scratch);
  const dpb_status status = get_floats(floats, &b->scratch);
  b->scratch_floats = status == DPB_OK ? floats : 0;
  return status;
}

static void make(const bench *b, dpb_product_kind kind, const dpb__product *product) {
  if (kind == DPB_PRODUCT_FORWARD) {
    dpb__conv_forward(product, b->n, b->x, b->w, (dpb__finish){0}, b->y, b->scratch);
  } else if (kind == DPB_PRODUCT_WEIGHT_GRADIENT) {
    dpb__conv_weights(product, b->n, b->x, b->y, false, b->dw, NULL, b->scratch);
  } else {
    dpb__conv conv = *b->conv;
    conv.data = *product;
    dpb__conv_data(&conv, b->n, b->y, b->w, NULL, b->x, b->scratch);
  }
}

static dpb_status measure(bench *b, dpb_product_kind kind, const dpb__product *product,
                          double *seconds) {
  size_t floats = 0;
  if (!dpb__size_add(product->scratch, b->conv->weight_count, &floats))
    return dpb__fail(DPB_ERR_SIZE, "scratch of %zu numbers is too large",
                     product->scratch);
  const dpb_status status = need_scratch(b, floats + 1);
  if (status != DPB_OK) return status;
  make(b, kind, product);
  for (int round = 0; round < ROUNDS; round++) {
    const double begin = now();
    make(b, kind, product);
    const double took = now() - begin;
    if (round == 0 || took < *seconds) *seconds = took;
  }
  return DPB_OK;
}

/* The same way in calls of half the size; false when there is nothing to halve. */
static bool halve(dpb__product *product) {
  int *size = product->images > 1 ? &product->images : &product->rows;
  if (*size < 2) return false;
  *size = (*size + 1) / 2;
  return true;
}

static dpb_status choose(bench *b, dpb_product_kind kind, size_t workspace,
                         dpb__product *product) {
  /* what is no convolution of dY can be made in full only */
  const bool any = kind != DPB_PRODUCT_DATA_GRADIENT || b->conv->data_is_forward;
  double least = 0;
  dpb_status status = measure(b, kind, product, &least);
  least *= WORTH_IT;
  for (int how = DPB__LOWER_ROWS; how <= DPB__LOWER_DEPTHWISE; how++) {
    if (!any && how != DPB__LOWER_ROWS) continue;
    dpb__product candidate = *product;
    bool more = product->how != DPB__LOWER_DEPTHWISE &&
                dpb__conv_lower(&candidate, (dpb__lowering)how, workspace);
    for (int round = 0; round < 2 && more && status == DPB_OK; round++) {
      double seconds = 0;
      status = measure(b, kind, &candidate, &seconds);
      if (status == DPB_OK && seconds < least) {
        least = seconds;
        *product = candidate;
      }
      more = halve(&candidate);
    }
  }
  return status;
}

/* So many images that the arrays stay small. */
static int count_images(const dpb__conv *conv, int n) {
  const dpb_hwc *in = &conv->forward.patches.in;
  const size_t out = dpb__places(&conv->forward) * (size_t)conv->forward.filters;
  const size_t image = dpb__image_size(in) > out ? dpb__image_size(in) : out;
  const size_t most = MOST_NUMBERS / image;
  if (most >= (size_t)n) return n;
  return most > 0 ? (int)most : 1;
}

static dpb_status begin(bench *b) {
  const dpb__product *forward = &b->conv->forward;
  const size_t n = (size_t)b->n;
  const size_t out = dpb__places(forward) * (size_t)forward->filters;
  dpb_status status = get_floats(n * dpb__image_size(&forward->patches.in), &b->x);
  if (status == DPB_OK) status = get_floats(n * out, &b->y);
  if (status == DPB_OK) status = get_floats(b->conv->weight_count, &b->w);
  if (status == DPB_OK) status = get_floats(b->conv->weight_count, &b->dw);
  return status;
}

static void end(bench *b) {
  dpb__release(b->x);
  dpb__release(b->y);
  dpb__release(b->w);
  dpb__release(b->dw);
  dpb__release(b->scratch);
}

dpb_status dpb__conv_measure(dpb__conv *conv, int n, bool weights, bool data,
                             size_t workspace) {
  dpb__conv chosen = *conv;
  bench b = {.conv = conv, .n = count_images(conv, n)};
  dpb__blas_enter();
  /* forward writes y, which the others read; data writes x, and so comes last */
  dpb_status status = begin(&b);
  if (status == DPB_OK)
    status = choose(&b, DPB_PRODUCT_FORWARD, workspace, &chosen.forward);
  if (status == DPB_OK && weights)
    status = choose(&b, DPB_PRODUCT_WEIGHT_GRADIENT, workspace, &chosen.weights);
  if (status == DPB_OK && data)
    status = choose(&b, DPB_PRODUCT_DATA_GRADIENT, workspace, &chosen.data);
  dpb__blas_leave();
  end(&b);
  if (status == DPB_OK) status = dpb__conv_share_scratch(&chosen);
  if (status == DPB_OK) *conv = chosen;
  return status;
}
