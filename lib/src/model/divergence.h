/* SPDX-License-Identifier: MIT
 *
 * Saying why a loss is not finite.
 */
#ifndef DPB_MODEL_DIVERGENCE_H
#define DPB_MODEL_DIVERGENCE_H

#include "model/model.h"

/* The largest magnitude of count numbers, NaN when one of them is not finite. */
float dpb__largest_magnitude(size_t count, const float *x);

/* DPB_ERR_DIVERGED with a message that names the layer and which of its tensors began it.
 * layer is the first whose output is not finite, input the largest magnitude that went
 * into it; -1 when that is not known. */
dpb_status dpb__fail_diverged(const dpb_model *model, double loss, int layer,
                              float input);

#endif
