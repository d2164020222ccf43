/* SPDX-License-Identifier: MIT
 *
 * What a network will take, told from its plan: a text or a file of a few bytes can
 * describe one that no machine holds, and is refused before memory is asked for.
 */
#include "base/error.h"
#include "base/size.h"
#include "model/stages.h"
#include "model/workspace.h"

/* What a file may ask for of its own, for each worker, and how many workers count. A file
 * of weights takes its own size twice, for training four times; activations of the usual
 * convolutions are within what is left for the mini-batches that are usual for them. */
#define FILE_BYTES   ((size_t)24 << 20)
#define FILE_TIMES   64
#define FILE_WORKERS 16

/* Bytes for mini-batches of max_batch, SIZE_MAX where they cannot be counted. */
static dpb_status measure(const dpb_model *model, int max_batch, int workers,
                          size_t *bytes) {
  const bool train = !model->config.inference;
  size_t own = 0;
  const dpb_status status =
      dpb__workspace_measure(model, max_batch, workers, train, bytes);
  if (!dpb__size_mul(model->flat_count, train ? 2 : 1, &own) ||
      !dpb__size_add(own, model->state_count, &own) ||
      !dpb__size_mul(own, sizeof(float), &own) || !dpb__size_add(own, *bytes, bytes))
    *bytes = SIZE_MAX;
  return status;
}

dpb_status dpb__model_check_memory(dpb_model *model) {
  const dpb_model_config *config = &model->config;
  if (config->memory_limit == 0) return DPB_OK;
  size_t needed = 0, least = 0;
  dpb_status status = measure(model, config->max_batch, config->threads, &needed);
  if (status == DPB_OK) status = measure(model, 1, 1, &least);
  if (status != DPB_OK || needed <= config->memory_limit) return status;
  return dpb__fail(DPB_ERR_SIZE,
                   "the network takes %zu bytes for mini-batches of %d with %d workers "
                   "(for one sample and one worker %zu), and memory_limit is %zu",
                   needed, config->max_batch, config->threads, least,
                   config->memory_limit);
}

static size_t limit_of(uint64_t file_size, int threads) {
  size_t limit = 0;
  const size_t workers = (size_t)(threads < FILE_WORKERS ? threads : FILE_WORKERS);
  if (file_size > SIZE_MAX || !dpb__size_mul((size_t)file_size, FILE_TIMES, &limit) ||
      !dpb__size_add(limit, FILE_BYTES, &limit) || !dpb__size_mul(limit, workers, &limit))
    return SIZE_MAX;
  return limit;
}

dpb_status dpb__model_fit_memory(dpb_model *model, uint64_t file_size, bool any_batch) {
  dpb_model_config *config = &model->config;
  if (model->layer_count == 0) return DPB_OK; /* which build refuses */
  if (config->memory_limit == 0)
    config->memory_limit = limit_of(file_size, config->threads);
  dpb_status status = dpb__stages_plan(model);
  if (status != DPB_OK) return status;
  while (any_batch && config->max_batch > 1) {
    size_t needed = 0;
    status = measure(model, config->max_batch, config->threads, &needed);
    if (status != DPB_OK) return status;
    if (needed <= config->memory_limit) break;
    config->max_batch /= 2;
  }
  return dpb__model_check_memory(model);
}
