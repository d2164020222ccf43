/* SPDX-License-Identifier: MIT
 *
 * Statistics of an array of outputs.
 */
#ifndef DPB_MODEL_TALLY_H
#define DPB_MODEL_TALLY_H

#include <deepblas/statistics.h>

/* Looks at y (n samples of outputs numbers). ends: what a bounded activation lies
 * between, both 0 for others. Fills everything of info but for the histogram. */
void dpb__tally(size_t n, size_t outputs, const float *y, const float ends[2],
                dpb_layer_statistics *info);

/* Fills in the histogram: bins counts that begin at 0. low and high 0: of the least and
 * the largest number; half a unit to either side, where they are one. */
void dpb__tally_histogram(const float *y, float low, float high, int bins, size_t *counts,
                          dpb_layer_statistics *info);

#endif
