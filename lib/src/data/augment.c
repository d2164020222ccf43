/* SPDX-License-Identifier: MIT
 *
 * Augmentation of mini-batches: what is drawn for a sample, its warp, the erased square,
 * normalisation, and noise.
 *
 * Each sample has a random stream of its own, split off by epoch and place, and every
 * setting its own words of it: switching one on does not change what another draws.
 */
#include "data/augment.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <deepblas/rng.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "data/dataset.h"
#include "data/warp.h"

#define TASK_SAMPLES 4

/* Where a sample's stream has the words of the noise; before it are the draws. */
#define NOISE_WORD 16

/* Normal numbers are read off the quantiles of the distribution at multiples of 1/CELLS,
 * with straight lines between: 16 random bits for a number and no logarithm. At both ends
 * the quantile is infinite; with 3.9 there, the deviation is 1 within 1e-3. */
#define CELLS     2048
#define CELL_BITS 11
#define LAST      3.9

struct dpb_augment {
  dpb_augment_config config;
  dpb_hwc sample;
  size_t count; /* numbers in a sample */
  dpb_rng stream;
  float quantiles[CELLS + 1];
};

/* -- creating */

/* Newton's method on the distribution function, each from its neighbour. */
static void fill_quantiles(float *quantiles) {
  const double root = 0.70710678118654752440;    /* sqrt(1/2) */
  const double density = 0.39894228040143267794; /* 1/sqrt(2 pi) */
  double z = 0;
  quantiles[CELLS / 2] = 0.0f;
  for (int i = CELLS / 2 + 1; i < CELLS; i++) {
    const double beyond = 1.0 - (double)i / CELLS;
    for (int round = 0; round < 8; round++)
      z += (0.5 * erfc(z * root) - beyond) / (density * exp(-0.5 * z * z));
    quantiles[i] = (float)z;
  }
  quantiles[CELLS] = (float)LAST;
  for (int i = 0; i < CELLS / 2; i++) quantiles[i] = -quantiles[CELLS - i];
}

static dpb_status check_image(const dpb_augment_config *config, dpb_hwc sample) {
  const struct {
    const char *name;
    int pixels;
  } sizes[] = {
      {"shift", config->shift}, {"crop", config->crop}, {"erase", config->erase}};
  const char *moved = config->rotate > 0  ? "rotate"
                      : config->scale > 0 ? "scale"
                      : config->flip      ? "flip"
                                          : NULL;
  for (int i = 2; i >= 0; i--)
    if (sizes[i].pixels > 0) moved = sizes[i].name;
  if (moved && (sample.h == 1 || sample.w == 1))
    return dpb__fail(DPB_ERR_SHAPE, "augment: %s is for images, the samples are %dx%dx%d",
                     moved, sample.h, sample.w, sample.c);
  const int extent = sample.h < sample.w ? sample.h : sample.w;
  for (int i = 0; i < 3; i++)
    if (sizes[i].pixels >= extent && sizes[i].pixels > 0)
      return dpb__fail(DPB_ERR_SHAPE,
                       "augment: %s is %d pixels, nothing would be left of %dx%d",
                       sizes[i].name, sizes[i].pixels, sample.h, sample.w);
  return DPB_OK;
}

dpb_status dpb_augment_create(const dpb_augment_config *config, dpb_hwc sample,
                              uint64_t seed, dpb_augment **augment) {
  if (!augment) return dpb__fail(DPB_ERR_ARG, "augment: the out-pointer is NULL");
  *augment = NULL;
  if (!config) return dpb__fail(DPB_ERR_ARG, "augment: config is NULL");
  if (sample.h < 1 || sample.w < 1 || sample.c < 1)
    return dpb__fail(DPB_ERR_ARG, "augment: samples of %dx%dx%d, extents are at least 1",
                     sample.h, sample.w, sample.c);
  dpb_status status = dpb__augment_check(config);
  if (status == DPB_OK) status = check_image(config, sample);
  void *memory = NULL;
  if (status == DPB_OK)
    status = dpb__allocate(1, sizeof(dpb_augment), "augment", &memory);
  if (status != DPB_OK) return status;
  dpb_augment *made = memory;
  made->config = *config;
  made->sample = sample;
  made->count = (size_t)sample.h * (size_t)sample.w * (size_t)sample.c;
  const dpb_rng root = dpb_rng_seed(seed);
  made->stream = dpb_rng_split(&root, DPB__STREAM_AUGMENT);
  const unsigned host_mode = dpb__float_enter();
  if (config->noise > 0) fill_quantiles(made->quantiles);
  dpb__float_leave(host_mode);
  *augment = made;
  return DPB_OK;
}

void dpb_augment_destroy(dpb_augment *augment) {
  dpb__release(augment);
}

/* -- one sample */

/* What was drawn for a sample. */
typedef struct draw {
  dpb__warp warp;
  int erase_x, erase_y; /* centre of the square */
} draw;

/* A whole number in 0 .. bound - 1. */
static int whole(dpb_rng *rng, int bound) {
  return (int)((double)dpb_rng_uniform(rng) * bound);
}

static int move(dpb_rng *rng, int most) {
  return whole(rng, 2 * most + 1) - most;
}

static double spread(dpb_rng *rng, float most) {
  return (2.0 * (double)dpb_rng_uniform(rng) - 1.0) * (double)most;
}

/* Always as many words: see above. */
static draw draw_for(const dpb_augment *a, dpb_rng *rng) {
  const dpb_augment_config *config = &a->config;
  draw d;
  d.warp.mirror = whole(rng, 2) == 1 && config->flip;
  d.warp.move_x = move(rng, config->shift);
  d.warp.move_y = move(rng, config->shift);
  d.warp.move_x += move(rng, config->crop);
  d.warp.move_y += move(rng, config->crop);
  d.warp.angle = spread(rng, config->rotate) * 0.017453292519943295769;
  d.warp.zoom = 1.0 + spread(rng, config->scale);
  d.erase_x = whole(rng, a->sample.w);
  d.erase_y = whole(rng, a->sample.h);
  return d;
}

/* A normal number from 16 bits. */
static float normal(const dpb_augment *a, uint32_t half) {
  const int low_bits = 16 - CELL_BITS;
  const float *q = a->quantiles + (half >> low_bits);
  const float t =
      ((float)(half & ((1u << low_bits) - 1)) + 0.5f) / (float)(1 << low_bits);
  return q[0] + t * (q[1] - q[0]);
}

static void add_noise(const dpb_augment *a, dpb_rng *rng, float *out) {
  const float deviation = a->config.noise;
  size_t i = 0;
  dpb_rng_seek(rng, NOISE_WORD);
  for (; i + 1 < a->count; i += 2) {
    const uint32_t word = dpb_rng_u32(rng);
    out[i] += deviation * normal(a, word & 0xffffu);
    out[i + 1] += deviation * normal(a, word >> 16);
  }
  if (i < a->count) out[i] += deviation * normal(a, dpb_rng_u32(rng) & 0xffffu);
}

static void erase(const dpb_augment *a, const draw *d, float *out) {
  const int side = a->config.erase;
  const int left = d->erase_x - side / 2;
  const int top = d->erase_y - side / 2;
  const int begin = left > 0 ? left : 0;
  const int end = left + side < a->sample.w ? left + side : a->sample.w;
  const size_t c = (size_t)a->sample.c;
  for (int y = top > 0 ? top : 0; y < top + side && y < a->sample.h; y++)
    memset(out + ((size_t)y * (size_t)a->sample.w + (size_t)begin) * c, 0,
           (size_t)(end - begin) * c * sizeof *out);
}

static void augment_sample(const dpb_augment *a, const dpb_batch *batch, int i,
                           const dpb_rng *epoch, uint64_t position, float *out) {
  const size_t row = batch->rows ? batch->rows[i] : (size_t)i;
  const dpb__image from = {.bytes = batch->pixels ? batch->pixels + row * a->count : NULL,
                           .floats =
                               batch->pixels ? NULL : batch->features + row * a->count,
                           .unit = batch->scale,
                           .h = a->sample.h,
                           .w = a->sample.w,
                           .c = a->sample.c};
  dpb_rng rng = dpb_rng_split(epoch, position + (uint64_t)i);
  const draw d = draw_for(a, &rng);
  dpb__warp_image(&from, &d.warp, out);
  if (a->config.erase > 0) erase(a, &d, out);
  if (batch->scales)
    for (size_t k = 0; k < a->count; k++)
      out[k] = out[k] * batch->scales[k] + batch->offsets[k];
  if (a->config.noise > 0) add_noise(a, &rng, out);
}

/* -- mini-batches */

typedef struct job {
  const dpb_augment *augment;
  const dpb_batch *batch;
  dpb_rng epoch;
  uint64_t position;
  float *out;
} job;

static void run_task(void *arg, int task, int worker) {
  const job *run = arg;
  (void)worker;
  const int begin = task * TASK_SAMPLES;
  for (int i = begin; i < begin + TASK_SAMPLES && i < run->batch->n; i++)
    augment_sample(run->augment, run->batch, i, &run->epoch, run->position,
                   run->out + (size_t)i * run->augment->count);
}

void dpb__augment_batch(const dpb_augment *augment, dpb__pool *pool,
                        const dpb_batch *batch, uint64_t epoch, uint64_t position,
                        float *out) {
  job run = {.augment = augment,
             .batch = batch,
             .epoch = dpb_rng_split(&augment->stream, epoch),
             .position = position,
             .out = out};
  dpb__pool_run(pool, (batch->n - 1) / TASK_SAMPLES + 1, run_task, &run);
}

dpb_status dpb_augment_apply(const dpb_augment *augment, const dpb_batch *batch,
                             uint64_t epoch, uint64_t position, float *out) {
  if (!augment || !batch || !out)
    return dpb__fail(DPB_ERR_ARG, "augment: %s is NULL",
                     !augment ? "augment"
                     : !batch ? "batch"
                              : "out");
  if (batch->n < 1 || !batch->features == !batch->pixels)
    return dpb__fail(DPB_ERR_ARG, "augment: a batch of %d with %s", batch->n,
                     batch->features && batch->pixels ? "features and pixels"
                     : batch->features                ? "features"
                     : batch->pixels                  ? "pixels"
                                                      : "neither features nor pixels");
  if (!batch->scales != !batch->offsets)
    return dpb__fail(DPB_ERR_ARG, "augment: a batch with %s alone",
                     batch->scales ? "scales" : "offsets");
  dpb__augment_batch(augment, NULL, batch, epoch, position, out);
  return DPB_OK;
}
