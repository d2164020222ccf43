/* SPDX-License-Identifier: MIT
 *
 * Parts of a dataset: chosen rows, and cuts in two, at random or class by class.
 */
#include <stdbool.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "data/dataset.h"

void dpb__shuffle(uint32_t *order, size_t count, dpb_rng *rng) {
  for (size_t i = count; i > 1; i--) {
    size_t j = dpb_rng_below(rng, (uint32_t)i);
    uint32_t swapped = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swapped;
  }
}

dpb_status dpb_dataset_select(const dpb_dataset *dataset, const uint32_t *rows,
                              size_t count, dpb_dataset **selection) {
  if (selection == NULL)
    return dpb__fail(DPB_ERR_ARG, "dataset select: the out-pointer is NULL");
  *selection = NULL;
  if (dataset == NULL || rows == NULL || count < 1) {
    return dpb__fail(DPB_ERR_ARG, "dataset select: %s",
                     dataset == NULL ? "dataset is NULL"
                     : rows == NULL  ? "rows is NULL"
                                     : "0 rows, at least 1 is needed");
  }
  for (size_t i = 0; i < count; i++) {
    if (rows[i] >= dataset->count) {
      return dpb__fail(DPB_ERR_ARG, "dataset select: row %lu at place %zu, there are %zu",
                       (unsigned long)rows[i], i, dataset->count);
    }
  }
  if (count > UINT32_MAX) {
    return dpb__fail(DPB_ERR_SIZE, "dataset select: %zu rows are too many", count);
  }
  dpb_status status = dpb__dataset_make_like(dataset, count, selection);
  if (status != DPB_OK) return status;
  for (size_t i = 0; i < count; i++) {
    dpb__dataset_copy_rows(*selection, i, dataset, rows[i], 1);
  }
  return DPB_OK;
}

/* -- cutting in two */

/* Which samples of each class go to the part, while it is found out. */
typedef struct class_share {
  size_t count;
  size_t quota;
  double rest; /* of fraction * count behind the point */
} class_share;

/* Rounds down, then gives what is missing to the classes that lost most by it. *missing
 * is what could not be given. */
static void fill_quotas(class_share *shares, int classes, double fraction,
                        size_t part_count, size_t *missing) {
  size_t given = 0;
  for (int c = 0; c < classes; c++) {
    double exact = fraction * (double)shares[c].count;
    shares[c].quota = (size_t)exact;
    shares[c].rest = exact - (double)shares[c].quota;
    given += shares[c].quota;
  }
  *missing = part_count > given ? part_count - given : 0;
  while (*missing > 0) {
    int most = -1;
    for (int c = 0; c < classes; c++) {
      bool has_more = shares[c].quota + 1 < shares[c].count;
      if (has_more && (most < 0 || shares[c].rest > shares[most].rest)) most = c;
    }
    if (most < 0) return;
    shares[most].quota++;
    shares[most].rest -= 1.0;
    (*missing)--;
  }
}

static dpb_status make_shares(const dpb_dataset *d, double fraction, size_t part_count,
                              class_share **shares) {
  void *memory = NULL;
  dpb_status status =
      dpb__allocate((size_t)d->classes, sizeof(class_share), "split: classes", &memory);
  *shares = memory;
  if (status != DPB_OK) return status;
  for (size_t i = 0; i < d->count; i++) (*shares)[d->labels[i]].count++;
  size_t missing = 0;
  fill_quotas(*shares, d->classes, fraction, part_count, &missing);
  if (missing < part_count) return DPB_OK;
  return dpb__fail(DPB_ERR_DATA,
                   "dataset split: none of %zu samples can be held back, as each class "
                   "has only one",
                   d->count);
}

/* Marks part_count rows; with shares, their quota of each class. */
static void mark(const dpb_dataset *d, const uint32_t *order, size_t part_count,
                 class_share *shares, uint8_t *chosen) {
  for (size_t i = 0; i < d->count && part_count > 0; i++) {
    class_share *own = shares ? &shares[d->labels[order[i]]] : NULL;
    if (own != NULL && own->quota == 0) continue;
    if (own != NULL) own->quota--;
    chosen[order[i]] = 1;
    part_count--;
  }
}

/* chosen[i] is 1 for rows drawn at random, 0 for the others. */
static dpb_status choose(const dpb_dataset *d, size_t part_count, uint64_t seed,
                         class_share *shares, uint8_t **chosen) {
  size_t count = d->count;
  void *memory = NULL;
  dpb_status status = dpb__allocate(count, sizeof(uint32_t), "split: order", &memory);
  if (status != DPB_OK) return status;
  uint32_t *order = memory;
  status = dpb__allocate(count, sizeof(uint8_t), "split: choice", &memory);
  *chosen = memory;
  if (status == DPB_OK) {
    dpb_rng root = dpb_rng_seed(seed);
    dpb_rng rng = dpb_rng_split(&root, DPB__STREAM_SPLIT);
    for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
    dpb__shuffle(order, count, &rng);
    mark(d, order, part_count, shares, *chosen);
  }
  dpb__release(order);
  return status;
}

static dpb_status deal_rows(const dpb_dataset *from, const uint8_t *chosen,
                            dpb_dataset **rest, dpb_dataset **part) {
  size_t part_count = 0;
  for (size_t i = 0; i < from->count; i++) part_count += chosen[i];
  dpb_status status = dpb__dataset_make_like(from, part_count, part);
  if (status == DPB_OK)
    status = dpb__dataset_make_like(from, from->count - part_count, rest);
  if (status != DPB_OK) {
    dpb_dataset_destroy(*part);
    *part = NULL;
    return status;
  }
  size_t at[2] = {0, 0};
  for (size_t i = 0; i < from->count; i++) {
    dpb__dataset_copy_rows(chosen[i] ? *part : *rest, at[chosen[i]]++, from, i, 1);
  }
  return DPB_OK;
}

static dpb_status cut(const dpb_dataset *dataset, double fraction, uint64_t seed,
                      bool by_class, dpb_dataset **rest, dpb_dataset **part) {
  if (rest != NULL) *rest = NULL;
  if (part != NULL) *part = NULL;
  if (dataset == NULL || rest == NULL || part == NULL) {
    return dpb__fail(DPB_ERR_ARG, "dataset split: %s is NULL",
                     dataset == NULL ? "dataset" : "an out-pointer");
  }
  if (!(fraction > 0.0 && fraction < 1.0)) {
    return dpb__fail(DPB_ERR_ARG,
                     "dataset split: fraction is %g, must be between 0 and 1", fraction);
  }
  size_t count = dataset->count;
  if (count < 2) {
    return dpb__fail(DPB_ERR_ARG, "dataset split: 1 sample cannot be cut in two");
  }
  const unsigned host_mode = dpb__float_enter_plain();
  size_t part_count = (size_t)(fraction * (double)count + 0.5);
  if (part_count < 1) part_count = 1;
  if (part_count > count - 1) part_count = count - 1;

  class_share *shares = NULL;
  uint8_t *chosen = NULL;
  dpb_status status = DPB_OK;
  if (by_class) status = make_shares(dataset, fraction, part_count, &shares);
  dpb__float_leave(host_mode);
  if (status == DPB_OK) status = choose(dataset, part_count, seed, shares, &chosen);
  if (status == DPB_OK) status = deal_rows(dataset, chosen, rest, part);
  dpb__release(shares);
  dpb__release(chosen);
  return status;
}

dpb_status dpb_dataset_split(const dpb_dataset *dataset, double fraction, uint64_t seed,
                             dpb_dataset **rest, dpb_dataset **part) {
  return cut(dataset, fraction, seed, false, rest, part);
}

dpb_status dpb_dataset_split_stratified(const dpb_dataset *dataset, double fraction,
                                        uint64_t seed, dpb_dataset **rest,
                                        dpb_dataset **part) {
  return cut(dataset, fraction, seed, true, rest, part);
}
