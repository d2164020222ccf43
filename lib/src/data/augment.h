/* SPDX-License-Identifier: MIT
 *
 * The inside of augmentation: augment_text.c reads and checks settings, augment.c carries
 * them out.
 */
#ifndef DPB_DATA_AUGMENT_H
#define DPB_DATA_AUGMENT_H

#include <deepblas/augment.h>

#include "base/pool.h"

/* Ranges of a config, whatever samples it will meet. */
dpb_status dpb__augment_check(const dpb_augment_config *config);

/* dpb_augment_apply, shared by the pool's workers; nothing is checked. */
void dpb__augment_batch(const dpb_augment *augment, dpb__pool *pool,
                        const dpb_batch *batch, uint64_t epoch, uint64_t position,
                        float *out);

#endif
