/* SPDX-License-Identifier: MIT
 *
 * Cutting the parameters into pieces, and running work over them.
 */
#include "model/pieces.h"

#include <limits.h>

#include "base/error.h"
#include "base/memory.h"

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
  for (int i = 0; i < model->layer_count; i++)
    for (int j = 0; j < model->layers[i].param_count; j++)
      piece = cut(&model->layers[i].params[j], piece);
  return DPB_OK;
}

void dpb__pieces_run(dpb_model *model, dpb__pool_task work, void *arg) {
  /* Below two pieces' worth, waking workers costs more than it brings. */
  const bool small = model->flat_count <= DPB__PIECE_FLOATS;
  dpb__pool_run(small ? NULL : model->pool, model->piece_count, work, arg);
}
