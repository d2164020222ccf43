/* SPDX-License-Identifier: MIT
 *
 * Loss and accuracy over a dataset, in mini-batches in order: every sample counts once,
 * the last short batch too (the book's accuracy loops over whole batches alone).
 */
#include "train/trainer.h"

#include "base/error.h"
#include "base/float_mode.h"
#include "model/run.h"

static int same_sample(dpb_hwc input, dpb_hwc sample) {
  if (input.h == sample.h && input.w == sample.w && input.c == sample.c) return 1;
  /* One channel: h, w, c and the book's flat c, h, w are the same order. */
  return input.h == 1 && input.w == 1 && sample.c == 1 &&
         (int64_t)sample.h * sample.w == input.c;
}

dpb_status dpb__dataset_fits(const dpb_model *model, const dpb_dataset *dataset,
                             const char *what) {
  dpb_hwc input = dpb_model_input(model);
  dpb_hwc output = dpb_model_output(model);
  dpb_hwc sample = dpb_dataset_sample_shape(dataset);
  if (!same_sample(input, sample))
    return dpb__fail(DPB_ERR_SHAPE,
                     "%s: its samples are %dx%dx%d, the model's input is %dx%dx%d", what,
                     sample.h, sample.w, sample.c, input.h, input.w, input.c);
  int64_t outputs = (int64_t)output.h * output.w * output.c;
  int classes = dpb_dataset_classes(dataset);
  if (classes > outputs)
    return dpb__fail(DPB_ERR_SHAPE, "%s: it has %d classes, the model has %lld outputs",
                     what, classes, (long long)outputs);
  return DPB_OK;
}

dpb_status dpb__evaluate_rows(dpb_model *model, const dpb_dataset *dataset, size_t count,
                              dpb_evaluation *result, int32_t *predictions) {
  dpb_evaluation sum = {0};
  double weight = 0;
  size_t most = (size_t)dpb_model_max_batch(model);
  while (sum.total < count) {
    size_t left = count - sum.total;
    int n = (int)(left < most ? left : most);
    dpb_batch batch;
    double loss = 0, part = 0;
    int correct = 0;
    dpb_status status = dpb_dataset_batch(dataset, sum.total, n, &batch);
    const dpb__answer answer = {.loss = &loss,
                                .weight = &part,
                                .correct = &correct,
                                .classes = predictions ? predictions + sum.total : NULL};
    if (status == DPB_OK)
      status = dpb__run_inference(model->workspace, model->pool, &batch, &answer);
    if (status != DPB_OK)
      return dpb__fail_in(status, "samples %zu to %zu: ", sum.total,
                          sum.total + (size_t)n - 1);
    sum.loss += loss * part;
    weight += part;
    sum.correct += (size_t)correct;
    sum.total += (size_t)n;
  }
  sum.loss /= weight;
  *result = sum;
  return DPB_OK;
}

dpb_status dpb_evaluate(dpb_model *model, const dpb_dataset *dataset,
                        dpb_evaluation *result, int32_t *predictions) {
  dpb_status status = dpb__model_ready(model, "dpb_evaluate");
  if (status != DPB_OK) return status;
  if (!dataset) return dpb__fail(DPB_ERR_ARG, "dpb_evaluate: dataset is NULL");
  if (!result) return dpb__fail(DPB_ERR_ARG, "dpb_evaluate: result is NULL");
  status = dpb__dataset_fits(model, dataset, "dataset");
  if (status != DPB_OK) return status;
  const unsigned host_mode = dpb__float_enter_plain();
  status =
      dpb__evaluate_rows(model, dataset, dpb_dataset_count(dataset), result, predictions);
  dpb__float_leave(host_mode);
  return status;
}
