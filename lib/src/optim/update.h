/* SPDX-License-Identifier: MIT
 *
 * An optimiser's step in pieces, so that workers can share it.
 */
#ifndef DPB_OPTIM_UPDATE_H
#define DPB_OPTIM_UPDATE_H

#include <stdbool.h>
#include <stddef.h>

#include <deepblas/optimizer.h>

size_t dpb__optimizer_size(const dpb_optimizer *optimizer);

/* Begins the next step: counts it and works out lr_t. Then each element is updated once,
 * in any cut into ranges, by any thread; decay: with the decoupled weight decay. */
void dpb__optimizer_begin(dpb_optimizer *optimizer);
void dpb__optimizer_range(dpb_optimizer *optimizer, size_t begin, size_t end, bool decay,
                          float *parameters, const float *gradients);

#endif
