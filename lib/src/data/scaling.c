/* SPDX-License-Identifier: MIT
 *
 * (x - mean) / deviation, measured, kept and applied. In a dataset it becomes a factor
 * and an offset for each number of a sample, so that the samples stay what they are.
 */
#include <deepblas/scaling.h>

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/float_mode.h"
#include "base/memory.h"
#include "base/moments.h"
#include "base/size.h"
#include "data/dataset.h"

struct dpb_scaling {
  int channels;
  double *mean;
  double *deviation; /* behind the means, in their memory */
};

static dpb_status make(int channels, dpb_scaling **scaling) {
  void *memory = NULL;
  dpb_status status = dpb__allocate(1, sizeof(dpb_scaling), "scaling", &memory);
  if (status != DPB_OK) return status;
  dpb_scaling *s = memory;
  status = dpb__allocate((size_t)channels, 2 * sizeof(double), "scaling", &memory);
  if (status != DPB_OK) {
    dpb__release(s);
    return status;
  }
  *s = (dpb_scaling){channels, memory, (double *)memory + channels};
  *scaling = s;
  return DPB_OK;
}

void dpb_scaling_destroy(dpb_scaling *scaling) {
  if (scaling == NULL) return;
  dpb__release(scaling->mean);
  dpb__release(scaling);
}

/* sums[channel] += f(x): x when deviation is 0, else (x - mean)^2. */
static void add_sample(const dpb_dataset *d, size_t row, const dpb_scaling *s,
                       int squares, double *sums) {
  size_t first = row * d->sample_count;
  size_t channel = 0, channels = (size_t)s->channels;
  for (size_t i = 0; i < d->sample_count; i++) {
    double x = d->features ? (double)d->features[first + i]
                           : (double)((float)d->pixels[first + i] * d->scale);
    double away = x - s->mean[channel];
    sums[channel] += squares ? away * away : x;
    if (++channel == channels) channel = 0;
  }
}

/* In two passes: a small deviation around a large mean comes out right. A sum for each
 * sample keeps the error of long sums small. */
static void measure(const dpb_dataset *d, dpb_scaling *s) {
  size_t channels = (size_t)s->channels;
  double per_channel = (double)d->count * (double)(d->sample_count / channels);
  for (size_t row = 0; row < d->count; row++) {
    /* the deviations serve as sums: they are not measured yet */
    add_sample(d, row, s, 0, s->deviation);
  }
  for (size_t c = 0; c < channels; c++) {
    s->mean[c] = s->deviation[c] / per_channel;
    s->deviation[c] = 0.0;
  }
  for (size_t row = 0; row < d->count; row++) add_sample(d, row, s, 1, s->deviation);
  for (size_t c = 0; c < channels; c++) {
    s->deviation[c] = sqrt(s->deviation[c] / per_channel);
    /* what rounding leaves of equal numbers is no deviation */
    if (s->deviation[c] <= 1e-12 * fabs(s->mean[c])) s->deviation[c] = 0.0;
  }
}

dpb_status dpb_scaling_measure(const dpb_dataset *dataset, dpb_scaling_kind kind,
                               dpb_scaling **scaling) {
  if (scaling == NULL) return dpb__fail(DPB_ERR_ARG, "scaling: the out-pointer is NULL");
  *scaling = NULL;
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "scaling: dataset is NULL");
  if (kind != DPB_SCALING_GLOBAL && kind != DPB_SCALING_CHANNELS) {
    return dpb__fail(DPB_ERR_ARG, "scaling: there is no kind %d to measure", (int)kind);
  }
  dpb_status status = make(kind == DPB_SCALING_GLOBAL ? 1 : dataset->sample.c, scaling);
  if (status != DPB_OK) return status;
  const unsigned host_mode = dpb__float_enter_plain();
  measure(dataset, *scaling);
  dpb__float_leave(host_mode);
  return DPB_OK;
}

dpb_status dpb_scaling_create(int channels, const double *mean, const double *deviation,
                              dpb_scaling **scaling) {
  if (scaling == NULL) return dpb__fail(DPB_ERR_ARG, "scaling: the out-pointer is NULL");
  *scaling = NULL;
  if (channels < 1 || mean == NULL || deviation == NULL) {
    return dpb__fail(DPB_ERR_ARG, "scaling: %d channels%s", channels,
                     channels < 1   ? ", at least 1 is needed"
                     : mean == NULL ? ", and mean is NULL"
                                    : ", and deviation is NULL");
  }
  dpb_status status = dpb__moments_check(channels, mean, deviation);
  if (status == DPB_OK) status = make(channels, scaling);
  if (status != DPB_OK) return status;
  memcpy((*scaling)->mean, mean, (size_t)channels * sizeof *mean);
  memcpy((*scaling)->deviation, deviation, (size_t)channels * sizeof *mean);
  return DPB_OK;
}

int dpb_scaling_channels(const dpb_scaling *scaling) {
  return scaling != NULL ? scaling->channels : 0;
}

const double *dpb_scaling_mean(const dpb_scaling *scaling) {
  return scaling != NULL ? scaling->mean : NULL;
}

const double *dpb_scaling_deviation(const dpb_scaling *scaling) {
  return scaling != NULL ? scaling->deviation : NULL;
}

/* Of channel c: x becomes x * factor + offset. */
static double factor_of(const dpb_scaling *s, size_t c) {
  return s->deviation[c] > 1e-30 ? 1.0 / s->deviation[c] : 1.0;
}

static dpb_status check_sample(dpb_hwc sample) {
  if (sample.h >= 1 && sample.w >= 1 && sample.c >= 1) return DPB_OK;
  return dpb__fail(DPB_ERR_ARG, "scaling: sample shape %dx%dx%d", sample.h, sample.w,
                   sample.c);
}

static dpb_status check_channels(const dpb_scaling *s, dpb_hwc sample) {
  if (s->channels == 1 || s->channels == sample.c) return DPB_OK;
  return dpb__fail(DPB_ERR_SHAPE, "scaling: it has %d channels, samples are %dx%dx%d",
                   s->channels, sample.h, sample.w, sample.c);
}

dpb_status dpb_scaling_factors(const dpb_scaling *scaling, dpb_hwc sample, float *scales,
                               float *offsets) {
  if (scaling == NULL || scales == NULL || offsets == NULL) {
    return dpb__fail(DPB_ERR_ARG, "scaling: %s is NULL",
                     scaling == NULL  ? "scaling"
                     : scales == NULL ? "scales"
                                      : "offsets");
  }
  dpb_status status = check_sample(sample);
  if (status == DPB_OK) status = check_channels(scaling, sample);
  if (status != DPB_OK) return status;
  const size_t n = (size_t)sample.h * (size_t)sample.w * (size_t)sample.c;
  const unsigned host_mode = dpb__float_enter_plain();
  for (size_t i = 0; i < n; i++) {
    const size_t c = i % (size_t)scaling->channels;
    const double factor = factor_of(scaling, c);
    scales[i] = (float)factor;
    offsets[i] = (float)(-scaling->mean[c] * factor);
  }
  dpb__float_leave(host_mode);
  return DPB_OK;
}

/* What a dataset keeps of a scaling; all NULL for none. */
static dpb_status make_factors(const dpb_dataset *dataset, const dpb_scaling *scaling,
                               dpb_dataset *made) {
  *made = (dpb_dataset){.scaling = NULL};
  if (scaling == NULL) return DPB_OK;
  dpb_status status = check_channels(scaling, dataset->sample);
  if (status == DPB_OK)
    status = dpb_scaling_create(scaling->channels, scaling->mean, scaling->deviation,
                                &made->scaling);
  void *scales = NULL, *offsets = NULL;
  const size_t n = dataset->sample_count;
  if (status == DPB_OK) status = dpb__allocate(n, sizeof(float), "scales", &scales);
  if (status == DPB_OK) status = dpb__allocate(n, sizeof(float), "offsets", &offsets);
  if (status == DPB_OK)
    status = dpb_scaling_factors(scaling, dataset->sample, scales, offsets);
  made->scales = scales;
  made->offsets = offsets;
  return status;
}

static void release_factors(dpb_dataset *d) {
  dpb_scaling_destroy(d->scaling);
  dpb__release(d->scales);
  dpb__release(d->offsets);
}

dpb_status dpb_dataset_set_scaling(dpb_dataset *dataset, const dpb_scaling *scaling) {
  if (dataset == NULL) return dpb__fail(DPB_ERR_ARG, "scaling: dataset is NULL");
  dpb_dataset made;
  const dpb_status status = make_factors(dataset, scaling, &made);
  if (status != DPB_OK) {
    release_factors(&made);
    return status;
  }
  release_factors(dataset);
  dataset->scaling = made.scaling;
  dataset->scales = made.scales;
  dataset->offsets = made.offsets;
  return DPB_OK;
}

const dpb_scaling *dpb_dataset_scaling(const dpb_dataset *dataset) {
  return dataset != NULL ? dataset->scaling : NULL;
}

dpb_status dpb_scaling_apply(const dpb_scaling *scaling, size_t count, dpb_hwc sample,
                             const float *features, float *out) {
  if (scaling == NULL || features == NULL || out == NULL) {
    return dpb__fail(DPB_ERR_ARG, "scaling: %s is NULL",
                     scaling == NULL    ? "scaling"
                     : features == NULL ? "features"
                                        : "out");
  }
  dpb_status status = check_sample(sample);
  if (status == DPB_OK) status = check_channels(scaling, sample);
  if (status != DPB_OK) return status;
  size_t total = count;
  if (!dpb__size_mul(total, (size_t)sample.h, &total) ||
      !dpb__size_mul(total, (size_t)sample.w, &total) ||
      !dpb__size_mul(total, (size_t)sample.c, &total)) {
    return dpb__fail(DPB_ERR_SIZE, "scaling: %zu samples of %dx%dx%d are too large",
                     count, sample.h, sample.w, sample.c);
  }
  const unsigned host_mode = dpb__float_enter_plain();
  for (size_t i = 0; i < total; i++) {
    size_t c = i % (size_t)scaling->channels;
    float factor = (float)factor_of(scaling, c);
    float offset = (float)(-scaling->mean[c] * factor_of(scaling, c));
    out[i] = features[i] * factor + offset;
  }
  dpb__float_leave(host_mode);
  return DPB_OK;
}
