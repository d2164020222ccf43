/* SPDX-License-Identifier: MIT
 *
 * How mini-batches are drawn (section 4.2.3). A batch borrows the dataset's arrays and
 * names its samples by row: nothing is copied.
 */
#include <stdint.h>

#include <deepblas/dataset.h>
#include <deepblas/rng.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/dataset.h"

struct dpb_batcher {
  const dpb_dataset *dataset;
  size_t batch;
  size_t steps;
  dpb_sampling sampling;
  uint64_t seed;
  size_t row_count;
  uint32_t *rows; /* of the whole epoch; NULL when they are in order */
};

void dpb_batcher_destroy(dpb_batcher *batcher) {
  if (batcher == NULL) return;
  dpb__release(batcher->rows);
  dpb__release(batcher);
}

static dpb_status check(const dpb_dataset *dataset, int batch, dpb_sampling sampling) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "batcher: dataset is NULL");
  if (batch < 1) {
    return dpb__fail(DPB_ERR_ARG, "batcher: batch is %d, must be at least 1", batch);
  }
  if (sampling != DPB_SHUFFLE && sampling != DPB_IN_ORDER &&
      sampling != DPB_WITH_REPLACEMENT) {
    return dpb__fail(DPB_ERR_ARG, "batcher: there is no sampling %d", (int)sampling);
  }
  return DPB_OK;
}

static dpb_status allocate_rows(dpb_batcher *b) {
  if (b->sampling == DPB_IN_ORDER) return DPB_OK;
  b->row_count = b->dataset->count;
  if (b->sampling == DPB_WITH_REPLACEMENT &&
      !dpb__size_mul(b->steps, b->batch, &b->row_count)) {
    return dpb__fail(DPB_ERR_SIZE, "batcher: %zu batches of %zu are too many", b->steps,
                     b->batch);
  }
  void *memory = NULL;
  dpb_status status =
      dpb__allocate(b->row_count, sizeof(uint32_t), "batcher: rows", &memory);
  b->rows = memory;
  return status;
}

dpb_status dpb_batcher_create(const dpb_dataset *dataset, int batch,
                              dpb_sampling sampling, uint64_t seed,
                              dpb_batcher **batcher) {
  if (batcher == NULL) return dpb__fail(DPB_ERR_ARG, "batcher: the out-pointer is NULL");
  *batcher = NULL;
  dpb_status status = check(dataset, batch, sampling);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  status = dpb__allocate(1, sizeof(dpb_batcher), "batcher", &memory);
  if (status != DPB_OK) return status;
  dpb_batcher *b = memory;
  b->dataset = dataset;
  b->batch = (size_t)batch < dataset->count ? (size_t)batch : dataset->count;
  b->steps = (dataset->count - 1) / b->batch + 1;
  b->sampling = sampling;
  b->seed = seed;
  status = allocate_rows(b);
  if (status == DPB_OK) status = dpb_batcher_start(b, 0);
  if (status != DPB_OK) {
    dpb_batcher_destroy(b);
    return status;
  }
  *batcher = b;
  return DPB_OK;
}

size_t dpb_batcher_steps(const dpb_batcher *batcher) {
  return batcher != NULL ? batcher->steps : 0;
}

dpb_status dpb_batcher_start(dpb_batcher *batcher, size_t epoch) {
  if (batcher == NULL) return dpb__fail(DPB_ERR_ARG, "batcher: batcher is NULL");
  dpb_rng root = dpb_rng_seed(batcher->seed);
  dpb_rng epochs = dpb_rng_split(&root, DPB__STREAM_SHUFFLE);
  dpb_rng rng = dpb_rng_split(&epochs, epoch);
  uint32_t *rows = batcher->rows;
  if (batcher->sampling == DPB_SHUFFLE) {
    /* from the same beginning each time: what the last epoch left must not matter */
    for (size_t i = 0; i < batcher->row_count; i++) rows[i] = (uint32_t)i;
    dpb__shuffle(rows, batcher->row_count, &rng);
  } else if (batcher->sampling == DPB_WITH_REPLACEMENT) {
    uint32_t bound = (uint32_t)batcher->dataset->count;
    for (size_t i = 0; i < batcher->row_count; i++) rows[i] = dpb_rng_below(&rng, bound);
  }
  return DPB_OK;
}

dpb_status dpb_batcher_get(dpb_batcher *batcher, size_t step, dpb_batch *batch) {
  if (batcher == NULL || batch == NULL) {
    return dpb__fail(DPB_ERR_ARG, "batcher: %s is NULL",
                     batcher == NULL ? "batcher" : "batch");
  }
  if (step >= batcher->steps) {
    return dpb__fail(DPB_ERR_ARG, "batcher: step %zu of an epoch of %zu", step,
                     batcher->steps);
  }
  const dpb_dataset *d = batcher->dataset;
  size_t first = step * batcher->batch;
  size_t n = batcher->batch;
  if (batcher->sampling != DPB_WITH_REPLACEMENT && n > d->count - first) {
    n = d->count - first;
  }
  if (batcher->rows == NULL) return dpb_dataset_batch(d, first, (int)n, batch);
  *batch = (dpb_batch){.n = (int)n,
                       .features = d->features,
                       .pixels = d->pixels,
                       .scale = d->scale,
                       .rows = batcher->rows + first,
                       .labels = d->labels,
                       .scales = d->scales,
                       .offsets = d->offsets};
  return DPB_OK;
}
