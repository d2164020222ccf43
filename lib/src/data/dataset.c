/* SPDX-License-Identifier: MIT
 *
 * Labelled samples in memory: making, cutting, reading.
 */
#include "data/dataset.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/size.h"

void dpb_dataset_destroy(dpb_dataset *dataset) {
  if (dataset == NULL) return;
  dpb__release(dataset->pixels);
  dpb__release(dataset->features);
  dpb__release(dataset->labels);
  dpb__release(dataset->class_names);
  dpb_scaling_destroy(dataset->scaling);
  dpb__release(dataset->scales);
  dpb__release(dataset->offsets);
  dpb__release(dataset);
}

/* Extents, and that everything can be counted; *sample_count numbers make a sample. */
static dpb_status check_shape(size_t count, dpb_hwc sample, size_t *sample_count) {
  if (count == 0)
    return dpb__fail(DPB_ERR_ARG, "dataset: 0 samples, at least 1 is needed");
  if (sample.h < 1 || sample.w < 1 || sample.c < 1) {
    return dpb__fail(DPB_ERR_ARG,
                     "dataset: sample shape %dx%dx%d, extents are at least 1", sample.h,
                     sample.w, sample.c);
  }
  if (count > UINT32_MAX) {
    return dpb__fail(DPB_ERR_SIZE, "dataset: %zu samples, rows are counted up to %lu",
                     count, (unsigned long)UINT32_MAX);
  }
  size_t bytes = 0;
  if (!dpb__size_mul((size_t)sample.h, (size_t)sample.w, sample_count) ||
      !dpb__size_mul(*sample_count, (size_t)sample.c, sample_count) ||
      *sample_count > INT_MAX || !dpb__size_mul(*sample_count, count, &bytes) ||
      !dpb__size_mul(bytes, sizeof(float), &bytes)) {
    return dpb__fail(DPB_ERR_SIZE, "dataset: %zu samples of %dx%dx%d are too large",
                     count, sample.h, sample.w, sample.c);
  }
  return DPB_OK;
}

static dpb_status check_labels(size_t count, const int32_t *labels, int classes) {
  if (classes < 1) {
    return dpb__fail(DPB_ERR_ARG, "dataset: %d classes, at least 1 is needed", classes);
  }
  for (size_t i = 0; i < count; i++) {
    if (labels[i] < 0 || labels[i] >= classes) {
      return dpb__fail(DPB_ERR_DATA, "dataset: label %ld of row %zu is outside 0..%d",
                       (long)labels[i], i, classes - 1);
    }
  }
  return DPB_OK;
}

dpb_status dpb__dataset_adopt(const dpb_dataset *parts, dpb_dataset **dataset) {
  *dataset = NULL;
  size_t sample_count = 0;
  dpb_status status = check_shape(parts->count, parts->sample, &sample_count);
  if (status == DPB_OK)
    status = check_labels(parts->count, parts->labels, parts->classes);
  void *memory = NULL;
  if (status == DPB_OK) status = dpb__allocate(1, sizeof *parts, "dataset", &memory);
  if (status != DPB_OK) return status;
  *dataset = memory;
  **dataset = *parts;
  (*dataset)->sample_count = sample_count;
  return DPB_OK;
}

/* Class names and scaling of source for made, which holds none of its own yet. */
static dpb_status copy_extras(const dpb_dataset *source, dpb_dataset *made) {
  dpb_status status = DPB_OK;
  if (source->class_names != NULL) {
    status = dpb__class_names_copy(
        source->classes, (const char *const *)source->class_names, &made->class_names);
  }
  return status == DPB_OK ? dpb_dataset_set_scaling(made, source->scaling) : status;
}

dpb_status dpb__dataset_make_like(const dpb_dataset *source, size_t count,
                                  dpb_dataset **dataset) {
  *dataset = NULL;
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof *source, "dataset", &memory);
  if (status != DPB_OK) return status;
  dpb_dataset *made = memory;
  made->count = count;
  made->sample = source->sample;
  made->sample_count = source->sample_count;
  made->classes = source->classes;
  made->scale = source->scale;
  size_t item = source->features != NULL ? sizeof(float) : sizeof(uint8_t);
  status = dpb__allocate(count, source->sample_count * item, "samples", &memory);
  if (source->features != NULL) {
    made->features = memory;
  } else {
    made->pixels = memory;
  }
  if (status == DPB_OK) {
    status = dpb__allocate(count, sizeof(int32_t), "labels", &memory);
    made->labels = memory;
  }
  if (status == DPB_OK) status = copy_extras(source, made);
  if (status != DPB_OK) {
    dpb_dataset_destroy(made);
    return status;
  }
  *dataset = made;
  return DPB_OK;
}

void dpb__dataset_copy_rows(dpb_dataset *to, size_t at, const dpb_dataset *from,
                            size_t first, size_t count) {
  size_t sample = from->sample_count;
  if (from->features != NULL) {
    memcpy(to->features + at * sample, from->features + first * sample,
           count * sample * sizeof(float));
  } else {
    memcpy(to->pixels + at * sample, from->pixels + first * sample, count * sample);
  }
  memcpy(to->labels + at, from->labels + first, count * sizeof(int32_t));
}

static dpb_status check_finite(const dpb_dataset *d) {
  size_t total = d->count * d->sample_count;
  for (size_t i = 0; i < total; i++) {
    if (!isfinite(d->features[i])) {
      return dpb__fail(DPB_ERR_DATA, "dataset: feature %zu of row %zu is %g",
                       i % d->sample_count, i / d->sample_count, (double)d->features[i]);
    }
  }
  return DPB_OK;
}

/* borrowed is described by its fields; everything is checked, then copied. */
static dpb_status copy_checked(dpb_dataset *borrowed, dpb_dataset **dataset) {
  if (borrowed->labels == NULL ||
      (borrowed->features == NULL && borrowed->pixels == NULL)) {
    return dpb__fail(DPB_ERR_ARG, "dataset: %s is NULL",
                     borrowed->labels == NULL ? "labels" : "the array of samples");
  }
  dpb_status status =
      check_shape(borrowed->count, borrowed->sample, &borrowed->sample_count);
  if (status == DPB_OK) {
    status = check_labels(borrowed->count, borrowed->labels, borrowed->classes);
  }
  if (status == DPB_OK && borrowed->features != NULL) status = check_finite(borrowed);
  if (status == DPB_OK)
    status = dpb__dataset_make_like(borrowed, borrowed->count, dataset);
  if (status == DPB_OK) dpb__dataset_copy_rows(*dataset, 0, borrowed, 0, borrowed->count);
  return status;
}

dpb_status dpb_dataset_from_floats(size_t count, dpb_hwc sample, const float *features,
                                   const int32_t *labels, int classes,
                                   dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "dataset: the out-pointer is NULL");
  *dataset = NULL;
  /* borrowed only until it is copied: nothing writes through these pointers */
  dpb_dataset borrowed = {.count = count,
                          .sample = sample,
                          .classes = classes,
                          .scale = 1.0f,
                          .features = (float *)(uintptr_t)features,
                          .labels = (int32_t *)(uintptr_t)labels};
  return copy_checked(&borrowed, dataset);
}

dpb_status dpb_dataset_from_pixels(size_t count, dpb_hwc sample, const uint8_t *pixels,
                                   float scale, const int32_t *labels, int classes,
                                   dpb_dataset **dataset) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "dataset: the out-pointer is NULL");
  *dataset = NULL;
  if (!isfinite(scale)) {
    return dpb__fail(DPB_ERR_ARG, "dataset: scale is %g, must be finite", (double)scale);
  }
  dpb_dataset borrowed = {.count = count,
                          .sample = sample,
                          .classes = classes,
                          .scale = scale,
                          .pixels = (uint8_t *)(uintptr_t)pixels,
                          .labels = (int32_t *)(uintptr_t)labels};
  return copy_checked(&borrowed, dataset);
}

size_t dpb_dataset_count(const dpb_dataset *dataset) {
  return dataset != NULL ? dataset->count : 0;
}

dpb_hwc dpb_dataset_sample_shape(const dpb_dataset *dataset) {
  return dataset != NULL ? dataset->sample : (dpb_hwc){0, 0, 0};
}

int dpb_dataset_classes(const dpb_dataset *dataset) {
  return dataset != NULL ? dataset->classes : 0;
}

const int32_t *dpb_dataset_labels(const dpb_dataset *dataset) {
  return dataset != NULL ? dataset->labels : NULL;
}

dpb_status dpb_dataset_head(const dpb_dataset *dataset, size_t count,
                            dpb_dataset **head) {
  if (head == NULL)
    return dpb__fail(DPB_ERR_ARG, "dataset head: the out-pointer is NULL");
  *head = NULL;
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "dataset head: dataset is NULL");
  if (count < 1 || count > dataset->count) {
    return dpb__fail(DPB_ERR_ARG, "dataset head: count is %zu, must be 1..%zu", count,
                     dataset->count);
  }
  dpb_status status = dpb__dataset_make_like(dataset, count, head);
  if (status == DPB_OK) dpb__dataset_copy_rows(*head, 0, dataset, 0, count);
  return status;
}

dpb_status dpb_dataset_batch(const dpb_dataset *dataset, size_t first, int n,
                             dpb_batch *batch) {
  if (dataset == NULL || batch == NULL) {
    return dpb__fail(DPB_ERR_ARG, "dataset batch: %s is NULL",
                     dataset == NULL ? "dataset" : "batch");
  }
  if (n < 1 || first >= dataset->count || (size_t)n > dataset->count - first) {
    return dpb__fail(DPB_ERR_ARG, "dataset batch: %d rows from row %zu on, there are %zu",
                     n, first, dataset->count);
  }
  size_t offset = first * dataset->sample_count;
  *batch = (dpb_batch){.n = n,
                       .features = dataset->features ? dataset->features + offset : NULL,
                       .pixels = dataset->pixels ? dataset->pixels + offset : NULL,
                       .scale = dataset->scale,
                       .labels = dataset->labels + first,
                       .scales = dataset->scales,
                       .offsets = dataset->offsets};
  return DPB_OK;
}
