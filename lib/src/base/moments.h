/* SPDX-License-Identifier: MIT
 *
 * Means and deviations that data is scaled by.
 */
#ifndef DPB_BASE_MOMENTS_H
#define DPB_BASE_MOMENTS_H

#include <math.h>

#include "base/error.h"

/* DPB_ERR_DATA names the channel whose mean is not finite, or whose deviation is not
 * finite or negative. */
static inline dpb_status dpb__moments_check(int channels, const double *mean,
                                            const double *deviation) {
  for (int c = 0; c < channels; c++)
    if (!isfinite(mean[c]) || !isfinite(deviation[c]) || deviation[c] < 0.0)
      return dpb__fail(DPB_ERR_DATA, "scaling: channel %d has mean %g and deviation %g",
                       c, mean[c], deviation[c]);
  return DPB_OK;
}

#endif
