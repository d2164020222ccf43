/* SPDX-License-Identifier: MIT
 *
 * NumPy arrays as datasets: shapes, labels, and the order of an image's numbers.
 */
#include "data/array_data.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"
#include "data/dataset.h"
#include "file/npy_file.h"
#include "file/npz_reader.h"

enum { MAX_LABEL = 65535, LABEL_TEXT = 256 };

static const char *ref_text(const dpb__array_ref *ref, char text[LABEL_TEXT]) {
  if (ref->npz == NULL) return ref->name;
  size_t length = strlen(ref->path);
  const char *tail = length > 120 ? ref->path + length - 120 : ref->path;
  snprintf(text, LABEL_TEXT, "%s: %.120s", tail, ref->name);
  return text;
}

static dpb_status describe(const dpb__array_ref *ref, dpb__npy *npy) {
  return ref->npz != NULL ? dpb__npz_describe(ref->npz, ref->name, npy)
                          : dpb__npy_file_describe(ref->name, npy);
}

static dpb_status read_array(const dpb__array_ref *ref, const dpb__npy_target *out,
                             size_t count) {
  return ref->npz != NULL ? dpb__npz_read(ref->npz, ref->name, out, count)
                          : dpb__npy_file_read(ref->name, out, count);
}

static dpb_status fail_shape(const dpb__array_ref *ref, const dpb__npy *npy,
                             const char *wanted) {
  char text[LABEL_TEXT], shape[128];
  dpb__npy_shape_text(npy, shape, sizeof shape);
  return dpb__fail(DPB_ERR_SHAPE, "%s: shape %s, %s", ref_text(ref, text), shape, wanted);
}

/* -- labels */

static dpb_status check_labels(const dpb__array_ref *ref, dpb_dataset *parts) {
  parts->classes = 2;
  for (size_t i = 0; i < parts->count; i++) {
    const int32_t label = parts->labels[i];
    if (label < 0 || label > MAX_LABEL) {
      char text[LABEL_TEXT];
      return dpb__fail(DPB_ERR_DATA, "%s: label %ld of row %zu is outside 0..%d",
                       ref_text(ref, text), (long)label, i, MAX_LABEL);
    }
    if (label >= parts->classes) parts->classes = label + 1;
  }
  return DPB_OK;
}

static dpb_status read_labels(const dpb__array_ref *ref, dpb_dataset *parts) {
  dpb__npy npy;
  dpb_status status = describe(ref, &npy);
  if (status != DPB_OK) return status;
  bool column = npy.rank == 2 && npy.dim[1] == 1;
  if (npy.rank != 1 && !column) return fail_shape(ref, &npy, "labels are (n,)");
  if (npy.count == 0) return fail_shape(ref, &npy, "there are no samples");
  parts->count = npy.count;
  void *labels = NULL;
  status = dpb__allocate(npy.count, sizeof(int32_t), "labels", &labels);
  parts->labels = labels;
  if (status == DPB_OK)
    status = read_array(ref, &(dpb__npy_target){.int32s = labels}, npy.count);
  return status == DPB_OK ? check_labels(ref, parts) : status;
}

/* -- features */

/* What one sample of the array is; h, w, c whatever the order in the file. */
static dpb_status sample_shape(const dpb__array_ref *ref, const dpb__npy *npy,
                               const dpb_array_config *config, dpb_hwc *sample) {
  if (npy->rank < 1 || npy->rank > 4)
    return fail_shape(ref, npy, "features have 1 to 4 dimensions");
  size_t d[4] = {0, 1, 1, 1};
  for (int i = 1; i < npy->rank; i++) {
    d[i] = npy->dim[i];
    if (d[i] < 1 || d[i] > INT_MAX) return fail_shape(ref, npy, "an extent is no size");
  }
  *sample = (dpb_hwc){(int)d[1], (int)d[2], (int)d[3]};
  if (npy->rank <= 2) *sample = (dpb_hwc){1, 1, (int)d[1]};
  if (npy->rank == 4 && config->channels_first)
    *sample = (dpb_hwc){(int)d[2], (int)d[3], (int)d[1]};
  dpb_hwc wish = config->sample;
  if (wish.h == 0 && wish.w == 0 && wish.c == 0) return DPB_OK;
  if (npy->rank > 2 || wish.h < 1 || wish.w < 1 || wish.c < 1 ||
      (double)wish.h * (double)wish.w * (double)wish.c != (double)d[1]) {
    char wanted[96];
    snprintf(wanted, sizeof wanted, "rows that are samples of %dx%dx%d were asked",
             wish.h, wish.w, wish.c);
    return fail_shape(ref, npy, wanted);
  }
  *sample = wish;
  return DPB_OK;
}

static dpb_status check_finite(const dpb__array_ref *ref, const float *features,
                               size_t count, size_t sample_count) {
  for (size_t i = 0; i < count * sample_count; i++) {
    if (isfinite(features[i])) continue;
    char text[LABEL_TEXT];
    return dpb__fail(DPB_ERR_DATA, "%s: number %zu of row %zu is %g", ref_text(ref, text),
                     i % sample_count, i / sample_count, (double)features[i]);
  }
  return DPB_OK;
}

/* One sample of item-sized numbers from the order c, h, w to h, w, c. */
static void turn_sample(uint8_t *sample, uint8_t *scratch, dpb_hwc s, size_t item) {
  size_t places = (size_t)s.h * (size_t)s.w, c = (size_t)s.c;
  /* scratch is there where samples are to be turned */
  DPB__KNOWN(sample != NULL && scratch != NULL);
  memcpy(scratch, sample, places * c * item);
  for (size_t place = 0; place < places; place++) {
    for (size_t j = 0; j < c; j++) {
      memcpy(sample + (place * c + j) * item, scratch + (j * places + place) * item,
             item);
    }
  }
}

static dpb_status turn_all(dpb_dataset *parts, size_t sample_count) {
  size_t item = parts->features != NULL ? sizeof(float) : 1;
  uint8_t *all = parts->features != NULL ? (uint8_t *)parts->features : parts->pixels;
  void *scratch = NULL;
  dpb_status status = dpb__allocate(sample_count, item, "sample", &scratch);
  for (size_t i = 0; i < parts->count && status == DPB_OK; i++) {
    turn_sample(all + i * sample_count * item, scratch, parts->sample, item);
  }
  dpb__release(scratch);
  return status;
}

static dpb_status read_features(const dpb__array_ref *ref, const dpb_array_config *config,
                                dpb_dataset *parts) {
  dpb__npy npy;
  dpb_status status = describe(ref, &npy);
  if (status == DPB_OK) status = sample_shape(ref, &npy, config, &parts->sample);
  if (status != DPB_OK) return status;
  if (npy.dim[0] != parts->count) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "but there are %zu labels", parts->count);
    return fail_shape(ref, &npy, wanted);
  }
  size_t sample_count = npy.count / parts->count;
  bool bytes = npy.kind == 'u' && npy.item == 1;
  parts->scale = bytes ? 1.0f / 255.0f : 1.0f;
  void *memory = NULL;
  size_t item = bytes ? 1 : sizeof(float);
  status = dpb__allocate(npy.count, item, "features", &memory);
  parts->pixels = bytes ? memory : NULL;
  parts->features = bytes ? NULL : memory;
  dpb__npy_target out = {.bytes = parts->pixels, .floats = parts->features};
  if (status == DPB_OK) status = read_array(ref, &out, npy.count);
  if (status == DPB_OK && !bytes)
    status = check_finite(ref, parts->features, parts->count, sample_count);
  bool image = parts->sample.c > 1 && sample_count > (size_t)parts->sample.c;
  if (status == DPB_OK && config->channels_first && image)
    status = turn_all(parts, sample_count);
  return status;
}

dpb_status dpb__array_dataset(const dpb__array_ref *features,
                              const dpb__array_ref *labels,
                              const dpb_array_config *config, dpb_dataset **dataset) {
  dpb_dataset parts = {.count = 0};
  dpb_status status = read_labels(labels, &parts);
  if (status == DPB_OK) status = read_features(features, config, &parts);
  if (status == DPB_OK) status = dpb__dataset_adopt(&parts, dataset);
  if (status != DPB_OK) {
    dpb__release(parts.labels);
    dpb__release(parts.pixels);
    dpb__release(parts.features);
  }
  return status;
}
