/* SPDX-License-Identifier: MIT
 *
 * Which convolutions are measured. Those of the book's networks are read from the
 * networks themselves; a layer's text and a given shape have the same letters.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <deepblas/deepblas.h>

#include "bench.h"
#include "gemm_conv.h"
#include "model/stages.h"

#define NETWORK_BATCH 100
#define LARGE_BATCH   16

static const char *const large[] = {
    "64x56x56,64k3p1",   "64x56x56,64k1",   "128x28x28,128k3p1", "128x28x28,128k1",
    "256x14x14,256k3p1", "256x14x14,256k1", "512x7x7,512k3p1",   "512x7x7,512k1",
};

/* Digits at *at; false and no step where there are none, or too many. */
static bool take_number(const char **at, int *value) {
  int number = 0;
  const char *c = *at;
  for (; isdigit((unsigned char)*c) && c - *at < 7; c++)
    number = number * 10 + (*c - '0');
  if (c == *at || isdigit((unsigned char)*c)) return false;
  *value = number;
  *at = c;
  return true;
}

static bool take_letter(const char **at, char letter) {
  if (**at != letter) return false;
  ++*at;
  return true;
}

/* "k3" is for both directions, "k3x5" 3 down and 5 along. */
static bool take_extent(const char **at, char letter, int *h, int *w) {
  const char *c = *at;
  int down = 0;
  if (!take_letter(&c, letter) || !take_number(&c, &down)) return false;
  int along = down;
  if (*c == 'x' && (++c, !take_number(&c, &along))) return false;
  *h = down;
  *w = along;
  *at = c;
  return true;
}

static bool take_word(const char **at, conv_shape *shape) {
  dpb_window *window = &shape->window;
  int same = 0;
  return take_extent(at, 'k', &window->kernel_h, &window->kernel_w) ||
         take_extent(at, 's', &window->stride_h, &window->stride_w) ||
         take_extent(at, 'p', &window->pad_h, &window->pad_w) ||
         take_extent(at, 'd', &window->dilation_h, &window->dilation_w) ||
         (take_extent(at, 'g', &shape->groups, &same) && same == shape->groups);
}

static conv_shape usual(void) {
  return (conv_shape){
      .window = {.stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1},
      .groups = 1,
      .batch = LARGE_BATCH};
}

conv_shape conv_shape_from(const char *text) {
  conv_shape shape = usual();
  const char *at = text;
  bool good = take_number(&at, &shape.in.c) && take_letter(&at, 'x') &&
              take_number(&at, &shape.in.h) && take_letter(&at, 'x') &&
              take_number(&at, &shape.in.w) && take_letter(&at, ',') &&
              take_number(&at, &shape.filters);
  while (good && *at != '\0') good = take_word(&at, &shape);
  if (!good || shape.window.kernel_h == 0 || shape.window.kernel_w == 0)
    bench_quit(2, "'%s' is not a convolution like 64x56x56,64k3s1p1", text);
  snprintf(shape.name, sizeof shape.name, "%s", text);
  return shape;
}

/* From the text of a layer, "conv 16 k3 p1 he"; words that say something else than the
 * shape are passed over. The shape's name has no spaces, as a given one. */
static conv_shape shape_of(const char *net, int number, const dpb_layer_info *info) {
  conv_shape shape = usual();
  shape.batch = NETWORK_BATCH;
  shape.in = info->in;
  const char *at = info->text + strlen("conv ");
  if (!take_number(&at, &shape.filters)) bench_quit(1, "%s: %s?", net, info->text);
  int used = snprintf(shape.name, sizeof shape.name, "%s %d %dx%dx%d,%d", net, number,
                      info->in.c, info->in.h, info->in.w, shape.filters);
  while (take_letter(&at, ' ')) {
    const char *word = at;
    if (take_word(&at, &shape) && used > 0 && (size_t)used < sizeof shape.name)
      used += snprintf(shape.name + used, sizeof shape.name - (size_t)used, "%.*s",
                       (int)(at - word), word);
    at += strcspn(at, " ");
  }
  return shape;
}

static void take_network(const char *net, void (*take)(const conv_shape *, void *),
                         void *user) {
  dpb_model *model = bench_model(net, 1, 1);
  int number = 0;
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info info;
    if (dpb_model_layer(model, i, 1, &info) != DPB_OK) bench_fail(net);
    if (strcmp(info.name, "conv") != 0) continue;
    conv_shape shape = shape_of(net, ++number, &info);
    shape.together = dpb__stage_of(model, i)->samples;
    shape.first = i == 0;
    take(&shape, user);
  }
  dpb_model_destroy(model);
}

void conv_usual_shapes(void (*take)(const conv_shape *shape, void *user), void *user) {
  for (int i = 0; i < dpb_network_count(); i++)
    take_network(dpb_network_at(i)->name, take, user);
  for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
    const conv_shape shape = conv_shape_from(large[i]);
    take(&shape, user);
  }
}
