/* SPDX-License-Identifier: MIT
 *
 * Features brought to the scale that networks learn from: x becomes (x - mean) /
 * deviation, with mean and standard deviation of the training data. They are measured
 * once, on the training data alone, and then hold for every sample that the network ever
 * sees: those of the test, and those of its later use.
 */
#ifndef DEEPBLAS_SCALING_H
#define DEEPBLAS_SCALING_H

#include <stddef.h>
#include <stdint.h>

#include <deepblas/dataset.h>
#include <deepblas/status.h>
#include <deepblas/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum dpb_scaling_kind {
  DPB_SCALING_NONE = 0,
  DPB_SCALING_GLOBAL,  /* one mean and deviation for all numbers */
  DPB_SCALING_CHANNELS /* of each channel; in a vector every feature is one */
} dpb_scaling_kind;

/* Opaque and read-only once made. */
typedef struct dpb_scaling dpb_scaling;

/* Measures a dataset, in double: mean and deviation (over all samples and places, divided
 * by their number) of the plain features, or of pixel * scale; a scaling that is set
 * already is not looked at. Where all numbers are the same the deviation is 0 and x
 * becomes x - mean. Errors: DPB_ERR_ARG, DPB_ERR_MEMORY. */
DPB_API dpb_status dpb_scaling_measure(const dpb_dataset *dataset, dpb_scaling_kind kind,
                                       dpb_scaling **scaling);

/* From numbers that were kept: 1 for all channels, or as many as there are channels.
 * DPB_ERR_DATA for a mean that is not finite or a deviation that is not finite or
 * negative. */
DPB_API dpb_status dpb_scaling_create(int channels, const double *mean,
                                      const double *deviation, dpb_scaling **scaling);
DPB_API void dpb_scaling_destroy(dpb_scaling *scaling);

/* How many means and deviations there are, and what they are; 0 and NULL for NULL. */
DPB_API int dpb_scaling_channels(const dpb_scaling *scaling);
DPB_API const double *dpb_scaling_mean(const dpb_scaling *scaling);
DPB_API const double *dpb_scaling_deviation(const dpb_scaling *scaling);

/* Lets every mini-batch of the dataset be scaled from now on; NULL: no longer. The
 * dataset's own numbers stay as they are, bytes stay bytes. Not while another thread
 * reads it. DPB_ERR_SHAPE when the channels are not the dataset's. */
DPB_API dpb_status dpb_dataset_set_scaling(dpb_dataset *dataset,
                                           const dpb_scaling *scaling);

/* The scaling that was set, owned by the dataset; NULL: none. */
DPB_API const dpb_scaling *dpb_dataset_scaling(const dpb_dataset *dataset);

/* The same as a factor and an offset for each of the h*w*c numbers of a sample: what
 * dpb_batch takes as scales and offsets. */
DPB_API dpb_status dpb_scaling_factors(const dpb_scaling *scaling, dpb_hwc sample,
                                       float *scales, float *offsets);

/* Scales count samples, (count, h, w, c), for dpb_model_predict; out may be features. */
DPB_API dpb_status dpb_scaling_apply(const dpb_scaling *scaling, size_t count,
                                     dpb_hwc sample, const float *features, float *out);

#ifdef __cplusplus
}
#endif

#endif
