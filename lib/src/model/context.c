/* SPDX-License-Identifier: MIT
 *
 * Asking a model: by its owner with all workers, or by any thread with a context.
 */
#include "base/error.h"
#include "base/memory.h"
#include "model/run.h"

struct dpb_context {
  dpb__workspace *workspace;
};

dpb_status dpb_model_loss(dpb_model *model, const dpb_batch *batch, double *loss,
                          int *correct) {
  dpb_status status = dpb__model_ready(model, "dpb_model_loss");
  if (status != DPB_OK) return status;
  if (!loss) return dpb__fail(DPB_ERR_ARG, "dpb_model_loss: loss is NULL");
  const dpb__answer answer = {.loss = loss, .correct = correct};
  return dpb__run_inference(model->workspace, model->pool, batch, &answer);
}

dpb_status dpb_model_predict(dpb_model *model, const dpb_batch *batch, float *outputs) {
  dpb_status status = dpb__model_ready(model, "dpb_model_predict");
  if (status != DPB_OK) return status;
  if (!outputs) return dpb__fail(DPB_ERR_ARG, "dpb_model_predict: outputs is NULL");
  const dpb__answer answer = {.outputs = outputs};
  return dpb__run_inference(model->workspace, model->pool, batch, &answer);
}

dpb_status dpb_context_create(const dpb_model *model, int max_batch, dpb_context **out) {
  if (!out) return dpb__fail(DPB_ERR_ARG, "dpb_context_create: context is NULL");
  *out = NULL;
  dpb_status status = dpb__model_ready(model, "dpb_context_create");
  if (status != DPB_OK) return status;
  if (max_batch < 0)
    return dpb__fail(DPB_ERR_ARG, "max_batch is %d, must be at least 1 (0: the model's)",
                     max_batch);

  void *memory;
  status = dpb__allocate(1, sizeof(dpb_context), "context", &memory);
  if (status != DPB_OK) return status;
  dpb_context *context = memory;
  status = dpb__workspace_create(model, max_batch ? max_batch : model->config.max_batch,
                                 1, false, &context->workspace);
  if (status != DPB_OK) {
    dpb__release(context);
    return status;
  }
  *out = context;
  return DPB_OK;
}

void dpb_context_destroy(dpb_context *context) {
  if (!context) return;
  dpb__workspace_destroy(context->workspace);
  dpb__release(context);
}

dpb_status dpb_context_predict(dpb_context *context, const dpb_batch *batch,
                               float *outputs) {
  if (!context || !outputs)
    return dpb__fail(DPB_ERR_ARG, "dpb_context_predict: %s is NULL",
                     context ? "outputs" : "context");
  const dpb__answer answer = {.outputs = outputs};
  return dpb__run_inference(context->workspace, NULL, batch, &answer);
}
