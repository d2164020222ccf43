/* SPDX-License-Identifier: MIT
 *
 * The trials of a search by their scores.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "search/search.h"

/* Sifts a heap's entry down; the worst trial is on top. */
static void sift(const dpb_search *s, int *heap, int count, int at) {
  for (int child = 2 * at + 1; child < count; child = 2 * at + 1) {
    if (child + 1 < count &&
        dpb__search_better(s, s->trials[heap[child]], s->trials[heap[child + 1]]))
      child++;
    if (!dpb__search_better(s, s->trials[heap[at]], s->trials[heap[child]])) return;
    int swapped = heap[at];
    heap[at] = heap[child];
    heap[child] = swapped;
    at = child;
  }
}

static void sort(const dpb_search *s, int *ids, int count) {
  for (int i = count / 2 - 1; i >= 0; i--) sift(s, ids, count, i);
  for (int i = count - 1; i > 0; i--) {
    int worst = ids[0];
    ids[0] = ids[i];
    ids[i] = worst;
    sift(s, ids, i, 0);
  }
}

dpb_status dpb_search_rank(const dpb_search *search, int *ids, int capacity, int *count) {
  if (count != NULL) *count = 0;
  if (search == NULL || count == NULL || (ids == NULL && capacity > 0))
    return dpb__fail(DPB_ERR_ARG, "%s",
                     search == NULL  ? "search is NULL"
                     : count == NULL ? "count is NULL"
                                     : "ids is NULL");
  if (capacity < 0)
    return dpb__fail(DPB_ERR_ARG, "capacity is %d, must be at least 0", capacity);
  if (search->told == 0) return DPB_OK;
  void *memory;
  dpb_status status =
      dpb__allocate((size_t)search->told, sizeof(int), "a ranking", &memory);
  if (status != DPB_OK) return status;
  int *all = memory;
  int told = 0;
  for (int id = 0; id < search->end; id++)
    if (search->trials[id] != NULL && search->trials[id]->seen.told) all[told++] = id;
  sort(search, all, told);
  int written = told < capacity ? told : capacity;
  if (written > 0) memcpy(ids, all, (size_t)written * sizeof(int));
  *count = told;
  dpb__release(memory);
  return DPB_OK;
}

dpb_status dpb_search_best(const dpb_search *search, dpb_trial *trial) {
  if (trial == NULL) return dpb__fail(DPB_ERR_ARG, "trial is NULL");
  *trial = (dpb_trial){.id = -1, .score = (double)NAN};
  if (search == NULL) return dpb__fail(DPB_ERR_ARG, "search is NULL");
  const dpb__trial *best = NULL;
  for (int id = 0; id < search->end; id++) {
    const dpb__trial *t = search->trials[id];
    if (t == NULL || !t->seen.told || isnan(t->seen.score)) continue;
    if (best == NULL || dpb__search_better(search, t, best)) best = t;
  }
  if (best == NULL)
    return dpb__fail(DPB_ERR_NOT_FOUND, "none of %d finished trials has succeeded",
                     search->told);
  *trial = best->seen;
  return DPB_OK;
}
