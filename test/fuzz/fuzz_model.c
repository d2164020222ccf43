/* SPDX-License-Identifier: MIT
 *
 * A model file: loaded whole, for training and for predicting, and as bare weights.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deepblas/npz.h>

#include "byte_order.h"
#include "fuzz.h"
#include "mutate.h"
#include "net_run.h"

/* -- a mutator that knows what belongs together */

static mutate_part *find(mutate_parts *parts, const char *name) {
  for (int i = 0; i < parts->count; i++)
    if (strcmp(parts->part[i].name, name) == 0) return &parts->part[i];
  return NULL;
}

/* Height, width, channels: one of them becomes another. */
static bool change_input(mutate_part *part, unsigned *seed, dpb_hwc *input) {
  int64_t v[3] = {0};
  if (part == NULL || part->size < sizeof v) return false;
  memcpy(v, part->bytes + part->size - sizeof v, sizeof v);
  little_endian(v, sizeof *v, sizeof v);
  if (mutate_draw(seed, 3) == 0) v[mutate_draw(seed, 3)] = 1 + mutate_draw(seed, 40);
  if (mutate_draw(seed, 40) == 0) v[mutate_draw(seed, 3)] = 1 << mutate_draw(seed, 31);
  for (int i = 0; i < 3; i++)
    if (v[i] < 1 || v[i] > INT32_MAX) return false;
  mutate_set_array(part, "<i8", "(3,)", v, sizeof v);
  *input = (dpb_hwc){(int)v[0], (int)v[1], (int)v[2]};
  return true;
}

static char *change_net(mutate_part *part, unsigned *seed) {
  char *text = part != NULL ? mutate_array_text(part) : NULL;
  if (text == NULL || mutate_draw(seed, 4) == 0) return text;
  uint8_t changed[1024];
  size_t size = strlen(text) < sizeof changed / 2 ? strlen(text) : sizeof changed / 2;
  memcpy(changed, text, size);
  free(text);
  size = LLVMFuzzerMutate(changed, size, sizeof changed - 1);
  text = fuzz_text(changed, size);
  mutate_set_text(part, text);
  return text;
}

static void add_tensor(mutate_parts *parts, const dpb_model *model,
                       const dpb_parameter_info *info) {
  char name[MUTATE_NAME], shape[96] = "(";
  for (int i = 0; i < info->shape.rank; i++)
    snprintf(shape + strlen(shape), sizeof shape - strlen(shape), "%d,",
             info->shape.dim[i]);
  strcat(shape, ")");
  snprintf(name, sizeof name, "%s.npy", info->name);
  float *values = malloc(info->count * sizeof *values);
  FUZZ_EXPECT(values != NULL);
  FUZZ_EXPECT(dpb_model_get_parameter(model, info->name, values, info->count) == DPB_OK);
  if (mutate_add(parts, name, NULL, 0))
    mutate_set_array(&parts->part[parts->count - 1], "<f4", shape, values,
                     info->count * sizeof *values);
  free(values);
}

/* The tensors that the network takes, instead of those that are there. */
static void fit_tensors(mutate_parts *parts, const char *net, dpb_hwc input) {
  const dpb_model_config config = {.input = input,
                                   .max_batch = 1,
                                   .threads = 1,
                                   .inference = 1,
                                   .memory_limit = 1 << 20};
  dpb_model *model = NULL;
  if (dpb_model_create(&config, &model) == DPB_OK && dpb_add_text(model, net) == DPB_OK &&
      dpb_model_build(model) == DPB_OK) {
    for (int i = parts->count; i-- > 0;)
      if (strncmp(parts->part[i].name, "deepblas_", 9) != 0) mutate_drop(parts, i);
    dpb_parameter_info info;
    for (int i = 0; i < dpb_model_parameter_count(model); i++)
      if (dpb_model_parameter(model, i, &info) == DPB_OK) add_tensor(parts, model, &info);
    for (int i = 0; i < dpb_model_state_count(model); i++)
      if (dpb_model_state(model, i, &info) == DPB_OK) add_tensor(parts, model, &info);
  }
  dpb_model_destroy(model);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
  mutate_parts parts;
  dpb_hwc input;
  const uint32_t how = mutate_draw(&seed, 16);
  if (how == 0 || !mutate_unzip(data, size, &parts))
    return LLVMFuzzerMutate(data, size, max_size);
  char *net = NULL;
  if (how < 6) {
    mutate_array(&parts, &seed);
  } else if (change_input(find(&parts, "deepblas_input.npy"), &seed, &input)) {
    net = change_net(find(&parts, "deepblas_net.npy"), &seed);
    if (net != NULL) fit_tensors(&parts, net, input);
  }
  free(net);
  const size_t made = mutate_zip(&parts, mutate_draw(&seed, 2) != 0, data, max_size);
  mutate_release(&parts);
  return made > 0 ? made : LLVMFuzzerMutate(data, size, max_size);
}

/* -- the target */

static void load(const char *path, const dpb_model_config *config) {
  dpb_model *model = NULL;
  const dpb_status status = dpb_model_load(path, config, &model);
  FUZZ_EXPECT((status == DPB_OK) == (model != NULL));
  if (model != NULL) net_run(model);
  dpb_model_destroy(model);
}

static void load_weights(const char *path) {
  const dpb_model_config config = {.input = {1, 1, 4}, .threads = 1, .max_batch = 2};
  dpb_model *model = NULL;
  FUZZ_EXPECT(dpb_model_create(&config, &model) == DPB_OK);
  FUZZ_EXPECT(dpb_add_text(model, "affine 3, batchnorm, relu, affine 2") == DPB_OK);
  FUZZ_EXPECT(dpb_model_build(model) == DPB_OK);
  dpb_model_load_weights(model, path);
  net_run(model);
  dpb_model_destroy(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  fuzz_begin(size);
  const char *path = fuzz_file(0, data, size);
  load(path, &(dpb_model_config){.threads = 1});
  load(path, &(dpb_model_config){.threads = 1, .max_batch = 1, .inference = 1});
  load_weights(path);
  fuzz_end();
  return 0;
}
