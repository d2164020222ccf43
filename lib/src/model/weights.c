/* SPDX-License-Identifier: MIT
 *
 * Models in .npz files: the parameters under their names in the book's order, and three
 * arrays that describe the network. Whatever a file holds is checked against the network
 * before anything is allocated for it or changed by it.
 */
#include <limits.h>
#include <string.h>

#include <deepblas/npz.h>

#include "base/error.h"
#include "base/memory.h"
#include "model/model.h"

#define OUR_PREFIX "deepblas_"
#define KEY_FORMAT OUR_PREFIX "format"
#define KEY_NET    OUR_PREFIX "net"
#define KEY_INPUT  OUR_PREFIX "input"

enum { FORMAT = 1, LONGEST_NET = 65535, SHAPE_TEXT = 64 };

/* Parameters and state of a planned model one after the other, from layer 0, index 0 on;
 * NULL behind the last. */
static const dpb__param *next_param(const dpb_model *model, int *layer, int *index) {
  while (*layer < model->layer_count) {
    const dpb__layer *l = &model->layers[*layer];
    const int at = (*index)++;
    if (at < l->param_count) return &l->params[at];
    if (at < l->param_count + l->state_count) return &l->states[at - l->param_count];
    ++*layer;
    *index = 0;
  }
  return NULL;
}

/* -- saving
 * ------------------------------------------------------------------------------
 */

static dpb_status write_net(dpb_npz_writer *writer, const dpb_model *model) {
  size_t length = 0;
  dpb_status status = dpb_model_text(model, NULL, 0, &length);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  status = dpb__allocate(length + 1, 1, "the network's text", &memory);
  if (status != DPB_OK) return status;
  status = dpb_model_text(model, memory, length + 1, NULL);
  if (status == DPB_OK) status = dpb_npz_write_text(writer, KEY_NET, memory);
  dpb__release(memory);
  return status;
}

static dpb_status write_description(dpb_npz_writer *writer, const dpb_model *model) {
  const dpb_hwc in = dpb_model_input(model);
  const int64_t format = FORMAT;
  const int64_t input[] = {in.h, in.w, in.c};
  const dpb_shape single = {.rank = 0}, three = {.rank = 1, .dim = {3}};
  dpb_status status = dpb_npz_write_ints(writer, KEY_FORMAT, &single, &format);
  if (status == DPB_OK) status = write_net(writer, model);
  if (status == DPB_OK) status = dpb_npz_write_ints(writer, KEY_INPUT, &three, input);
  return status;
}

/* dpb_npz_write_floats or dpb_npz_write_halfs. */
typedef dpb_status write_numbers(dpb_npz_writer *writer, const char *name,
                                 const dpb_shape *shape, const float *values);

static dpb_status write_parameters(dpb_npz_writer *writer, const dpb_model *model,
                                   write_numbers *write) {
  void *memory = NULL;
  dpb_status status =
      dpb__allocate(model->own_count, sizeof(float), "parameters to save", &memory);
  int layer = 0, index = 0;
  const dpb__param *p;
  while (status == DPB_OK && (p = next_param(model, &layer, &index)) != NULL) {
    status = dpb_model_get_parameter(model, p->name, memory, p->count);
    if (status == DPB_OK) {
      status = write(writer, p->name, &p->book_shape, memory);
    }
  }
  dpb__release(memory);
  return status;
}

static dpb_status save(const dpb_model *model, const char *path, write_numbers *write) {
  dpb_npz_writer *writer = NULL;
  dpb_status status = dpb_npz_writer_open(path, 0, &writer);
  if (status == DPB_OK) status = write_description(writer, model);
  if (status == DPB_OK) status = write_parameters(writer, model, write);
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

/* -- comparing a file with a network
 * -----------------------------------------------------
 */

static dpb_status check_param(dpb_npz *npz, const char *path, const dpb__param *p) {
  char needed[SHAPE_TEXT], found[SHAPE_TEXT];
  dpb_shape_text(&p->book_shape, needed, sizeof needed);
  dpb_shape shape;
  dpb_status status = dpb_npz_shape(npz, p->name, &shape);
  if (status == DPB_ERR_NOT_FOUND) {
    return dpb__fail(DPB_ERR_NOT_FOUND, "%s: %s %s of the network is missing", path,
                     p->name, needed);
  }
  if (status == DPB_ERR_SHAPE) {
    return dpb__fail_in(status, "%s of the network is %s; ", p->name, needed);
  }
  if (status != DPB_OK || dpb_shape_equal(&shape, &p->book_shape)) return status;
  dpb_shape_text(&shape, found, sizeof found);
  return dpb__fail(DPB_ERR_SHAPE, "%s: %s is %s, the network's is %s", path, p->name,
                   found, needed);
}

static bool has_param(const dpb_model *model, const char *name) {
  int layer = 0, index = 0;
  const dpb__param *p;
  while ((p = next_param(model, &layer, &index)) != NULL) {
    if (strcmp(p->name, name) == 0) return true;
  }
  return false;
}

/* Every parameter is there in its shape, and nothing else. The model is planned. */
static dpb_status check_fit(const dpb_model *model, dpb_npz *npz, const char *path) {
  int layer = 0, index = 0;
  const dpb__param *p;
  while ((p = next_param(model, &layer, &index)) != NULL) {
    dpb_status status = check_param(npz, path, p);
    if (status != DPB_OK) return status;
  }
  for (int i = 0; i < dpb_npz_count(npz); i++) {
    const char *name = dpb_npz_name(npz, i);
    if (strncmp(name, OUR_PREFIX, sizeof OUR_PREFIX - 1) == 0) continue;
    if (has_param(model, name)) continue;
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

/* -- filling a model
 * ---------------------------------------------------------------------
 */

static dpb_status read_parameter(dpb_npz *npz, const char *path, const dpb__param *p,
                                 float *values) {
  dpb_status status = dpb_npz_read_floats(npz, p->name, values, p->count);
  for (size_t i = 0; status == DPB_OK && i < p->count; i++) {
    if (!dpb__param_takes(p, values[i])) {
      status = dpb__fail(DPB_ERR_DATA, "%s: number %zu of %s is %g", path, i, p->name,
                         (double)values[i]);
    }
  }
  return status;
}

/* Reads everything before it sets anything: setting cannot fail then. */
static dpb_status fill(dpb_model *model, dpb_npz *npz, const char *path) {
  void *memory = NULL;
  dpb_status status =
      dpb__allocate(model->own_count, sizeof(float), "parameters to load", &memory);
  float *values = memory;
  int layer = 0, index = 0;
  const dpb__param *p;
  while (status == DPB_OK && (p = next_param(model, &layer, &index)) != NULL) {
    status = read_parameter(npz, path, p, values);
    values += p->count;
  }
  values = memory;
  layer = 0;
  index = 0;
  while (status == DPB_OK && (p = next_param(model, &layer, &index)) != NULL) {
    status = dpb_model_set_parameter(model, p->name, values, p->count);
    values += p->count;
  }
  dpb__release(memory);
  return status;
}

dpb_status dpb_model_load_weights(dpb_model *model, const char *path) {
  dpb_status status = dpb__model_ready(model, "dpb_model_load_weights");
  if (status != DPB_OK) return status;
  dpb_npz *npz = NULL;
  status = dpb_npz_open(path, &npz);
  if (status == DPB_OK) status = check_fit(model, npz, path);
  if (status == DPB_OK) status = fill(model, npz, path);
  dpb_npz_close(npz);
  return status;
}

/* -- loading a whole model
 * ---------------------------------------------------------------
 */

static dpb_status check_format(dpb_npz *npz, const char *path) {
  int64_t format = 0;
  dpb_status status = dpb_npz_read_ints(npz, KEY_FORMAT, &format, 1);
  if (status == DPB_ERR_NOT_FOUND) {
    return dpb__fail(DPB_ERR_FORMAT,
                     "%s: holds weights but no network: there is no " KEY_FORMAT, path);
  }
  if (status != DPB_OK) return status;
  if (format > FORMAT) {
    return dpb__fail(DPB_ERR_UNSUPPORTED,
                     "%s: " KEY_FORMAT " is %lld, this library reads up to %d", path,
                     (long long)format, FORMAT);
  }
  if (format < 1) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: " KEY_FORMAT " is %lld, must be at least 1",
                     path, (long long)format);
  }
  return DPB_OK;
}

static dpb_status read_input(dpb_npz *npz, const char *path, dpb_hwc *input) {
  int64_t v[3];
  dpb_status status = dpb_npz_read_ints(npz, KEY_INPUT, v, 3);
  if (status == DPB_ERR_NOT_FOUND) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: there is no " KEY_INPUT, path);
  }
  if (status != DPB_OK) return status;
  for (int i = 0; i < 3; i++) {
    if (v[i] < 1 || v[i] > INT_MAX) {
      return dpb__fail(DPB_ERR_DATA, "%s: " KEY_INPUT " is (%lld, %lld, %lld)", path,
                       (long long)v[0], (long long)v[1], (long long)v[2]);
    }
  }
  const dpb_hwc in = {(int)v[0], (int)v[1], (int)v[2]};
  const bool open = input->h == 0 && input->w == 0 && input->c == 0;
  if (!open && (input->h != in.h || input->w != in.w || input->c != in.c)) {
    return dpb__fail(DPB_ERR_SHAPE,
                     "%s: the network's input is %dx%dx%d (h, w, c), not %dx%dx%d", path,
                     in.h, in.w, in.c, input->h, input->w, input->c);
  }
  *input = in;
  return DPB_OK;
}

/* *net is for dpb__release. */
static dpb_status read_net(dpb_npz *npz, const char *path, char **net) {
  size_t length = 0;
  dpb_status status = dpb_npz_read_text(npz, KEY_NET, NULL, 0, &length);
  if (status == DPB_ERR_NOT_FOUND) {
    return dpb__fail(DPB_ERR_FORMAT, "%s: there is no " KEY_NET, path);
  }
  if (status != DPB_OK) return status;
  if (length > LONGEST_NET) {
    return dpb__fail(DPB_ERR_SIZE, "%s: " KEY_NET " has %zu bytes, at most %d are read",
                     path, length, LONGEST_NET);
  }
  void *memory = NULL;
  status = dpb__allocate(length + 1, 1, "the network's text", &memory);
  *net = memory;
  if (status != DPB_OK) return status;
  return dpb_npz_read_text(npz, KEY_NET, *net, length + 1, NULL);
}

/* The plan is compared with the file before the model is built: a few bytes that describe
 * a giant do not get its memory. */
static dpb_status make_model(dpb_npz *npz, const char *path, dpb_model_config *config,
                             dpb_model **model) {
  dpb_status status = read_input(npz, path, &config->input);
  if (status != DPB_OK) return status;
  char *net = NULL;
  status = read_net(npz, path, &net);
  if (status == DPB_OK) status = dpb_model_create(config, model);
  if (status == DPB_OK) {
    status = dpb_add_text(*model, net);
    if (status == DPB_OK) status = dpb__model_plan(*model);
    if (status != DPB_OK) dpb__fail_in(status, "%s: " KEY_NET ": ", path);
  }
  dpb__release(net);
  if (status == DPB_OK) status = check_fit(*model, npz, path);
  if (status == DPB_OK) status = dpb_model_build(*model);
  if (status == DPB_OK) status = fill(*model, npz, path);
  return status;
}

dpb_status dpb_model_load(const char *path, const dpb_model_config *config,
                          dpb_model **model) {
  if (model == NULL) return dpb__fail(DPB_ERR_ARG, "dpb_model_load: model is NULL");
  *model = NULL;
  dpb_model_config filled = {.max_batch = 0};
  if (config != NULL) filled = *config;
  dpb_npz *npz = NULL;
  dpb_status status = dpb_npz_open(path, &npz);
  if (status == DPB_OK) status = check_format(npz, path);
  if (status == DPB_OK) status = make_model(npz, path, &filled, model);
  dpb_npz_close(npz);
  if (status != DPB_OK) {
    dpb_model_destroy(*model);
    *model = NULL;
  }
  return status;
}
