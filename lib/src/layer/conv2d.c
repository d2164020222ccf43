/* SPDX-License-Identifier: MIT
 *
 * Convolution (sections 7.2, 7.4): each filter is moved over the image, and what it sees
 * at a place is multiplied with its weights and added up. conv/conv.h says how that is
 * made of matrix products; here are its parameters, text and plan.
 *
 * W lies as (kernel_h, kernel_w, channels / groups, filters), which is the matrix that
 * the products want; the book's order is (filters, channels, kernel_h, kernel_w).
 */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/size.h"
#include "conv/conv.h"
#include "layer/init.h"
#include "layer/layer_ops.h"
#include "layer/window_words.h"
#include "layer/words.h"

enum { W = 0, B = 1 };

static dpb_window window_of(const dpb_conv2d_config *c) {
  const dpb__extent kernel = {c->kernel, c->kernel_h, c->kernel_w};
  const dpb__extent stride = {c->stride, c->stride_h, c->stride_w};
  const dpb__extent pad = {c->pad, c->pad_h, c->pad_w};
  const dpb__extent dilation = {c->dilation, c->dilation_h, c->dilation_w};
  return (dpb_window){
      .kernel_h = dpb__extent_h(kernel, 0),
      .kernel_w = dpb__extent_w(kernel, 0),
      .stride_h = dpb__extent_h(stride, 1),
      .stride_w = dpb__extent_w(stride, 1),
      .pad_h = dpb__extent_h(pad, 0),
      .pad_w = dpb__extent_w(pad, 0),
      .dilation_h = dpb__extent_h(dilation, 1),
      .dilation_w = dpb__extent_w(dilation, 1),
  };
}

static int groups_of(const dpb_conv2d_config *conv) {
  return conv->groups ? conv->groups : 1;
}

/* One word of the window: its letter, its name, the least that may be written, and where
 * it goes. */
static dpb_status parse_window(dpb__words *words, dpb_conv2d_config *conv, bool *taken) {
  const struct {
    char letter;
    const char *what;
    int least;
    int *both, *h, *w;
  } fields[] = {
      {'k', "conv: kernel", 1, &conv->kernel, &conv->kernel_h, &conv->kernel_w},
      {'s', "conv: stride", 1, &conv->stride, &conv->stride_h, &conv->stride_w},
      {'p', "conv: pad", 0, &conv->pad, &conv->pad_h, &conv->pad_w},
      {'d', "conv: dilation", 1, &conv->dilation, &conv->dilation_h, &conv->dilation_w},
      {'g', "conv: groups", 1, &conv->groups, NULL, NULL},
  };
  *taken = false;
  DPB__KNOWN(conv != NULL);
  for (size_t i = 0; i < sizeof fields / sizeof fields[0] && !*taken; i++) {
    dpb__extent extent = {0};
    const dpb_status status = dpb__words_extent(words, fields[i].letter, fields[i].what,
                                                fields[i].least, &extent, taken);
    if (status != DPB_OK) return status;
    if (!*taken) continue;
    if (!fields[i].h && (extent.h || extent.w)) return dpb__words_unknown(words, "conv");
    *fields[i].both = extent.both;
    if (fields[i].h) *fields[i].h = extent.h;
    if (fields[i].w) *fields[i].w = extent.w;
  }
  return DPB_OK;
}

static dpb_status parse(dpb__words *words, dpb__layer_config *config) {
  dpb_conv2d_config *conv = &config->conv2d;
  DPB__KNOWN(conv != NULL);
  dpb_status status = dpb__words_int(words, "conv: filters", &conv->filters);
  while (status == DPB_OK && dpb__words_next(words)) {
    bool taken = dpb__word_is(words, "nobias");
    if (taken) conv->no_bias = 1;
    if (!taken) status = parse_window(words, conv, &taken);
    if (status == DPB_OK && !taken && conv->init.kind == DPB_INIT_AUTO)
      status = dpb__words_init(words, &conv->init, &taken);
    if (status == DPB_OK && !taken) status = dpb__words_unknown(words, "conv");
  }
  return status;
}

static void format(const dpb__layer_config *config, char *text, size_t capacity) {
  const dpb_conv2d_config *conv = &config->conv2d;
  const dpb_window win = window_of(conv);
  snprintf(text, capacity, " %d", conv->filters);
  dpb__extent_format('k', win.kernel_h, win.kernel_w, 0, text, capacity);
  dpb__extent_format('s', win.stride_h, win.stride_w, 1, text, capacity);
  dpb__extent_format('p', win.pad_h, win.pad_w, 0, text, capacity);
  dpb__extent_format('d', win.dilation_h, win.dilation_w, 1, text, capacity);
  dpb__extent_format('g', groups_of(conv), groups_of(conv), 1, text, capacity);
  if (conv->no_bias) snprintf(text + strlen(text), capacity - strlen(text), " nobias");
  dpb__init_format(&conv->init, text, capacity);
}

static dpb_status check(const dpb__layer_config *config) {
  const dpb_conv2d_config *conv = &config->conv2d;
  const dpb_window win = window_of(conv);
  const struct {
    const char *what;
    int h, w, least;
  } fields[] = {
      {"filters", conv->filters, conv->filters, 1},
      {"kernel", win.kernel_h, win.kernel_w, 1},
      {"stride", win.stride_h, win.stride_w, 1},
      {"pad", win.pad_h, win.pad_w, 0},
      {"dilation", win.dilation_h, win.dilation_w, 1},
      {"groups", groups_of(conv), groups_of(conv), 1},
  };
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    const int value = fields[i].h < fields[i].w ? fields[i].h : fields[i].w;
    if (value < fields[i].least)
      return dpb__fail(DPB_ERR_ARG, "%s is %d, must be at least %d", fields[i].what,
                       value, fields[i].least);
  }
  return dpb__init_check(&conv->init);
}

static void plan_params(dpb__layer *layer) {
  const dpb__product *forward = &layer->plan.conv.forward;
  const dpb_window *win = &forward->patches.window;
  const int channels = layer->in.c / forward->groups;
  layer->params[W] = (dpb__param){
      .role = "W",
      .weight = 1,
      .shape = {4, {win->kernel_h, win->kernel_w, channels, forward->filters}},
      .book = {3, 2, 0, 1},
      .book_shape = {4, {forward->filters, channels, win->kernel_h, win->kernel_w}},
      .count = layer->plan.conv.weight_count,
  };
  layer->param_count = 1;
  if (layer->config.conv2d.no_bias) return;
  const dpb_shape shape = {.rank = 1, .dim = {forward->filters}};
  layer->params[B] = (dpb__param){
      .role = "b",
      .shape = shape,
      .book = {0, 1, 2, 3},
      .book_shape = shape,
      .count = (size_t)forward->filters,
  };
  layer->param_count = 2;
}

static dpb_status plan_scratch(dpb__layer *layer) {
  const size_t floats = layer->plan.conv.scratch;
  if (dpb__size_mul(floats, sizeof(float), &layer->scratch)) return DPB_OK;
  return dpb__fail(DPB_ERR_SIZE, "scratch of %zu numbers is too large", floats);
}

static dpb_status plan(dpb__layer *layer) {
  const dpb_conv2d_config *conv = &layer->config.conv2d;
  const dpb_window win = window_of(conv);
  const dpb_status status =
      dpb__conv_plan(&win, &layer->in, conv->filters, groups_of(conv), layer->workspace,
                     &layer->plan.conv);
  if (status != DPB_OK) return status;
  const dpb__patches *patches = &layer->plan.conv.forward.patches;
  layer->out = (dpb_hwc){patches->out_h, patches->out_w, conv->filters};
  plan_params(layer);
  if (conv->init.kind != DPB_INIT_AUTO) layer->init = conv->init;
  return plan_scratch(layer);
}

static void init(const dpb__layer *layer, float *params, dpb_rng *rng) {
  const dpb__param *w = &layer->params[W];
  const size_t fan_in = w->count / (size_t)layer->config.conv2d.filters;
  const size_t fan_out = w->count / (size_t)layer->in.c;
  dpb__init_fill(&layer->init, fan_in, fan_out, rng, w->count, params + w->offset);
  if (layer->param_count == 1) return;
  memset(params + layer->params[B].offset, 0, layer->params[B].count * sizeof *params);
}

static void forward(const dpb__layer *layer, const dpb__pass *pass) {
  dpb__finish finish = {0};
  if (!layer->finish_behind) {
    if (layer->param_count > 1) finish.b = pass->params + layer->params[B].offset;
    finish.relu = layer->relu_behind;
  }
  dpb__conv_forward(&layer->plan.conv.forward, pass->n, pass->x,
                    pass->params + layer->params[W].offset, finish, pass->y,
                    pass->scratch);
}

static void backward(const dpb__layer *layer, const dpb__pass *pass) {
  const dpb__conv *conv = &layer->plan.conv;
  float *dw = pass->grads + layer->params[W].offset;
  float *db = layer->param_count > 1 ? pass->grads + layer->params[B].offset : NULL;
  dpb__conv_weights(&conv->weights, pass->n, pass->x, pass->dy, pass->add, dw, db,
                    pass->scratch);
  if (pass->dx)
    dpb__conv_data(conv, pass->n, pass->dy, pass->params + layer->params[W].offset,
                   layer->relu_in_front ? pass->x : NULL, pass->dx, pass->scratch);
}

/* The sum over the places of the whole mini-batch, as far as an int can tell. */
static int all_places(const dpb__layer *layer, int batch) {
  const size_t places = (size_t)batch * (size_t)layer->out.h * (size_t)layer->out.w;
  return places < INT_MAX ? (int)places : INT_MAX;
}

static void gemms(const dpb__layer *layer, int batch, dpb_layer_info *info) {
  const dpb__conv *conv = &layer->plan.conv;
  const int places = all_places(layer, batch);
  const int n = conv->forward.filters / conv->forward.groups;
  const int k =
      (int)(dpb__patch_size(&conv->forward.patches) / (size_t)conv->forward.groups);
  info->groups = conv->forward.groups;
  info->forward = (dpb_gemm_size){.m = places, .n = n, .k = k};
  info->weight_gradient = (dpb_gemm_size){.m = k, .n = n, .k = places};
  if (layer->index > 0)
    info->data_gradient = (dpb_gemm_size){.m = places, .n = k, .k = n};
}

static void product(const dpb__layer *layer, dpb_product_kind kind, int n,
                    dpb_product_plan *told) {
  if (kind == DPB_PRODUCT_DATA_GRADIENT && layer->index == 0) return;
  dpb__conv_tell(&layer->plan.conv, kind, n, told);
}

const dpb__layer_ops dpb__layer_conv = {
    .name = "conv",
    .takes_relu_behind = true,
    .takes_relu_in_front = true,
    .leaves_finish = true,
    .chunks = true,
    .parse = parse,
    .format = format,
    .check = check,
    .plan = plan,
    .init = init,
    .forward = forward,
    .backward = backward,
    .gemms = gemms,
    .product = product,
};
