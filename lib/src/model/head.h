/* SPDX-License-Identifier: MIT
 *
 * The loss at the end of a model.
 */
#ifndef DPB_MODEL_HEAD_H
#define DPB_MODEL_HEAD_H

#include "model/model.h"

/* Ends the list of layers. config's memory is the model's from then on, and config all
 * zero; after a failure it is still the caller's. */
dpb_status dpb__add_head(dpb_model *model, const dpb__head_ops *head,
                         dpb__head_config *config);

/* After the plan: DPB_ERR_SHAPE when there are not as many class weights as outputs. */
dpb_status dpb__head_fits(const dpb_model *model);

/* What the sum of the losses of a mini-batch, checked and with a truth, is divided by. */
double dpb__head_divisor(const dpb_model *model, const dpb_batch *batch);

#endif
