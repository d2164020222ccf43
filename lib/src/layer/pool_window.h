/* SPDX-License-Identifier: MIT
 *
 * What maximum and average pooling have in common: config, text, shapes.
 */
#ifndef DPB_LAYER_POOL_WINDOW_H
#define DPB_LAYER_POOL_WINDOW_H

#include "layer/layer_ops.h"

/* name is the layer's, for messages. */
dpb_status dpb__pool_parse(dpb__words *words, const char *name,
                           dpb_pool2d_config *config);
void dpb__pool_format(const dpb_pool2d_config *config, char *text, size_t capacity);
dpb_status dpb__pool_check(const dpb_pool2d_config *config);

/* layer->plan.pool and layer->out. */
dpb_status dpb__pool_shape(dpb__layer *layer, const dpb_pool2d_config *config);

#endif
