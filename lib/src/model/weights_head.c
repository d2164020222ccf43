/* SPDX-License-Identifier: MIT
 *
 * What a model file says of itself, beside the tensors: its format, the library that
 * wrote it, the network as text, its input, and what its data was.
 */
#include <limits.h>
#include <string.h>

#include <deepblas/version.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/names.h"
#include "model/weights.h"

#define KEY_FORMAT    DPB__OWN_NAME "format"
#define KEY_LIBRARY   DPB__OWN_NAME "library"
#define KEY_NET       DPB__OWN_NAME "net"
#define KEY_INPUT     DPB__OWN_NAME "input"
#define KEY_CLASSES   DPB__OWN_NAME "classes"
#define KEY_MEAN      DPB__OWN_NAME "mean"
#define KEY_DEVIATION DPB__OWN_NAME "deviation"

enum { FORMAT = 1, LONGEST_NET = 65535, LONGEST_CLASSES = 1 << 24 };

/* -- writing */

/* *net is for dpb__release. */
static dpb_status make_net(const dpb_model *model, char **net) {
  *net = NULL;
  size_t length = 0;
  dpb_status status = dpb_model_text(model, NULL, 0, &length);
  if (status != DPB_OK) return status;
  void *memory = NULL;
  status = dpb__allocate(length + 1, 1, "the network's text", &memory);
  if (status != DPB_OK) return status;
  *net = memory;
  return dpb_model_text(model, memory, length + 1, NULL);
}

static dpb_status write_net(dpb_npz_writer *writer, const dpb_model *model) {
  char *net = NULL;
  dpb_status status = make_net(model, &net);
  if (status == DPB_OK) status = dpb_npz_write_text(writer, KEY_NET, net);
  dpb__release(net);
  return status;
}

static dpb_status write_classes(dpb_npz_writer *writer, const dpb_model *model) {
  if (model->class_names == NULL) return DPB_OK;
  const dpb_hwc out = dpb_model_output(model);
  char *text = NULL;
  dpb_status status =
      dpb__class_names_join(out.h * out.w * out.c, model->class_names, &text);
  if (status == DPB_OK) status = dpb_npz_write_text(writer, KEY_CLASSES, text);
  dpb__release(text);
  return status;
}

static dpb_status write_scaling(dpb_npz_writer *writer, const dpb_model *model) {
  const double *mean = NULL, *deviation = NULL;
  const int channels = dpb_model_scaling(model, &mean, &deviation);
  const dpb_shape shape = {.rank = 1, .dim = {channels}};
  if (channels == 0) return DPB_OK;
  const dpb_status status = dpb_npz_write_doubles(writer, KEY_MEAN, &shape, mean);
  if (status != DPB_OK) return status;
  return dpb_npz_write_doubles(writer, KEY_DEVIATION, &shape, deviation);
}

dpb_status dpb__head_write(dpb_npz_writer *writer, const dpb_model *model) {
  const dpb_hwc in = dpb_model_input(model);
  const int64_t format = FORMAT;
  const int64_t input[] = {in.h, in.w, in.c};
  const dpb_shape single = {.rank = 0}, three = {.rank = 1, .dim = {3}};
  dpb_status status = dpb_npz_write_ints(writer, KEY_FORMAT, &single, &format);
  if (status == DPB_OK) status = dpb_npz_write_text(writer, KEY_LIBRARY, dpb_version());
  if (status == DPB_OK) status = write_net(writer, model);
  if (status == DPB_OK) status = dpb_npz_write_ints(writer, KEY_INPUT, &three, input);
  if (status == DPB_OK) status = write_classes(writer, model);
  return status == DPB_OK ? write_scaling(writer, model) : status;
}

/* -- reading */

dpb_status dpb__head_check(dpb_npz *npz, const char *path) {
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

/* A text of at most longest bytes; *text is for dpb__release. */
static dpb_status read_text(dpb_npz *npz, const char *path, const char *key,
                            size_t longest, char **text) {
  size_t length = 0;
  *text = NULL;
  dpb_status status = dpb_npz_read_text(npz, key, NULL, 0, &length);
  if (status == DPB_ERR_NOT_FOUND) {
    return dpb__fail(status, "%s: there is no %s", path, key);
  }
  if (status != DPB_OK) return status;
  if (length > longest) {
    return dpb__fail(DPB_ERR_SIZE, "%s: %s has %zu bytes, at most %zu are read", path,
                     key, length, longest);
  }
  void *memory = NULL;
  status = dpb__allocate(length + 1, 1, key, &memory);
  *text = memory;
  if (status != DPB_OK) return status;
  return dpb_npz_read_text(npz, key, *text, length + 1, NULL);
}

static dpb_status read_net(dpb_npz *npz, const char *path, char **net) {
  const dpb_status status = read_text(npz, path, KEY_NET, LONGEST_NET, net);
  return status == DPB_ERR_NOT_FOUND ? DPB_ERR_FORMAT : status;
}

dpb_status dpb__head_read(dpb_npz *npz, const char *path, const dpb_model_config *config,
                          dpb_model **model) {
  dpb_model_config filled = *config;
  char *net = NULL;
  dpb_status status = dpb__head_check(npz, path);
  if (status == DPB_OK) status = read_input(npz, path, &filled.input);
  if (status == DPB_OK) status = read_net(npz, path, &net);
  if (status == DPB_OK) status = dpb_model_create(&filled, model);
  if (status == DPB_OK) {
    status = dpb_add_text(*model, net);
    if (status == DPB_OK) status = dpb__model_plan(*model);
    if (status != DPB_OK) dpb__fail_in(status, "%s: " KEY_NET ": ", path);
  }
  dpb__release(net);
  return status;
}

dpb_status dpb__head_same(dpb_npz *npz, const char *path, const dpb_model *model) {
  dpb_hwc input = dpb_model_input(model);
  char *own = NULL, *net = NULL;
  dpb_status status = dpb__head_check(npz, path);
  if (status == DPB_OK) status = read_net(npz, path, &net);
  if (status == DPB_OK) status = make_net(model, &own);
  if (status == DPB_OK && strcmp(own, net) != 0) {
    status = dpb__fail(DPB_ERR_SHAPE, "%s: its network is '%.150s', the model's '%.150s'",
                       path, net, own);
  }
  if (status == DPB_OK) status = read_input(npz, path, &input);
  dpb__release(own);
  dpb__release(net);
  return status;
}

/* -- class names and scaling */

static dpb_status take_classes(const char *path, char *text, int outputs,
                               dpb_model *model) {
  void *memory = NULL;
  const size_t lines = strlen(text) + 1; /* no more than that, whatever outputs says */
  dpb_status status = dpb__allocate(lines < (size_t)outputs ? lines : (size_t)outputs,
                                    sizeof(char *), "class names", &memory);
  if (status != DPB_OK) return status;
  char **names = memory;
  const int count = dpb__class_names_split(text, outputs, names);
  if (count < 0) {
    status =
        dpb__fail(DPB_ERR_DATA, "%s: " KEY_CLASSES ": line %d is no name", path, -count);
  } else if (count != outputs) {
    status = dpb__fail(
        DPB_ERR_SHAPE, "%s: " KEY_CLASSES " has %s%d names, the network %d outputs", path,
        count > outputs ? "more than " : "", count > outputs ? outputs : count, outputs);
  } else {
    status = dpb_model_set_class_names(model, count, (const char *const *)names);
  }
  dpb__release(names);
  return status;
}

static dpb_status read_classes(dpb_npz *npz, const char *path, dpb_model *model) {
  const dpb_hwc out = dpb_model_output(model);
  char *text = NULL;
  dpb_status status = read_text(npz, path, KEY_CLASSES, LONGEST_CLASSES, &text);
  if (status == DPB_OK) {
    status = take_classes(path, text, out.h * out.w * out.c, model);
  } else if (status == DPB_ERR_NOT_FOUND) {
    status = DPB_OK;
  }
  dpb__release(text);
  return status;
}

static dpb_status read_scaling(dpb_npz *npz, const char *path, dpb_model *model) {
  dpb_shape shape;
  dpb_status status = dpb_npz_shape(npz, KEY_MEAN, &shape);
  if (status == DPB_ERR_NOT_FOUND) return DPB_OK;
  if (status != DPB_OK) return status;
  const int most = dpb_model_input(model).c;
  if (shape.rank != 1 || (shape.dim[0] != 1 && shape.dim[0] != most)) {
    char text[64];
    dpb_shape_text(&shape, text, sizeof text);
    return dpb__fail(DPB_ERR_SHAPE, "%s: " KEY_MEAN " is %s, the input has %d channels",
                     path, text, most);
  }
  const size_t channels = (size_t)shape.dim[0];
  void *memory = NULL;
  status = dpb__allocate(channels, 2 * sizeof(double), "scaling", &memory);
  double *values = memory;
  if (status == DPB_OK) status = dpb_npz_read_doubles(npz, KEY_MEAN, values, channels);
  if (status == DPB_OK)
    status = dpb_npz_read_doubles(npz, KEY_DEVIATION, values + channels, channels);
  if (status == DPB_OK) {
    status = dpb_model_set_scaling(model, (int)channels, values, values + channels);
    if (status != DPB_OK) dpb__fail_in(status, "%s: ", path);
  }
  dpb__release(memory);
  return status;
}

dpb_status dpb__head_notes(dpb_npz *npz, const char *path, dpb_model *model) {
  const dpb_status status = read_classes(npz, path, model);
  return status == DPB_OK ? read_scaling(npz, path, model) : status;
}
