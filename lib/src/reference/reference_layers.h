/* SPDX-License-Identifier: MIT
 *
 * The references, each in the file named after its layer.
 */
#ifndef DPB_REFERENCE_REFERENCE_LAYERS_H
#define DPB_REFERENCE_REFERENCE_LAYERS_H

#include "reference/reference_pass.h"

void dpb__reference_affine(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_sigmoid(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_tanh(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_relu(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_leakyrelu(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_elu(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_gelu(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_softplus(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_conv(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_maxpool(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_avgpool(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_gap(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_flatten(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_dropout(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_batchnorm(const dpb__layer *layer, const dpb__reference_pass *pass);
void dpb__reference_layernorm(const dpb__layer *layer, const dpb__reference_pass *pass);

#endif
