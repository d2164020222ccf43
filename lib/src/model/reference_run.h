/* SPDX-License-Identifier: MIT
 *
 * A whole model in double precision and plain loops: the references of its layers, one
 * after the other, on double copies of its parameters. For the gradient check and tests.
 */
#ifndef DPB_MODEL_REFERENCE_RUN_H
#define DPB_MODEL_REFERENCE_RUN_H

#include "model/model.h"

typedef struct dpb__reference_run dpb__reference_run;

/* For mini-batches of n samples of a built model, which must outlive it; its parameters
 * are copied now. DPB_ERR_UNSUPPORTED names a layer that has no reference;
 * DPB_ERR_MEMORY, DPB_ERR_SIZE. */
dpb_status dpb__reference_run_create(const dpb_model *model, int n,
                                     dpb__reference_run **run);
void dpb__reference_run_destroy(dpb__reference_run *run);

/* The parameters, laid out as the model's flat ones; the caller may change them. */
double *dpb__reference_run_params(dpb__reference_run *run);

/* Runs all layers in training mode on features (n samples) and keeps what goes into each.
 * truth is borrowed. Returns how near any element came to a kink (reference.h). */
double dpb__reference_run_start(dpb__reference_run *run, const float *features,
                                const dpb__truth *truth);

/* Output of the last start: (n, outputs), before the head. */
const double *dpb__reference_run_output(const dpb__reference_run *run);

/* The mean loss, the weight decay's with it, from layer number first on with the
 * parameters as they are now: what goes into that layer is the last start's. *branches
 * tells the smooth pieces of the function apart. */
double dpb__reference_run_loss(dpb__reference_run *run, int first, uint64_t *branches);

#endif
