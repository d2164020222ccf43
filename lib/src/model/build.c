/* SPDX-License-Identifier: MIT
 *
 * Build: plan, allocate once, initialise.
 */
#include "base/error.h"
#include "base/float_mode.h"
#include "blas/gemm.h"
#include "model/add.h"
#include "model/head.h"
#include "model/pieces.h"
#include "model/stages.h"
#include "model/workspace.h"

/* Random streams of a model, split from its seed. */
enum { STREAM_INIT = 1, STREAM_STEP = 2 };

dpb_rng dpb__model_step_stream(const dpb_model *model, uint64_t step) {
  const dpb_rng seed = dpb_rng_seed(model->config.seed);
  const dpb_rng steps = dpb_rng_split(&seed, STREAM_STEP);
  return dpb_rng_split(&steps, step);
}

dpb_rng dpb__model_stream(const dpb_model *model, int index, uint64_t step) {
  const dpb_rng streams = dpb__model_step_stream(model, step);
  return dpb_rng_split(&streams, (uint64_t)index);
}

static void initialise(dpb_model *model) {
  const dpb_rng seed = dpb_rng_seed(model->config.seed);
  const dpb_rng init = dpb_rng_split(&seed, STREAM_INIT);
  for (int i = 0; i < model->layer_count; i++) {
    const dpb__layer *layer = &model->layers[i];
    if (!layer->ops->init) continue;
    dpb_rng rng = dpb_rng_split(&init, (uint64_t)i);
    layer->ops->init(layer, model->params, &rng);
  }
}

static dpb_status allocate_parameters(dpb_model *model) {
  dpb__arena_plan plan = {0};
  const size_t bytes = model->flat_count * sizeof(float); /* the plan has checked it */
  const size_t params = dpb__arena_reserve(&plan, bytes);
  const size_t grads = model->config.inference ? 0 : dpb__arena_reserve(&plan, bytes);
  const size_t state = dpb__arena_reserve_floats(&plan, model->state_count);
  dpb_status status = dpb__arena_allocate(&plan, "parameters", &model->parameters);
  if (status != DPB_OK) return status;
  dpb__arena_guard(&model->parameters, params, bytes);
  model->params = dpb__arena_at(&model->parameters, params);
  model->state = dpb__arena_at(&model->parameters, state);
  dpb__arena_guard(&model->parameters, state, model->state_count * sizeof(float));
  if (!model->config.inference) {
    dpb__arena_guard(&model->parameters, grads, bytes);
    model->grads = dpb__arena_at(&model->parameters, grads);
  }
  return DPB_OK;
}

static dpb_status build(dpb_model *model) {
  if (model->layer_count == 0)
    return dpb__fail(DPB_ERR_SHAPE, "the network has no layers");
  if (!model->head) model->head = dpb__head_find("softmax", 7);

  dpb_status status = dpb__model_plan(model);
  if (status == DPB_OK) status = dpb__head_fits(model);
  if (status == DPB_OK) status = dpb__stages_plan(model);
  if (status == DPB_OK) status = dpb__model_check_memory(model);
  if (status == DPB_OK) status = allocate_parameters(model);
  if (status == DPB_OK && !model->config.inference) status = dpb__pieces_create(model);
  if (status == DPB_OK) status = dpb__pool_create(model->config.threads, &model->pool);
  if (status == DPB_OK)
    status = dpb__workspace_create(model, model->config.max_batch, model->config.threads,
                                   !model->config.inference, &model->workspace);
  return status;
}

dpb_status dpb_model_build(dpb_model *model) {
  if (!model) {
    const char *why = dpb_error_message();
    return dpb__fail(DPB_ERR_ARG, "dpb_model_build: the model is NULL%s%s",
                     *why ? "; the last failure was: " : "", why);
  }
  if (model->built) return dpb__fail(DPB_ERR_STATE, "the model is built already");
  if (model->failure != DPB_OK)
    return dpb__fail(model->failure, "%s", model->failure_text);

  const unsigned host_mode = dpb__float_enter();
  dpb_status status = build(model);
  if (status == DPB_OK) initialise(model);
  dpb__float_leave(host_mode);
  if (status != DPB_OK)
    return dpb__add_failed(model, status); /* good for nothing but destroy */
  model->built = true;
  return DPB_OK;
}
