/* SPDX-License-Identifier: MIT
 *
 * What the outputs of each layer look like (section 6.2.2): spread, histogram, dead and
 * saturated units, from a forward pass over a mini-batch.
 *
 *     dpb_statistics *statistics = NULL;
 *     dpb_model_statistics(model, &batch, &(dpb_statistics_config){.bins = 30},
 *                          &statistics);
 *     for (int i = 0; i < dpb_model_layer_count(model); i++) {
 *       dpb_layer_statistics layer;
 *       dpb_statistics_layer(statistics, i, &layer);
 *       printf("%d: mean %g, std %g\n", i, layer.mean, layer.std);
 *     }
 *     dpb_statistics_destroy(statistics);
 *
 * The pass is one of its own: every layer's own output is looked at, also where a
 * training step would apply a ReLU together with the layer in front of it. It runs in
 * memory that the call allocates and frees, two arrays of the largest output for the
 * whole mini-batch, in the calling thread alone, and changes nothing in the model; so
 * many threads may look at one model that nobody changes.
 */
#ifndef DEEPBLAS_STATISTICS_H
#define DEEPBLAS_STATISTICS_H

#include <stddef.h>

#include <deepblas/model.h>
#include <deepblas/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dpb_statistics_config {
  int train;  /* 1: in training mode: dropout drops, batch statistics are the batch's */
  int bins;   /* of each histogram; 0: none */
  float low;  /* where the histogram begins and ends; both 0: at the least and the */
  float high; /* largest number of each layer */
} dpb_statistics_config;

/* Numbers that are not finite are counted, and left out of everything else. Of a layer
 * all of whose numbers are so, all else is 0. */
typedef struct dpb_layer_statistics {
  size_t count;      /* samples times outputs */
  size_t not_finite; /* of them */
  double mean;
  double std; /* of all numbers of the layer, about that mean */
  float min;
  float max;
  double zeros;     /* share of the numbers that are 0 */
  double dead;      /* share of the outputs that are 0 for every sample */
  double saturated; /* share of the numbers near an end of a bounded activation: sigmoid
                       below 0.01 or above 0.99, tanh beyond -0.98 or 0.98, which is the
                       same for half the input; 0 for other layers */
  int bounded;      /* 1: the layer is such an activation */

  /* Bin i counts low + i w <= y < low + (i + 1) w with w = (high - low) / bins; the last
   * one counts y = high, too. NULL without bins; valid until destroy. */
  const size_t *histogram;
  int bins;
  float low;
  float high;
  size_t outside; /* finite numbers below low or above high */
} dpb_layer_statistics;

typedef struct dpb_statistics dpb_statistics;

/* Runs batch, of any size, through a built model; labels and targets are not looked at.
 * Errors: DPB_ERR_ARG (NULL, bins below 0 or above 1000000, low not below high), those of
 * dpb_model_predict but for max_batch, DPB_ERR_STATE (not built; training mode of a model
 * that was built for inference), DPB_ERR_MEMORY, DPB_ERR_SIZE. *statistics is NULL then;
 * else the caller destroys it. */
DPB_API dpb_status dpb_model_statistics(const dpb_model *model, const dpb_batch *batch,
                                        const dpb_statistics_config *config,
                                        dpb_statistics **statistics);
DPB_API void dpb_statistics_destroy(dpb_statistics *statistics);

/* Of the output of layer 0, 1, ... DPB_ERR_ARG for NULL and a layer that there is not. */
DPB_API dpb_status dpb_statistics_layer(const dpb_statistics *statistics, int layer,
                                        dpb_layer_statistics *info);

#ifdef __cplusplus
}
#endif

#endif
