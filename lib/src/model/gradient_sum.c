/* SPDX-License-Identifier: MIT
 *
 * What is done to gradients between backprop and the update: weight decay (section
 * 6.4.2), sums over several mini-batches, clipping by the global norm. One pass over the
 * flat vectors each, by all workers; sums are made per piece and added up in order.
 */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "model/pieces.h"
#include "simd/vec.h"

static dpb_status check_gradients(const dpb_model *model, const char *function) {
  const dpb_status status = dpb__model_ready(model, function);
  if (status != DPB_OK || model->grads) return status;
  return dpb__fail(DPB_ERR_STATE, "%s: the model was built for inference", function);
}

/* -- weight decay */

static void decay_piece(void *arg, int task, int worker) {
  const dpb_model *model = arg;
  dpb__piece *piece = &model->pieces[task];
  const float *w = model->params + piece->begin;
  (void)worker;
  piece->sum = 0.0;
  if (!piece->weight) return;
  const dpb__vec *vec = dpb__vec_get();
  vec->add_scaled(piece->count, model->config.weight_decay, w,
                  model->grads + piece->begin);
  piece->sum = vec->sum_squares(piece->count, w);
}

static double total(const dpb_model *model) {
  double sum = 0.0;
  for (int i = 0; i < model->piece_count; i++) sum += model->pieces[i].sum;
  return sum;
}

void dpb__pieces_decay(dpb_model *model, double *loss) {
  dpb__pieces_run(model, decay_piece, model);
  *loss += 0.5 * (double)model->config.weight_decay * total(model);
}

dpb_status dpb_model_set_weight_decay(dpb_model *model, float lambda) {
  if (!model) return dpb__fail(DPB_ERR_ARG, "dpb_model_set_weight_decay: model is NULL");
  const dpb_status status = dpb__check_weight_decay(lambda);
  if (status == DPB_OK) model->config.weight_decay = lambda;
  return status;
}

float dpb_model_weight_decay(const dpb_model *model) {
  return model ? model->config.weight_decay : 0.0f;
}

/* -- several mini-batches */

static void clear_piece(void *arg, int task, int worker) {
  const dpb_model *model = arg;
  const dpb__piece *piece = &model->pieces[task];
  (void)worker;
  memset(model->grads + piece->begin, 0, piece->count * sizeof(float));
}

dpb_status dpb_model_gradient_clear(dpb_model *model) {
  dpb_status status = check_gradients(model, "dpb_model_gradient_clear");
  if (status != DPB_OK) return status;
  if (!model->spare_grads) {
    dpb__arena_plan plan = {0};
    const size_t at = dpb__arena_reserve_floats(&plan, model->flat_count);
    status = dpb__arena_allocate(&plan, "gradients of a part", &model->spare);
    if (status != DPB_OK) return status;
    dpb__arena_guard(&model->spare, at, model->flat_count * sizeof(float));
    model->spare_grads = dpb__arena_at(&model->spare, at);
  }
  dpb__pieces_run(model, clear_piece, model);
  return DPB_OK;
}

typedef struct addition {
  const dpb_model *model;
  float share;
} addition;

static void add_piece(void *arg, int task, int worker) {
  const addition *all = arg;
  const dpb__piece *piece = &all->model->pieces[task];
  (void)worker;
  dpb__vec_get()->add_scaled(piece->count, all->share,
                             all->model->spare_grads + piece->begin,
                             all->model->grads + piece->begin);
}

dpb_status dpb_model_gradient_add(dpb_model *model, const dpb_batch *batch, float share,
                                  double *loss) {
  dpb_status status = check_gradients(model, "dpb_model_gradient_add");
  if (status != DPB_OK) return status;
  if (!isfinite(share))
    return dpb__fail(DPB_ERR_ARG, "dpb_model_gradient_add: share is %g, must be finite",
                     (double)share);
  if (!model->spare_grads)
    return dpb__fail(DPB_ERR_STATE, "dpb_model_gradient_add: dpb_model_gradient_clear "
                                    "comes first");
  /* The part's own gradients go to the spare vector: a part that fails adds nothing. */
  float *sum = model->grads;
  model->grads = model->spare_grads;
  status = dpb_model_gradient(model, batch, loss);
  model->grads = sum;
  if (status != DPB_OK) return status;
  addition all = {model, share};
  dpb__pieces_run(model, add_piece, &all);
  return DPB_OK;
}

/* -- clipping */

static void measure_piece(void *arg, int task, int worker) {
  const dpb_model *model = arg;
  dpb__piece *piece = &model->pieces[task];
  (void)worker;
  piece->sum = dpb__vec_get()->sum_squares(piece->count, model->grads + piece->begin);
}

typedef struct scaling {
  const dpb_model *model;
  float factor;
} scaling;

static void scale_piece(void *arg, int task, int worker) {
  const scaling *all = arg;
  const dpb__piece *piece = &all->model->pieces[task];
  (void)worker;
  dpb__vec_get()->scale(piece->count, all->factor, all->model->grads + piece->begin);
}

/* The square of a float fits into a double, as does any sum of them: only gradients that
 * are not finite themselves make such a sum. */
static dpb_status fail_not_finite(const dpb_model *model) {
  const char *name = "";
  for (int i = model->piece_count - 1; i >= 0; i--)
    if (!isfinite(model->pieces[i].sum)) name = model->pieces[i].param->name;
  return dpb__fail(DPB_ERR_DIVERGED,
                   "dpb_clip_gradients: the gradient of %s is not finite", name);
}

static dpb_status clip(dpb_model *model, double max_norm, double *norm) {
  dpb__pieces_run(model, measure_piece, model);
  const double measured = sqrt(total(model));
  if (!isfinite(measured)) return fail_not_finite(model);
  if (norm) *norm = measured;
  if (measured <= max_norm) return DPB_OK;
  scaling all = {model, (float)(max_norm / measured)};
  dpb__pieces_run(model, scale_piece, &all);
  return DPB_OK;
}

dpb_status dpb_clip_gradients(dpb_model *model, double max_norm, double *norm) {
  dpb_status status = check_gradients(model, "dpb_clip_gradients");
  if (status != DPB_OK) return status;
  if (!(max_norm > 0.0))
    return dpb__fail(DPB_ERR_ARG, "dpb_clip_gradients: max_norm is %g, must be above 0",
                     max_norm);
  const unsigned host_mode = dpb__float_enter();
  status = clip(model, max_norm, norm);
  dpb__float_leave(host_mode);
  return status;
}
