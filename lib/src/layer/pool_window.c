/* SPDX-License-Identifier: MIT
 *
 * Windows of pooling: the stride is the size unless it is given.
 */
#include "layer/pool_window.h"

#include <stdio.h>

#include "base/error.h"
#include "conv/pool2d.h"
#include "layer/window_words.h"

static dpb_window window_of(const dpb_pool2d_config *c) {
  const dpb__extent size = {c->size, c->size_h, c->size_w};
  const dpb__extent stride = {c->stride, c->stride_h, c->stride_w};
  const dpb__extent pad = {c->pad, c->pad_h, c->pad_w};
  const int h = dpb__extent_h(size, 0);
  const int w = dpb__extent_w(size, 0);
  return (dpb_window){
      .kernel_h = h,
      .kernel_w = w,
      .stride_h = dpb__extent_h(stride, h),
      .stride_w = dpb__extent_w(stride, w),
      .pad_h = dpb__extent_h(pad, 0),
      .pad_w = dpb__extent_w(pad, 0),
      .dilation_h = 1,
      .dilation_w = 1,
  };
}

/* One of the numbers, with the layer's name in front of its own. */
static dpb_status parse_extent(dpb__words *words, const char *name, char letter,
                               const char *field, int least, int *both, int *h, int *w,
                               bool *taken) {
  char what[48];
  snprintf(what, sizeof what, "%s: %s", name, field);
  dpb__extent extent = {*both, *h, *w};
  if (*taken) return DPB_OK;
  const dpb_status status = dpb__words_extent(words, letter, what, least, &extent, taken);
  *both = extent.both;
  *h = extent.h;
  *w = extent.w;
  return status;
}

dpb_status dpb__pool_parse(dpb__words *words, const char *name, dpb_pool2d_config *c) {
  if (!dpb__words_next(words))
    return dpb__fail(DPB_ERR_SPEC, "%s: size is missing, must be a whole number", name);
  bool taken = false;
  dpb_status status =
      parse_extent(words, name, 0, "size", 1, &c->size, &c->size_h, &c->size_w, &taken);
  if (status == DPB_OK && !taken) status = dpb__words_unknown(words, name);
  while (status == DPB_OK && dpb__words_next(words)) {
    taken = false;
    status = parse_extent(words, name, 's', "stride", 1, &c->stride, &c->stride_h,
                          &c->stride_w, &taken);
    if (status == DPB_OK)
      status =
          parse_extent(words, name, 'p', "pad", 0, &c->pad, &c->pad_h, &c->pad_w, &taken);
    if (status == DPB_OK && !taken) status = dpb__words_unknown(words, name);
  }
  return status;
}

void dpb__pool_format(const dpb_pool2d_config *config, char *text, size_t capacity) {
  const dpb_window win = window_of(config);
  text[0] = 0;
  dpb__extent_format(0, win.kernel_h, win.kernel_w, 0, text, capacity);
  if (win.stride_h != win.kernel_h || win.stride_w != win.kernel_w)
    dpb__extent_format('s', win.stride_h, win.stride_w, 0, text, capacity);
  dpb__extent_format('p', win.pad_h, win.pad_w, 0, text, capacity);
}

dpb_status dpb__pool_check(const dpb_pool2d_config *config) {
  const dpb_window win = window_of(config);
  const struct {
    const char *what;
    int h, w, least;
  } fields[] = {{"size", win.kernel_h, win.kernel_w, 1},
                {"stride", win.stride_h, win.stride_w, 1},
                {"pad", win.pad_h, win.pad_w, 0}};
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    const int value = fields[i].h < fields[i].w ? fields[i].h : fields[i].w;
    if (value < fields[i].least)
      return dpb__fail(DPB_ERR_ARG, "%s is %d, must be at least %d", fields[i].what,
                       value, fields[i].least);
  }
  return DPB_OK;
}

dpb_status dpb__pool_shape(dpb__layer *layer, const dpb_pool2d_config *config) {
  const dpb_window win = window_of(config);
  dpb__patches *patches = &layer->plan.pool;
  const dpb_status status = dpb__pool_plan(&win, &layer->in, patches);
  if (status != DPB_OK) return status;
  layer->out = (dpb_hwc){patches->out_h, patches->out_w, layer->in.c};
  return DPB_OK;
}
