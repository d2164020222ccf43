/* SPDX-License-Identifier: MIT
 *
 * Models in .npz files: the parameters under their names in the book's order, and what
 * describes the network (weights_head.c). Whatever a file holds is checked against the
 * network before anything is allocated for it or changed by it.
 */
#include "model/weights.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "file/npz_reader.h"

enum { SHAPE_TEXT = 64, NAME_TEXT = 96 };

/* A way through the tensors of a planned model: parameters first, then state. All zero at
 * first. */
typedef struct walk {
  int layer;
  int index; /* in the layer */
  bool is_state;
} walk;

/* The next one; NULL behind the last. */
static const dpb__param *next_tensor(const dpb_model *model, walk *at) {
  while (at->layer < model->layer_count || !at->is_state) {
    if (at->layer == model->layer_count) {
      *at = (walk){.is_state = true};
      continue;
    }
    const dpb__layer *layer = &model->layers[at->layer];
    const int index = at->index++;
    if (index < (at->is_state ? layer->state_count : layer->param_count))
      return at->is_state ? &layer->states[index] : &layer->params[index];
    at->layer++;
    at->index = 0;
  }
  return NULL;
}

static void full_name(const char *prefix, const dpb__param *p, char name[NAME_TEXT]) {
  snprintf(name, NAME_TEXT, "%s%s", prefix, p->name);
}

/* Memory for any one of the tensors. */
static dpb_status allocate_tensor(const dpb_model *model, void **memory) {
  const dpb__param *p;
  walk at = {0};
  size_t most = 1;
  while ((p = next_tensor(model, &at)) != NULL)
    if (p->count > most) most = p->count;
  return dpb__allocate(most, sizeof(float), "a parameter", memory);
}

/* -- vectors */

dpb_status dpb__vectors_allocate(const dpb_model *model, dpb__vectors *vectors) {
  *vectors = (dpb__vectors){NULL, NULL};
  void *memory = NULL;
  dpb_status status = DPB_OK;
  if (model->flat_count > 0) {
    status = dpb__allocate(model->flat_count, sizeof(float), "parameters", &memory);
    vectors->params = memory;
  }
  if (status != DPB_OK || model->state_count == 0) return status;
  status = dpb__allocate(model->state_count, sizeof(float), "state", &memory);
  vectors->state = memory;
  if (status != DPB_OK) dpb__vectors_release(vectors);
  return status;
}

void dpb__vectors_release(dpb__vectors *vectors) {
  dpb__release(vectors->params);
  dpb__release(vectors->state);
  *vectors = (dpb__vectors){NULL, NULL};
}

void dpb__vectors_put(dpb_model *model, const dpb__vectors *vectors) {
  if (vectors->params)
    memcpy(model->params, vectors->params, model->flat_count * sizeof(float));
  if (vectors->state)
    memcpy(model->state, vectors->state, model->state_count * sizeof(float));
}

/* -- writing */

dpb_status dpb__weights_write(dpb_npz_writer *writer, const dpb_model *model,
                              const char *prefix, dpb__vectors vectors,
                              dpb__write_numbers *write) {
  void *memory = NULL;
  dpb_status status = allocate_tensor(model, &memory);
  const dpb__param *p;
  walk at = {0};
  while (status == DPB_OK && (p = next_tensor(model, &at)) != NULL) {
    if (at.is_state && vectors.state == NULL) break;
    char name[NAME_TEXT];
    full_name(prefix, p, name);
    dpb__param_out(p, at.is_state ? vectors.state : vectors.params, memory);
    status = write(writer, name, &p->book_shape, memory);
  }
  dpb__release(memory);
  return status;
}

static dpb_status save(const dpb_model *model, const char *path,
                       dpb__write_numbers *write) {
  dpb_npz_writer *writer = NULL;
  const dpb__vectors own = {model->params, model->state};
  dpb_status status = dpb_npz_writer_open(path, 0, &writer);
  if (status == DPB_OK) status = dpb__head_write(writer, model);
  if (status == DPB_OK) status = dpb__weights_write(writer, model, "", own, write);
  if (status == DPB_OK) return dpb_npz_writer_close(writer);
  dpb_npz_writer_abandon(writer);
  return status;
}

dpb_status dpb_model_save(const dpb_model *model, const char *path) {
  const dpb_status status = dpb__model_ready(model, "dpb_model_save");
  return status == DPB_OK ? save(model, path, dpb_npz_write_floats) : status;
}

dpb_status dpb_model_save_half(const dpb_model *model, const char *path) {
  const dpb_status status = dpb__model_ready(model, "dpb_model_save_half");
  return status == DPB_OK ? save(model, path, dpb_npz_write_halfs) : status;
}

/* -- comparing a file with a network */

static dpb_status check_tensor(dpb_npz *npz, const char *path, const char *name,
                               const dpb__param *p) {
  char needed[SHAPE_TEXT], found[SHAPE_TEXT];
  dpb_shape_text(&p->book_shape, needed, sizeof needed);
  dpb_shape shape;
  dpb_status status = dpb_npz_shape(npz, name, &shape);
  if (status == DPB_ERR_NOT_FOUND) {
    return dpb__fail(DPB_ERR_NOT_FOUND, "%s: %s %s of the network is missing", path, name,
                     needed);
  }
  if (status == DPB_ERR_SHAPE) {
    return dpb__fail_in(status, "%s of the network is %s; ", name, needed);
  }
  if (status != DPB_OK || dpb_shape_equal(&shape, &p->book_shape)) return status;
  dpb_shape_text(&shape, found, sizeof found);
  return dpb__fail(DPB_ERR_SHAPE, "%s: %s is %s, the network's is %s", path, name, found,
                   needed);
}

static bool has_tensor(const dpb_model *model, const char *name) {
  const dpb__param *p;
  walk at = {0};
  while ((p = next_tensor(model, &at)) != NULL) {
    if (strcmp(p->name, name) == 0) return true;
  }
  return false;
}

dpb_status dpb__weights_fit(const dpb_model *model, dpb_npz *npz, const char *path) {
  const dpb__param *p;
  walk at = {0};
  while ((p = next_tensor(model, &at)) != NULL) {
    dpb_status status = check_tensor(npz, path, p->name, p);
    if (status != DPB_OK) return status;
  }
  for (int i = 0; i < dpb_npz_count(npz); i++) {
    const char *name = dpb_npz_name(npz, i);
    if (strncmp(name, DPB__OWN_NAME, sizeof DPB__OWN_NAME - 1) == 0) continue;
    if (has_tensor(model, name)) continue;
    char text[SHAPE_TEXT] = "";
    dpb_shape shape;
    if (dpb_npz_shape(npz, name, &shape) == DPB_OK) {
      dpb_shape_text(&shape, text, sizeof text);
    }
    return dpb__fail(DPB_ERR_SHAPE, "%s: %.64s %s is no parameter of the network", path,
                     name, text);
  }
  return DPB_OK;
}

/* -- filling a model */

static dpb_status read_tensor(dpb_npz *npz, const char *path, const char *name,
                              const dpb__param *p, dpb__accepts *accepts, float *values) {
  dpb_status status = check_tensor(npz, path, name, p);
  if (status == DPB_OK) status = dpb_npz_read_floats(npz, name, values, p->count);
  for (size_t i = 0; status == DPB_OK && i < p->count; i++) {
    if (!accepts(p, values[i])) {
      status = dpb__fail(DPB_ERR_DATA, "%s: number %zu of %s is %g", path, i, name,
                         (double)values[i]);
    }
  }
  return status;
}

dpb_status dpb__weights_read(dpb_npz *npz, const char *path, const dpb_model *model,
                             const char *prefix, dpb__vectors vectors,
                             dpb__accepts *accepts) {
  void *memory = NULL;
  dpb_status status = allocate_tensor(model, &memory);
  const dpb__param *p;
  walk at = {0};
  while (status == DPB_OK && (p = next_tensor(model, &at)) != NULL) {
    if (at.is_state && vectors.state == NULL) break;
    char name[NAME_TEXT];
    full_name(prefix, p, name);
    status = read_tensor(npz, path, name, p, accepts, memory);
    if (status == DPB_OK)
      dpb__param_in(p, memory, at.is_state ? vectors.state : vectors.params);
  }
  dpb__release(memory);
  return status;
}

/* Reads everything before it sets anything: setting cannot fail then. */
static dpb_status fill(dpb_model *model, dpb_npz *npz, const char *path) {
  dpb__vectors read;
  dpb_status status = dpb__vectors_allocate(model, &read);
  if (status == DPB_OK)
    status = dpb__weights_read(npz, path, model, "", read, dpb__param_takes);
  if (status == DPB_OK) dpb__vectors_put(model, &read);
  dpb__vectors_release(&read);
  return status;
}

dpb_status dpb_model_load_weights(dpb_model *model, const char *path) {
  dpb_status status = dpb__model_ready(model, "dpb_model_load_weights");
  if (status != DPB_OK) return status;
  dpb_npz *npz = NULL;
  status = dpb_npz_open(path, &npz);
  if (status == DPB_OK) status = dpb__weights_fit(model, npz, path);
  if (status == DPB_OK) status = fill(model, npz, path);
  dpb_npz_close(npz);
  return status;
}

/* The plan is compared with the file before the model is built: a few bytes that describe
 * a giant do not get its memory. */
dpb_status dpb_model_load(const char *path, const dpb_model_config *config,
                          dpb_model **model) {
  if (model == NULL) return dpb__fail(DPB_ERR_ARG, "dpb_model_load: model is NULL");
  *model = NULL;
  const dpb_model_config plain = {.max_batch = 0};
  dpb_npz *npz = NULL;
  dpb_status status = dpb_npz_open(path, &npz);
  if (status == DPB_OK)
    status = dpb__head_read(npz, path, config != NULL ? config : &plain, model);
  if (status == DPB_OK) status = dpb__weights_fit(*model, npz, path);
  if (status == DPB_OK) {
    status = dpb__model_fit_memory(*model, npz->file_size,
                                   config == NULL || config->max_batch == 0);
    if (status != DPB_OK) dpb__fail_in(status, "%s: ", path);
  }
  if (status == DPB_OK) status = dpb_model_build(*model);
  if (status == DPB_OK) status = fill(*model, npz, path);
  if (status == DPB_OK) status = dpb__head_notes(npz, path, *model);
  dpb_npz_close(npz);
  if (status != DPB_OK) {
    dpb_model_destroy(*model);
    *model = NULL;
  }
  return status;
}
