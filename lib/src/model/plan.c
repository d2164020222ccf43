/* SPDX-License-Identifier: MIT
 *
 * The plan: every shape, and where every parameter lies in the flat vectors. Checked
 * arithmetic, no allocation.
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/size.h"
#include "model/model.h"

/* Segments of the flat vectors begin at multiples of this many floats. */
#define ALIGNED_FLOATS (DPB__ALIGNMENT / sizeof(float))

/* The count of numbers in one sample; OpenBLAS counts in int, so that is the limit. */
static dpb_status sample_count(dpb_hwc shape, const char *what, size_t *count) {
  size_t product;
  if (!dpb__size_mul((size_t)shape.h, (size_t)shape.w, &product) ||
      !dpb__size_mul(product, (size_t)shape.c, &product) || product > INT_MAX)
    return dpb__fail(DPB_ERR_SIZE, "%s %dx%dx%d has more than %d numbers", what, shape.h,
                     shape.w, shape.c, INT_MAX);
  *count = product;
  return DPB_OK;
}

static void resolve_init(const dpb_model *model, dpb__layer *layer) {
  int activation = layer->index + 1;
  while (activation < model->layer_count && model->layers[activation].ops->normalises)
    activation++;
  const bool rectified =
      activation < model->layer_count && model->layers[activation].ops->rectifies;
  layer->init = model->config.init;
  if (layer->init.kind == DPB_INIT_AUTO)
    layer->init.kind = rectified ? DPB_INIT_HE : DPB_INIT_XAVIER;
}

static dpb_status plan_layer(const dpb_model *model, dpb__layer *layer, dpb_hwc in) {
  layer->in = in;
  layer->workspace = model->config.workspace;
  dpb_status status = sample_count(in, "input", &layer->in_count);
  if (status != DPB_OK) return status;
  resolve_init(model, layer);
  status = layer->ops->plan(layer);
  if (status != DPB_OK) return status;
  return sample_count(layer->out, "output", &layer->out_count);
}

/* W1, b1 belong together, and gamma1, beta1: layers are counted by what they have. */
static void name_params(dpb__layer *layer, int *weighted, int *normed) {
  bool has_weight = false, has_gamma = false;
  for (int i = 0; i < layer->param_count; i++) {
    has_weight |= strcmp(layer->params[i].role, "W") == 0;
    has_gamma |= strcmp(layer->params[i].role, "gamma") == 0;
  }
  *weighted += has_weight;
  *normed += has_gamma;
  for (int i = 0; i < layer->param_count; i++)
    snprintf(layer->params[i].name, sizeof layer->params[i].name, "%s%d",
             layer->params[i].role, has_gamma ? *normed : *weighted);
  for (int i = 0; i < layer->state_count; i++)
    snprintf(layer->states[i].name, sizeof layer->states[i].name, "%s%d",
             layer->states[i].role, *normed);
}

/* Batch normalisation takes off again what a bias right in front of it has added. Its
 * gradient would be nothing but rounding, of which Adam would make steps. */
static void find_idle(dpb_model *model) {
  for (int i = 0; i + 1 < model->layer_count; i++) {
    dpb__layer *layer = &model->layers[i];
    for (int j = 0; j < layer->param_count; j++)
      layer->params[j].idle = layer[1].ops->statistics && dpb__is_bias(&layer->params[j]);
  }
}

static dpb_status place_params(dpb__layer *layer, dpb__param *params, int count,
                               size_t *flat, size_t *own) {
  for (int i = 0; i < count; i++) {
    dpb__param *param = &params[i];
    param->offset = *flat;
    size_t end, bytes;
    if (!dpb__size_add(*flat, param->count, &end) ||
        !dpb__size_mul(end, sizeof(float), &bytes) || !dpb__size_align(bytes, &bytes))
      return dpb__fail(DPB_ERR_SIZE, "layer %d %s: %s with %zu numbers is too large",
                       layer->index + 1, layer->ops->name, param->name, param->count);
    *flat = (end + ALIGNED_FLOATS - 1) / ALIGNED_FLOATS * ALIGNED_FLOATS;
    *own += param->count;
  }
  return DPB_OK;
}

/* Layers that make a gradient per shard come first, so that a shard's gradient is the
 * beginning of the flat vector. */
static dpb_status place_all(dpb_model *model) {
  size_t flat = 0;
  model->own_count = 0; /* a plan may be made before build as well */
  for (int whole = 0; whole <= 1; whole++) {
    for (int i = 0; i < model->layer_count; i++) {
      dpb__layer *layer = &model->layers[i];
      if (dpb__is_sharded(layer) == whole) continue;
      dpb_status status = place_params(layer, layer->params, layer->param_count, &flat,
                                       &model->own_count);
      if (status != DPB_OK) return status;
    }
    if (!whole) model->sharded_count = flat;
  }
  model->flat_count = flat;
  size_t states = 0;
  for (int i = 0; i < model->layer_count; i++) {
    dpb__layer *layer = &model->layers[i];
    dpb_status status = place_params(layer, layer->states, layer->state_count, &states,
                                     &model->own_count);
    if (status != DPB_OK) return status;
  }
  model->state_count = states;
  return DPB_OK;
}

dpb_status dpb__model_plan(dpb_model *model) {
  dpb_hwc shape = model->config.input;
  int weighted = 0, normed = 0;
  for (int i = 0; i < model->layer_count; i++) {
    dpb__layer *layer = &model->layers[i];
    dpb_status status = plan_layer(model, layer, shape);
    if (status != DPB_OK)
      return dpb__fail_in(status, "layer %d %s: ", i + 1, layer->ops->name);
    name_params(layer, &weighted, &normed);
    shape = layer->out;
  }
  find_idle(model);
  return place_all(model);
}
