/* SPDX-License-Identifier: MIT
 *
 * Networks, run where that is a matter of milliseconds.
 */
#include "net_run.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define MOST_WORK 2e6
enum { MOST_SAMPLES = 2 };

static double places(dpb_hwc shape) {
  return (double)shape.h * shape.w;
}

/* Multiplications for one sample, or more. */
static double work_of(const dpb_layer_info *layer) {
  double work = places(layer->out) * (double)layer->parameters +
                places(layer->in) * layer->in.c + places(layer->out) * layer->out.c;
  if (strstr(layer->name, "pool") != NULL)
    work += places(layer->in) * places(layer->out) * layer->in.c;
  return work;
}

static bool is_light(const dpb_model *model) {
  double work = 0;
  for (int i = 0; i < dpb_model_layer_count(model); i++) {
    dpb_layer_info info;
    FUZZ_EXPECT(dpb_model_layer(model, i, 1, &info) == DPB_OK);
    work += work_of(&info);
  }
  return work <= MOST_WORK;
}

static size_t count_of(dpb_hwc shape) {
  return (size_t)shape.h * (size_t)shape.w * (size_t)shape.c;
}

/* The text that a model says is its network, makes the same network. */
static void check_text(const dpb_model *model) {
  size_t length = 0, twice = 0;
  FUZZ_EXPECT(dpb_model_text(model, NULL, 0, &length) == DPB_OK);
  char *text = malloc(length + 1), *again = malloc(length + 1);
  FUZZ_EXPECT(text != NULL && again != NULL);
  FUZZ_EXPECT(dpb_model_text(model, text, length + 1, NULL) == DPB_OK);
  const dpb_model_config config = {.input = dpb_model_input(model), .threads = 1};
  dpb_model *back = NULL;
  FUZZ_EXPECT(dpb_model_create(&config, &back) == DPB_OK);
  FUZZ_EXPECT(dpb_add_text(back, text) == DPB_OK);
  FUZZ_EXPECT(dpb_model_text(back, again, length + 1, &twice) == DPB_OK);
  FUZZ_EXPECT(length == twice && strcmp(text, again) == 0);
  dpb_model_destroy(back);
  free(text);
  free(again);
}

static void ask(dpb_model *model, const dpb_batch *batch) {
  const size_t outputs = count_of(dpb_model_output(model)) * (size_t)batch->n;
  float *first = malloc(outputs * sizeof *first);
  float *second = malloc(outputs * sizeof *second);
  FUZZ_EXPECT(first != NULL && second != NULL);
  dpb_context *context = NULL;
  FUZZ_EXPECT(dpb_model_predict(model, batch, first) == DPB_OK);
  FUZZ_EXPECT(dpb_context_create(model, batch->n, &context) == DPB_OK);
  FUZZ_EXPECT(dpb_context_predict(context, batch, second) == DPB_OK);
  FUZZ_EXPECT(memcmp(first, second, outputs * sizeof *first) == 0);
  dpb_context_destroy(context);
  free(first);
  free(second);
}

void net_run(dpb_model *model) {
  static const int32_t labels[MOST_SAMPLES] = {0, 0};
  check_text(model);
  if (!is_light(model)) return;
  const int n = dpb_model_max_batch(model) < MOST_SAMPLES ? 1 : MOST_SAMPLES;
  const size_t count = count_of(dpb_model_input(model)) * (size_t)n;
  float *features = malloc(count * sizeof *features);
  FUZZ_EXPECT(features != NULL);
  for (size_t i = 0; i < count; i++) features[i] = (float)(i * 7 % 16) / 16.0f;
  const dpb_batch batch = {.n = n, .features = features, .labels = labels};
  ask(model, &batch);
  double loss = 0.0;
  dpb_model_gradient(model, &batch, &loss);
  free(features);
}
