/* SPDX-License-Identifier: MIT
 *
 * What a model's data was: the names of its classes, and how it was scaled. Notes that
 * travel with the model; nothing inside looks at them.
 */
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/moments.h"
#include "base/names.h"
#include "model/model.h"

dpb_status dpb_model_set_class_names(dpb_model *model, int count,
                                     const char *const *names) {
  dpb_status status = dpb__model_ready(model, "dpb_model_set_class_names");
  if (status != DPB_OK) return status;
  const dpb_hwc out = dpb_model_output(model);
  const int64_t outputs = (int64_t)out.h * out.w * out.c;
  char **copy = NULL;
  if (count != 0 || names) {
    if (!names) return dpb__fail(DPB_ERR_ARG, "class names: names is NULL");
    if (count != outputs)
      return dpb__fail(DPB_ERR_SHAPE,
                       "class names: there are %d, the model has %lld outputs", count,
                       (long long)outputs);
    status = dpb__class_names_check(count, names);
    if (status == DPB_OK) status = dpb__class_names_copy(count, names, &copy);
    if (status != DPB_OK) return status;
  }
  dpb__release(model->class_names);
  model->class_names = copy;
  return DPB_OK;
}

const char *dpb_model_class_name(const dpb_model *model, int index) {
  if (!model || !model->class_names || index < 0) return NULL;
  const dpb_hwc out = dpb_model_output(model);
  return index < (int64_t)out.h * out.w * out.c ? model->class_names[index] : NULL;
}

static dpb_status check_scaling(const dpb_model *model, int channels, const double *mean,
                                const double *deviation) {
  if (!mean || !deviation)
    return dpb__fail(DPB_ERR_ARG, "scaling: %s is NULL", mean ? "deviation" : "mean");
  const dpb_hwc in = model->config.input;
  if (channels != 1 && channels != in.c)
    return dpb__fail(DPB_ERR_SHAPE,
                     "scaling: it has %d channels, the model's input is %dx%dx%d",
                     channels, in.h, in.w, in.c);
  return dpb__moments_check(channels, mean, deviation);
}

dpb_status dpb_model_set_scaling(dpb_model *model, int channels, const double *mean,
                                 const double *deviation) {
  dpb_status status = dpb__model_ready(model, "dpb_model_set_scaling");
  if (status != DPB_OK) return status;
  void *memory = NULL;
  if (channels != 0 || mean || deviation) {
    status = check_scaling(model, channels, mean, deviation);
    if (status == DPB_OK)
      status = dpb__allocate((size_t)channels, 2 * sizeof(double), "scaling", &memory);
    if (status != DPB_OK) return status;
    memcpy(memory, mean, (size_t)channels * sizeof *mean);
    memcpy((double *)memory + channels, deviation, (size_t)channels * sizeof *deviation);
  }
  dpb__release(model->scaling);
  model->scaling = memory;
  model->scaling_channels = channels;
  return DPB_OK;
}

int dpb_model_scaling(const dpb_model *model, const double **mean,
                      const double **deviation) {
  const int channels = model && model->scaling ? model->scaling_channels : 0;
  if (mean) *mean = channels ? model->scaling : NULL;
  if (deviation) *deviation = channels ? model->scaling + channels : NULL;
  return channels;
}
