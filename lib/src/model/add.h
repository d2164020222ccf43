/* SPDX-License-Identifier: MIT
 *
 * Appending to the list of layers, for dpb_add_* and the text form.
 */
#ifndef DPB_MODEL_ADD_H
#define DPB_MODEL_ADD_H

#include "model/model.h"

/* DPB_OK when the list can still grow; else the model's first failure, or a new one. */
dpb_status dpb__add_open(dpb_model *model, const char *what);

/* Remembers the first failure, with the present message; returns status. */
dpb_status dpb__add_failed(dpb_model *model, dpb_status status);

/* Checks config and appends the layer. config may be NULL for layers that have none. */
dpb_status dpb__add_layer(dpb_model *model, const dpb__layer_ops *ops,
                          const dpb__layer_config *config);

#endif
