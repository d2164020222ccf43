/* SPDX-License-Identifier: MIT
 *
 * A convolution with its arrays, and its products over all shards: what a model does with
 * the layer in a training step.
 */
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/deepblas.h>

#include "base/size.h"
#include "bench.h"
#include "blas/blas_enter.h"
#include "conv/conv_tiles.h"
#include "gemm_conv.h"
#include "model/split.h"
#include "simd/vec.h"

#define SUM_FLOATS 16384 /* of the shards' weight gradients, to one task */

typedef struct job {
  const conv_subject *subject;
  conv_product product;
  bool lowering; /* only */
} job;

/* -- arrays */

/* Uniform in [-1, 1), another sequence for each seed. */
static void fill(float *values, size_t count, uint32_t seed) {
  uint32_t state = seed;
  for (size_t i = 0; i < count; i++) {
    state = state * 1664525u + 1013904223u;
    values[i] = (float)(state >> 8) / 8388608.0f - 1.0f;
  }
}

/* Aligned as the library's arenas are. */
static float *array(size_t images, size_t count, uint32_t seed) {
  size_t floats, bytes;
  void *memory = NULL;
  if (!dpb__size_mul(images, count, &floats) ||
      !dpb__size_mul(floats + 1, sizeof(float), &bytes) || bytes > PTRDIFF_MAX ||
      posix_memalign(&memory, DPB__ALIGNMENT, bytes) != 0)
    bench_quit(3, "no memory for %zu images of %zu numbers", images, count);
  fill(memory, floats, seed);
  return memory;
}

void conv_subject_create(const conv_shape *shape, int batch, dpb__pool *pool,
                         conv_subject *subject) {
  *subject = (conv_subject){.shape = shape, .batch = batch, .pool = pool};
  dpb__conv *conv = &subject->conv;
  if (dpb__conv_plan(&shape->window, &shape->in, shape->filters, shape->groups, 0,
                     conv) != DPB_OK)
    bench_quit(2, "%s: %s", shape->name, dpb_error_message());
  const dpb__patches *patches = &conv->forward.patches;
  const dpb_hwc out = {patches->out_h, patches->out_w, shape->filters};
  subject->shards = dpb__shards(batch);
  subject->in_count = dpb__image_size(&shape->in);
  subject->out_count = dpb__image_size(&out);
  subject->weight_count = conv->weight_count;
  subject->gradient_count = conv->weight_count + (size_t)shape->filters;
  subject->scratch_step = (conv->scratch + 15) / 16 * 16;
  const size_t n = (size_t)batch;
  subject->x = array(n, subject->in_count, 1);
  subject->w = array(1, subject->weight_count, 2);
  subject->b = array(1, (size_t)shape->filters, 3);
  subject->dy = array(n, subject->out_count, 4);
  subject->y = array(n, subject->out_count, 5);
  subject->dx = array(n, subject->in_count, 6);
  subject->dw = array(1, subject->gradient_count, 7);
  subject->shard_dw = array((size_t)subject->shards, subject->gradient_count, 8);
  subject->scratch = array((size_t)dpb__pool_workers(pool), subject->scratch_step, 9);
}

void conv_subject_destroy(conv_subject *subject) {
  float *const arrays[] = {subject->x,  subject->w,        subject->b,
                           subject->dy, subject->y,        subject->dx,
                           subject->dw, subject->shard_dw, subject->scratch};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) free(arrays[i]);
  *subject = (conv_subject){0};
}

const dpb__product *conv_planned(const conv_subject *subject, conv_product product) {
  if (product == CONV_FORWARD) return &subject->conv.forward;
  return product == CONV_DATA ? &subject->conv.data : &subject->conv.weights;
}

/* -- one shard */

static void multiply(const conv_subject *s, conv_product product, int shard, int first,
                     int n, bool add, float *scratch) {
  const float *x = s->x + (size_t)first * s->in_count;
  const float *dy = s->dy + (size_t)first * s->out_count;
  float *dw = s->shards > 1 ? s->shard_dw + (size_t)shard * s->gradient_count : s->dw;
  if (product == CONV_FORWARD)
    dpb__conv_forward(&s->conv.forward, n, x, s->w, (dpb__finish){.b = s->b},
                      s->y + (size_t)first * s->out_count, scratch);
  else if (product == CONV_DATA)
    dpb__conv_data(&s->conv, n, dy, s->w, NULL, s->dx + (size_t)first * s->in_count,
                   scratch);
  else
    dpb__conv_weights(&s->conv.weights, n, x, dy, add, dw, dw + s->weight_count, scratch);
}

/* The part of the column matrix for a tile; or, back, from it to the images. */
static void lower_tile(const dpb__product *product, const dpb__tile *tile, const float *x,
                       float *back, dpb__lines *lines, float *scratch) {
  if (dpb__is_lines(product->how))
    dpb__any_lines_for(product, tile, x, lines, scratch);
  else if (product->how == DPB__LOWER_PLANES)
    dpb__planes_for(product, tile, x, lines, scratch);
  if (product->how != DPB__LOWER_ROWS) return;

  for (int g = 0; g < product->groups; g++) {
    const dpb__patches patches = dpb__group(product, g);
    const size_t rows = (size_t)tile->rows * (size_t)patches.out_w;
    if (!back) dpb__tile_rows(&patches, tile, x, scratch);
    for (int i = 0; back && i < tile->images; i++)
      dpb__patch_rows_add(
          &patches, scratch + (size_t)i * rows * dpb__patch_size(&patches), tile->first,
          tile->rows,
          back + (size_t)(tile->image + i) * dpb__image_size(&product->patches.in));
  }
}

static void lower(const conv_subject *s, conv_product which, int first, int n,
                  float *scratch) {
  const dpb__product *product = conv_planned(s, which);
  const bool turned = which == CONV_DATA;
  const bool goes_back = turned && !s->conv.data_is_forward;
  float *back = goes_back ? s->dx + (size_t)first * s->in_count : NULL;
  const float *x =
      turned ? s->dy + (size_t)first * s->out_count : s->x + (size_t)first * s->in_count;
  /* without images, what is left is the turning of W */
  multiply(s, which, 0, first, 0, false, scratch);
  if (turned) scratch += s->weight_count;
  if (back) memset(back, 0, (size_t)n * s->in_count * sizeof *back);
  dpb__lines lines = {.image = -1};
  for (dpb__tile tile = dpb__tile_begin(product, n); !dpb__tile_ended(&tile, n);
       dpb__tile_next(product, n, &tile))
    lower_tile(product, &tile, x, back, &lines, scratch);
}

/* -- all of them */

static void run_shard(void *arg, int shard, int worker) {
  const job *j = arg;
  const conv_subject *s = j->subject;
  const int begin = dpb__shard_begin(s->batch, shard);
  const int end = dpb__shard_begin(s->batch, shard + 1);
  const int together = s->shape->together > 0 ? s->shape->together : end - begin;
  float *scratch = s->scratch + (size_t)worker * s->scratch_step;
  dpb__blas_enter();
  for (int first = begin, n; first < end; first += n) {
    n = dpb__least(together, end - first);
    if (j->lowering)
      lower(s, j->product, first, n, scratch);
    else
      multiply(s, j->product, shard, first, n, first > begin, scratch);
  }
  dpb__blas_leave();
}

static void sum_piece(void *arg, int piece, int worker) {
  (void)worker;
  const conv_subject *s = arg;
  const size_t begin = (size_t)piece * SUM_FLOATS;
  const size_t left = s->gradient_count - begin;
  const size_t count = left < SUM_FLOATS ? left : SUM_FLOATS;
  memcpy(s->dw + begin, s->shard_dw + begin, count * sizeof(float));
  for (int shard = 1; shard < s->shards; shard++)
    dpb__vec_get()->add(count, s->shard_dw + (size_t)shard * s->gradient_count + begin,
                        s->dw + begin);
}

static void run(const conv_subject *s, conv_product product, bool lowering) {
  job j = {s, product, lowering};
  dpb__blas_enter();
  dpb__pool_run(s->pool, s->shards, run_shard, &j);
  dpb__blas_leave();
}

void conv_run(const conv_subject *s, conv_product product) {
  run(s, product, false);
  if (product != CONV_WEIGHTS || s->shards == 1) return;
  conv_subject view = *s;
  dpb__pool_run(s->pool, (int)((s->gradient_count + SUM_FLOATS - 1) / SUM_FLOATS),
                sum_piece, &view);
}

void conv_run_lowering(const conv_subject *subject, conv_product product) {
  run(subject, product, true);
}
