/* SPDX-License-Identifier: MIT
 *
 * How weights begin (section 6.2), for the layers that have some.
 */
#ifndef DPB_LAYER_INIT_H
#define DPB_LAYER_INIT_H

#include <stddef.h>

#include <deepblas/layer.h>
#include <deepblas/rng.h>

/* DPB_ERR_ARG for an unknown kind, or a std or range that is not a positive number. */
dpb_status dpb__init_check(const dpb_init *init);

/* The standard deviation for weights of which fan_in meet in one output, and fan_out go
 * out from one input. An unresolved DPB_INIT_AUTO counts as Xavier. */
double dpb__init_std(const dpb_init *init, size_t fan_in, size_t fan_out);

/* count numbers of that standard deviation, normal or uniform. */
void dpb__init_fill(const dpb_init *init, size_t fan_in, size_t fan_out, dpb_rng *rng,
                    size_t count, float *weights);

/* The words of init as dpb__words_init reads them, with a space in front, appended to
 * text within capacity; nothing for DPB_INIT_AUTO. */
void dpb__init_format(const dpb_init *init, char *text, size_t capacity);

#endif
