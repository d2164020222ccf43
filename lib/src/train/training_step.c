/* SPDX-License-Identifier: MIT
 *
 * One training step: the gradient of a mini-batch, then the optimiser's update (section
 * 6.1), shared by the model's workers in ranges of a fixed size. Each element is updated
 * from its own gradient and state alone, so the cut changes no bit of the result.
 */
#include "train/trainer.h"

#include <limits.h>

#include "base/error.h"
#include "base/pool.h"
#include "model/model.h"
#include "optim/update.h"

/* Floats per task: parameters, gradients and two moments of a range fill 256 KiB, which
 * stays in a core's L2 cache. With less than two ranges waking workers costs more than it
 * brings. */
#define RANGE_FLOATS 16384u

typedef struct update {
  dpb_optimizer *optimizer;
  float *parameters;
  const float *gradients;
  size_t count;
  size_t range;
} update;

static void update_range(void *arg, int task, int worker) {
  const update *all = arg;
  size_t begin = (size_t)task * all->range;
  size_t left = all->count - begin;
  size_t end = begin + (left < all->range ? left : all->range);
  (void)worker;
  dpb__optimizer_range(all->optimizer, begin, end, all->parameters, all->gradients);
}

static void update_all(dpb_model *model, update *all) {
  dpb__optimizer_begin(all->optimizer);
  all->range = RANGE_FLOATS;
  if (all->count / INT_MAX >= RANGE_FLOATS) all->range = all->count / INT_MAX + 1;
  int tasks = (int)((all->count + all->range - 1) / all->range);
  dpb__pool_run(tasks < 2 ? NULL : model->pool, tasks, update_range, all);
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

dpb_status dpb_train_step(dpb_model *model, dpb_optimizer *optimizer,
                          const dpb_batch *batch, double *loss) {
  dpb_status status = dpb__model_ready(model, "dpb_train_step");
  if (status != DPB_OK) return status;
  if (!optimizer) return dpb__fail(DPB_ERR_ARG, "dpb_train_step: optimizer is NULL");
  status = dpb__optimizer_fits(model, optimizer);
  if (status != DPB_OK) return status;
  double value = 0;
  status = dpb_model_gradient(model, batch, &value);
  if (status != DPB_OK) return status;
  update all = {.optimizer = optimizer,
                .parameters = model->params,
                .gradients = model->grads,
                .count = model->flat_count};
  update_all(model, &all);
  if (loss) *loss = value;
  return DPB_OK;
}
