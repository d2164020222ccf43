/* SPDX-License-Identifier: MIT
 *
 * All layers and all heads, by name. A new layer is one word here.
 */
#include <string.h>

#include "layer/layer_ops.h"

/* dpb__layer_affine is the table in affine.c, and so on. */
#define LAYERS(X)                                                                        \
  X(affine)                                                                              \
  X(sigmoid)                                                                             \
  X(tanh)                                                                                \
  X(relu)                                                                                \
  X(leakyrelu)                                                                           \
  X(elu)                                                                                 \
  X(gelu)                                                                                \
  X(softplus)                                                                            \
  X(conv)                                                                                \
  X(maxpool)                                                                             \
  X(avgpool)                                                                             \
  X(gap)                                                                                 \
  X(flatten)                                                                             \
  X(dropout)                                                                             \
  X(batchnorm)                                                                           \
  X(layernorm)
#define HEADS(X) X(softmax) X(mse)

#define DECLARE_LAYER(name) extern const dpb__layer_ops dpb__layer_##name;
#define DECLARE_HEAD(name)  extern const dpb__head_ops dpb__head_##name;
LAYERS(DECLARE_LAYER)
HEADS(DECLARE_HEAD)

#define LAYER_ADDRESS(name) &dpb__layer_##name,
#define HEAD_ADDRESS(name)  &dpb__head_##name,
static const dpb__layer_ops *const layers[] = {LAYERS(LAYER_ADDRESS)};
static const dpb__head_ops *const heads[] = {HEADS(HEAD_ADDRESS)};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int is_named(const char *candidate, const char *name, size_t length) {
  return strlen(candidate) == length && memcmp(candidate, name, length) == 0;
}

const dpb__layer_ops *dpb__layer_find(const char *name, size_t length) {
  for (size_t i = 0; i < LENGTH(layers); i++)
    if (is_named(layers[i]->name, name, length)) return layers[i];
  return NULL;
}

const dpb__head_ops *dpb__head_find(const char *name, size_t length) {
  for (size_t i = 0; i < LENGTH(heads); i++)
    if (is_named(heads[i]->name, name, length)) return heads[i];
  return NULL;
}

const dpb__layer_ops *dpb__layer_at(int index) {
  return index >= 0 && (size_t)index < LENGTH(layers) ? layers[index] : NULL;
}
