/* SPDX-License-Identifier: MIT
 *
 * One training step: the gradient of a mini-batch, then the optimiser's update (section
 * 6.1), shared by the model's workers in pieces of tensors. Each element is updated from
 * its own gradient and state alone, so the cut changes no bit of the result.
 */
#include "train/trainer.h"

#include "base/error.h"
#include "base/float_mode.h"
#include "model/model.h"
#include "model/pieces.h"
#include "optim/update.h"

typedef struct update {
  dpb_model *model;
  dpb_optimizer *optimizer;
} update;

static void update_piece(void *arg, int task, int worker) {
  const update *all = arg;
  const dpb_model *model = all->model;
  const dpb__piece *piece = &model->pieces[task];
  (void)worker;
  dpb__optimizer_range(all->optimizer, piece->begin, piece->begin + piece->count,
                       piece->weight, model->params, model->grads);
}

static void update_all(dpb_model *model, dpb_optimizer *optimizer) {
  update all = {model, optimizer};
  const unsigned host_mode = dpb__float_enter();
  dpb__optimizer_begin(optimizer);
  dpb__pieces_run(model, update_piece, &all);
  dpb__float_leave(host_mode);
}

dpb_status dpb__optimizer_fits(const dpb_model *model, const dpb_optimizer *optimizer) {
  if (!model->grads)
    return dpb__fail(DPB_ERR_STATE,
                     "the model was built for inference: it cannot be trained");
  size_t size = dpb__optimizer_size(optimizer);
  if (size != model->flat_count)
    return dpb__fail(DPB_ERR_SHAPE,
                     "optimizer: it is for %zu parameters, the model's flat count is %zu",
                     size, model->flat_count);
  return DPB_OK;
}

/* Model and optimiser are there and fit. */
static dpb_status check_both(const dpb_model *model, const dpb_optimizer *optimizer,
                             const char *function) {
  dpb_status status = dpb__model_ready(model, function);
  if (status != DPB_OK) return status;
  if (!optimizer) return dpb__fail(DPB_ERR_ARG, "%s: optimizer is NULL", function);
  return dpb__optimizer_fits(model, optimizer);
}

dpb_status dpb_train_step(dpb_model *model, dpb_optimizer *optimizer,
                          const dpb_batch *batch, double *loss) {
  dpb_status status = check_both(model, optimizer, "dpb_train_step");
  if (status != DPB_OK) return status;
  double value = 0;
  status = dpb_model_gradient(model, batch, &value);
  if (status != DPB_OK) return status;
  update_all(model, optimizer);
  if (loss) *loss = value;
  return DPB_OK;
}

dpb_status dpb_train_update(dpb_model *model, dpb_optimizer *optimizer) {
  const dpb_status status = check_both(model, optimizer, "dpb_train_update");
  if (status == DPB_OK) update_all(model, optimizer);
  return status;
}
