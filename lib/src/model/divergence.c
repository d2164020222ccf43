/* SPDX-License-Identifier: MIT
 *
 * Why a loss is not finite. The first layer whose output is not finite has parameters
 * that are not, or was given such numbers, or its output has outgrown float32; of a loss
 * without a layer, the parameters alone can tell.
 */
#include "model/divergence.h"

#include <math.h>
#include <string.h>

#include "base/error.h"

float dpb__largest_magnitude(size_t count, const float *x) {
  float largest = 0.0f;
  for (size_t i = 0; i < count; i++) {
    if (!isfinite(x[i])) return NAN;
    if (fabsf(x[i]) > largest) largest = fabsf(x[i]);
  }
  return largest;
}

static size_t count_bad(size_t count, const float *x) {
  size_t bad = 0;
  for (size_t i = 0; i < count; i++) bad += isfinite(x[i]) ? 0 : 1;
  return bad;
}

/* printf gives some NaNs a sign, which nobody needs. */
static const char *loss_text(double loss) {
  return isnan(loss) ? "nan" : "infinite";
}

static const char *kind_of(const dpb__param *param) {
  if (param->weight) return "weights ";
  return dpb__is_bias(param) ? "biases " : "";
}

/* Names the first parameter of the layer that holds numbers that are not finite; DPB_OK
 * when there is none. */
static dpb_status check_parameters(const dpb_model *model, double loss, int index) {
  const dpb__layer *layer = &model->layers[index];
  for (int i = 0; i < layer->param_count; i++) {
    const dpb__param *param = &layer->params[i];
    const size_t bad = count_bad(param->count, model->params + param->offset);
    if (bad > 0)
      return dpb__fail(DPB_ERR_DIVERGED,
                       "the loss is %s: layer %d %s: its %s%s hold %zu number%s of %zu "
                       "that are not finite",
                       loss_text(loss), index + 1, layer->ops->name, kind_of(param),
                       param->name, bad, bad == 1 ? "" : "s", param->count);
  }
  return DPB_OK;
}

static float largest_parameter(const dpb_model *model, int index) {
  const dpb__layer *layer = &model->layers[index];
  float largest = 0.0f;
  for (int i = 0; i < layer->param_count; i++) {
    const float here = dpb__largest_magnitude(layer->params[i].count,
                                              model->params + layer->params[i].offset);
    if (here > largest) largest = here;
  }
  return largest;
}

static dpb_status fail_layer(const dpb_model *model, double loss, int index,
                             float input) {
  const char *name = model->layers[index].ops->name;
  if (!isfinite(input))
    return dpb__fail(DPB_ERR_DIVERGED,
                     "the loss is %s: layer %d %s: its input holds numbers that are not "
                     "finite",
                     loss_text(loss), index + 1, name);
  if (model->layers[index].param_count == 0)
    return dpb__fail(DPB_ERR_DIVERGED,
                     "the loss is %s: layer %d %s: its output grew beyond float32 "
                     "(largest input %.2g)",
                     loss_text(loss), index + 1, name, (double)input);
  return dpb__fail(DPB_ERR_DIVERGED,
                   "the loss is %s: layer %d %s: its output grew beyond float32 (largest "
                   "input %.2g, largest parameter %.2g)",
                   loss_text(loss), index + 1, name, (double)input,
                   (double)largest_parameter(model, index));
}

dpb_status dpb__fail_diverged(const dpb_model *model, double loss, int layer,
                              float input) {
  dpb_status status = DPB_OK;
  if (layer >= 0) {
    status = check_parameters(model, loss, layer);
    return status == DPB_OK ? fail_layer(model, loss, layer, input) : status;
  }
  for (int i = 0; status == DPB_OK && i < model->layer_count; i++)
    status = check_parameters(model, loss, i);
  if (status != DPB_OK) return status;
  return dpb__fail(DPB_ERR_DIVERGED,
                   "the loss is %s, and all parameters are finite: the samples are not, "
                   "or the outputs grew beyond float32",
                   loss_text(loss));
}
