/* SPDX-License-Identifier: MIT
 *
 * Cutting the parameters into pieces, and running work over them.
 */
#include "model/pieces.h"

#include <limits.h>

#include "base/error.h"
#include "base/memory.h"

/* Fewer parameters than this are not worth waking workers for. */
#define SHARED_FLOATS 16384

static size_t pieces_of(const dpb__param *param) {
  return param->count / DPB__PIECE_FLOATS + (param->count % DPB__PIECE_FLOATS != 0);
}

static dpb__piece *cut(const dpb__param *param, dpb__piece *piece) {
  for (size_t begin = 0; begin < param->count; begin += DPB__PIECE_FLOATS) {
    size_t count = param->count - begin;
    if (count > DPB__PIECE_FLOATS) count = DPB__PIECE_FLOATS;
    *piece++ = (dpb__piece){.begin = param->offset + begin,
                            .count = count,
                            .param = param,
                            .weight = param->weight != 0};
  }
  return piece;
}

dpb_status dpb__pieces_create(dpb_model *model) {
  size_t count = 0;
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++)
      count += pieces_of(&model->layers[i].params[j]);
  if (count > INT_MAX)
    return dpb__fail(DPB_ERR_SIZE, "a model of %zu parameters is too large",
                     model->own_count);
  void *memory = NULL;
  const dpb_status status =
      dpb__allocate(count > 0 ? count : 1, sizeof(dpb__piece), "list of pieces", &memory);
  if (status != DPB_OK) return status;
  model->pieces = memory;
  model->piece_count = (int)count;
  dpb__piece *piece = model->pieces;
  for (int whole = 0; whole <= 1; whole++)
    for (int i = 0; i < model->layer_count; i++) {
      const dpb__layer *layer = &model->layers[i];
      if (dpb__is_sharded(layer) == whole) continue;
      for (int j = 0; j < layer->param_count; j++) piece = cut(&layer->params[j], piece);
    }
  return DPB_OK;
}

typedef struct piece_run {
  const dpb_model *model;
  dpb__pool_task work;
  void *arg;
} piece_run;

static void run_piece(void *arg, int task, int worker) {
  const piece_run *run = arg;
  run->work(run->arg, task, worker);
}

static double place_of(const void *arg, int task) {
  const dpb_model *model = ((const piece_run *)arg)->model;
  return (double)model->pieces[task].begin / (double)model->flat_count;
}

void dpb__pieces_run(dpb_model *model, dpb__pool_task work, void *arg) {
  const bool small = model->flat_count <= SHARED_FLOATS;
  piece_run run = {model, work, arg};
  dpb__pool_run_placed(small ? NULL : model->pool, model->piece_count, place_of,
                       run_piece, &run);
}
