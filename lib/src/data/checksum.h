/* SPDX-License-Identifier: MIT
 *
 * A number that tells datasets apart.
 */
#ifndef DPB_DATA_CHECKSUM_H
#define DPB_DATA_CHECKSUM_H

#include <stdint.h>

#include <deepblas/dataset.h>

/* CRC-32 of all that a mini-batch is made of: features as they lie, scale and scaling,
 * labels. 0 for NULL. */
uint32_t dpb__dataset_checksum(const dpb_dataset *dataset);

#endif
